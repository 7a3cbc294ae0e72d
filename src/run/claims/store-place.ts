/**
 * Claims in a bucket: an object a name, put only where there is none (S3: `If-None-Match: *`, Google: `ifGenerationMatch=0`)
 * and replaced only where it is still the one that was found (ETag, generation).
 *
 * A worker's signs of life are one object for all its claims, `.worker-TOKEN`, written again and again; its age, by the clock of
 * the server, is that of the worker's silence.
 *
 * @module
 */
import { noConditions } from "../../volume/stores/conditions.ts";
import type { ConditionalStore } from "../../volume/stores/store.ts";
import { type ClaimText, decodeClaim, encodeClaim, type FoundClaim, isClaimName } from "./claim-text.ts";
import type { ClaimPlace, OnBeat } from "./place.ts";

/** Claims below the root of `store`. */
export class StorePlace implements ClaimPlace {
	readonly #store: ConditionalStore;
	readonly #own: ClaimText;
	readonly #onBeat: OnBeat;
	#beats = false;

	constructor(store: ConditionalStore, own: ClaimText, onBeat: OnBeat) {
		this.#store = store;
		this.#own = own;
		this.#onBeat = onBeat;
	}

	/** @throws UNBUILT where the server takes the second of two that may not both be */
	async check(): Promise<void> {
		const key = `.check-${this.#own.token}`;
		const bytes = encodeClaim(this.#own);
		await this.#store.create(key, bytes);
		const again = await this.#store.create(key, bytes).finally(() => this.#store.remove(key));
		if (again) throw noConditions(this.#store.root);
	}

	create(name: string, text: ClaimText): Promise<boolean> {
		this.#begin();
		return this.#store.create(name, encodeClaim(text));
	}

	async look(name: string): Promise<FoundClaim | undefined> {
		const found = await this.#store.look(name);
		if (found === undefined) return undefined;
		const text = decodeClaim(found.bytes);
		const silence = await this.#silence(text, found.age);
		return { text, silence, version: found.version };
	}

	/** That of the claim itself where the worker has given no sign yet, or was cleaned away. */
	async #silence(text: ClaimText | undefined, age: number): Promise<number> {
		if (text === undefined || Math.abs(age) <= text.lease) return age;
		const worker = await this.#store.look(beatKey(text.token));
		return worker === undefined || Math.abs(age) < Math.abs(worker.age) ? age : worker.age;
	}

	async succeed(name: string, found: FoundClaim, text: ClaimText): Promise<void> {
		this.#begin();
		await this.#store.replace(name, encodeClaim(text), found.version);
		// where its worker lives in spite of all it writes this again
		if (found.text !== undefined) await this.#store.remove(beatKey(found.text.token));
	}

	remove(name: string): Promise<void> {
		return this.#store.remove(name);
	}

	async names(): Promise<readonly string[]> {
		return (await this.#store.list("")).files.filter(isClaimName);
	}

	async renew(): Promise<void> {
		await this.#store.set(beatKey(this.#own.token), encodeClaim(this.#own));
	}

	async close(): Promise<void> {
		if (this.#beats) await this.#store.remove(beatKey(this.#own.token));
		await this.#store.close();
	}

	#begin(): void {
		if (this.#beats) return;
		this.#beats = true;
		const key = beatKey(this.#own.token);
		this.#onBeat({ kind: "object", root: this.#store.root, key, bytes: encodeClaim(this.#own) });
	}
}

function beatKey(token: string): string {
	return `.worker-${token}`;
}
