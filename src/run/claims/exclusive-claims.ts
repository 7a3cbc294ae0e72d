/**
 * Claims that one worker at a time has; those of workers that are gone, or silent for longer than their lease, are taken over.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";
import { inLanes } from "../../volume/lanes.ts";
import type { Claim, Claims, Holding } from "./claim.ts";
import { type ClaimText, type FoundClaim, isOver, requireClaimName } from "./claim-text.ts";
import type { ClaimPlace } from "./place.ts";

/** Tries of a name that is released while it is looked at. */
const TRIES = 5;

/** Claims let go of at once. */
const AT_ONCE = 16;

/** Signs of life from another thread. */
export interface Signs {
	/** Milliseconds since the last one. */
	readonly silence: number;
	/** One was given by this thread. */
	note(): void;
	/** No more are given. */
	end(): Promise<void>;
}

/** Claims of one worker in `place`. */
export class ExclusiveClaims implements Claims {
	readonly #place: ClaimPlace;
	readonly #own: ClaimText;
	readonly #signs: Signs;
	/** Names in hand, or being taken or let go of. */
	readonly #names = new Set<string>();
	/** Calls that are under way. */
	readonly #pending = new Set<Promise<unknown>>();
	#isClosed = false;

	constructor(place: ClaimPlace, own: ClaimText, signs: Signs) {
		this.#place = place;
		this.#own = own;
		this.#signs = signs;
	}

	async take(name: string): Promise<Claim | undefined> {
		requireClaimName(name);
		if (this.#isClosed) throw closed(name);
		if (this.#names.has(name)) return undefined;
		this.#names.add(name);
		const deaths = await this.#whilePending(this.#gain(name)).catch((error: unknown) => {
			this.#names.delete(name);
			throw error;
		});
		if (deaths === undefined) {
			this.#names.delete(name);
			return undefined;
		}
		// where it was closed meanwhile that has let go of it
		return this.#isClosed ? undefined : this.#claim(name, deaths);
	}

	async held(): Promise<readonly Holding[]> {
		const holdings: Holding[] = [];
		for (const name of [...(await this.#place.names())].sort()) {
			const found = await this.#place.look(name);
			if (found?.text !== undefined && !isOver(found, this.#own.lease)) {
				holdings.push({ name, worker: found.text.worker });
			}
		}
		return holdings;
	}

	async close(): Promise<void> {
		if (this.#isClosed) return;
		this.#isClosed = true;
		await Promise.allSettled([...this.#pending]);
		await this.#signs.end();
		try {
			await inLanes([...this.#names], AT_ONCE, (name) => this.#letGo(name));
		} finally {
			await this.#place.close();
		}
	}

	#claim(name: string, deaths: number): Claim {
		let releasing: Promise<void> | undefined;
		return {
			name,
			deaths,
			release: () => {
				if (this.#isClosed) return Promise.resolve();
				releasing ??= this.#whilePending(this.#letGo(name)).catch((error: unknown) => {
					releasing = undefined;
					throw error;
				});
				return releasing;
			},
		};
	}

	/** Deaths before, where the name is in hand then; undefined where somebody alive has it. */
	async #gain(name: string): Promise<number | undefined> {
		await this.#freshen();
		for (let n = 0; n < TRIES; n++) {
			if (await this.#place.create(name, this.#own)) return 0;
			const found = await this.#place.look(name);
			if (found === undefined) continue;
			// of an answer that was lost on the way, or of a takeover whose end was not seen
			if (this.#isOwn(found)) return found.text?.deaths;
			if (!isOver(found, this.#own.lease)) return undefined;
			const deaths = (found.text?.deaths ?? 0) + 1;
			await this.#place.succeed(name, found, { ...this.#own, deaths });
			const standing = await this.#place.look(name);
			if (standing !== undefined) return this.#isOwn(standing) ? standing.text?.deaths : undefined;
		}
		return undefined;
	}

	/** Lets go of a name: removes the claim where it still is this worker's. */
	async #letGo(name: string): Promise<void> {
		await this.#freshen();
		const found = await this.#place.look(name);
		if (found !== undefined && this.#isOwn(found)) await this.#place.remove(name);
		this.#names.delete(name);
	}

	/** After a long stop of the whole process nobody shall see its claims as over while it uses them again. */
	async #freshen(): Promise<void> {
		if (this.#signs.silence < this.#own.lease / 2) return;
		await this.#place.renew();
		this.#signs.note();
	}

	#isOwn({ text }: FoundClaim): boolean {
		return text?.token === this.#own.token;
	}

	#whilePending<T>(work: Promise<T>): Promise<T> {
		this.#pending.add(work);
		return work.finally(() => this.#pending.delete(work));
	}
}

function closed(name: string): NnvolError {
	return new NnvolError("RUN", `${name} cannot be claimed: the claims were closed`);
}
