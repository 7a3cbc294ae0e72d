/**
 * Names that are marked and never refused, for workers whose shares are fixed: so that it is seen which work kills them.
 *
 * A mark is a small file or object that is removed at release. One that a worker left which is gone says one death more when its
 * name is taken next. Gone is a process of this machine that does not run any more, and, wherever it ran, another process that
 * worked under the same name as this one: of a share there is one worker at a time. Marks are not renewed and not flushed to the
 * disk: they cost as little as may be, and a lost one is a death that is not counted.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";
import { inLanes } from "../../volume/lanes.ts";
import type { Claim, Claims, Holding } from "./claim.ts";
import { type ClaimText, decodeClaim, encodeClaim, requireClaimName } from "./claim-text.ts";
import { isGone } from "./holder.ts";

/** Marks removed at once. */
const AT_ONCE = 16;

/** Where marks lie. */
export interface MarkPlace {
	read(name: string): Promise<Uint8Array | undefined>;
	/** Writes a mark where there is none. */
	create(name: string, bytes: Uint8Array): Promise<boolean>;
	/** Writes a mark; what is there is replaced, and nothing else changed by it. */
	replace(name: string, bytes: Uint8Array): Promise<void>;
	remove(name: string): Promise<void>;
	names(): Promise<readonly string[]>;
	close(): Promise<void>;
}

/** Marks of one worker in `place`. */
export class Marks implements Claims {
	readonly #place: MarkPlace;
	readonly #own: ClaimText;
	readonly #names = new Set<string>();
	#isClosed = false;

	constructor(place: MarkPlace, own: ClaimText) {
		this.#place = place;
		this.#own = own;
	}

	/** Never undefined. */
	async take(name: string): Promise<Claim> {
		requireClaimName(name);
		if (this.#isClosed) throw new NnvolError("RUN", `${name} cannot be marked: the claims were closed`);
		this.#names.add(name);
		const deaths = (await this.#place.create(name, encodeClaim(this.#own))) ? 0 : await this.#takeOver(name);
		return { name, deaths, release: () => this.#remove(name) };
	}

	async held(): Promise<readonly Holding[]> {
		const holdings: Holding[] = [];
		for (const name of [...(await this.#place.names())].sort()) {
			const text = await this.#read(name);
			if (text !== undefined && !this.#isOver(text)) holdings.push({ name, worker: text.worker });
		}
		return holdings;
	}

	async close(): Promise<void> {
		if (this.#isClosed) return;
		this.#isClosed = true;
		try {
			await inLanes([...this.#names], AT_ONCE, (name) => this.#remove(name));
		} finally {
			await this.#place.close();
		}
	}

	async #takeOver(name: string): Promise<number> {
		const before = await this.#read(name);
		const deaths = (before?.deaths ?? 0) + (before !== undefined && this.#isOver(before) ? 1 : 0);
		await this.#place.replace(name, encodeClaim({ ...this.#own, deaths }));
		return deaths;
	}

	/** A mark of somebody who works on the same is left to them. */
	async #remove(name: string): Promise<void> {
		if (!this.#names.has(name)) return;
		const standing = await this.#read(name);
		if (standing?.token === this.#own.token) await this.#place.remove(name);
		this.#names.delete(name);
	}

	async #read(name: string): Promise<ClaimText | undefined> {
		const bytes = await this.#place.read(name);
		return bytes === undefined ? undefined : decodeClaim(bytes);
	}

	#isOver(text: ClaimText): boolean {
		if (text.token === this.#own.token) return false;
		return isGone(text) || (text.worker === this.#own.worker && !isSameProcess(text, this.#own));
	}
}

function isSameProcess(a: ClaimText, b: ClaimText): boolean {
	return a.host === b.host && a.home === b.home && a.pid === b.pid && a.start === b.start;
}
