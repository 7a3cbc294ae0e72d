/**
 * One pass over a volume in slabs, each with a record of its own, that several workers share: of planes that are measured or put
 * together, of blocks that are resampled, of units of coarser scales.
 *
 * Records (`FOLDER/PASS-FROM-TO.json`) tell what is done; they go when what the pass is for is known, so whoever misses one looks
 * whether the pass is over.
 *
 * @module
 */
import type { Slab } from "../../preprocess/survey-slab.ts";
import { inLanes } from "../../volume/lanes.ts";
import type { Claims } from "../claims/claims.ts";
import { sharePass } from "../decode/shared-pass.ts";
import { STATE_AT_ONCE, type StateStore } from "../state-store.ts";

/** Who shares, and where this worker begins: at its own place among `count`. */
export type SurveyShare = {
	/** Exclusive ones. */
	readonly claims: Claims;
	readonly index: number;
	readonly count: number;
	/** Voxels of a slab, about; the same for all. */
	readonly voxels?: number | undefined;
};

/** A pass. `T` is what is found in a slab. */
export type SlabPass<T> = {
	/** In names of claims. */
	readonly kind: "survey" | "stage" | "closing";
	/** In names of records and claims. */
	readonly name: string;
	readonly slabs: readonly Slab[];
	readonly state: StateStore;
	/** Of the records. */
	readonly folder: string;
	readonly share: SurveyShare;
	/** True where what the pass is for is known. */
	isOver(): Promise<boolean>;
	voxelsOf(slab: Slab): number;
	perform(slab: Slab, onVoxels: (done: number) => void): Promise<T>;
	pack(found: T): unknown;
	unpack(value: unknown): T | undefined;
	/** Voxels that are recorded by anybody, or done here. */
	onVoxels(done: number): void;
	readonly signal?: AbortSignal | undefined;
};

/** The records of a pass. */
export class SlabRecords<T> {
	readonly #pass: SlabPass<T>;
	readonly #done = new Set<number>();
	/** Of the slabs that are done. */
	#voxels = 0;

	constructor(pass: SlabPass<T>) {
		this.#pass = pass;
	}

	/** True where what the pass is for is known. @throws VOLUME */
	isOver(): Promise<boolean> {
		return this.#pass.isOver();
	}

	/** What was found in slab `n`; undefined where it is not recorded. @throws VOLUME */
	async read(n: number): Promise<T | undefined> {
		const text = await this.#pass.state.read(this.#keyOf(n));
		return text === undefined ? undefined : this.#pass.unpack(parsed(text));
	}

	/** Does, with the others, what is not recorded; the pass is over or all is recorded then. @throws as `perform`; VOLUME, CANCELLED, RUN */
	async complete(): Promise<void> {
		const { kind, name, slabs, share, signal } = this.#pass;
		await sharePass({
			name: `${kind}-${name}`,
			blocks: slabs.map((_, n) => n),
			spans: slabs.length,
			first: Math.floor((share.index * slabs.length) / share.count) % slabs.length,
			claims: share.claims,
			lanes: 1,
			recorded: () => this.#recorded(),
			isRecorded: async (n) => (await this.read(n)) !== undefined || (await this.#pass.isOver()),
			perform: (n) => this.#perform(n),
			onDone: () => this.#tell(0),
			check: async () => undefined,
			signal,
		});
	}

	/** All that was found, in order; undefined where some of it is not there (any more): damaged records are removed. @throws VOLUME */
	async readAll(): Promise<readonly T[] | undefined> {
		const all: T[] = [];
		const missing: number[] = [];
		await inLanes(this.#pass.slabs.keys(), STATE_AT_ONCE, async (n) => {
			const found = await this.read(n);
			if (found === undefined) missing.push(n);
			else all[n] = found;
		});
		if (missing.length === 0) return all;
		await this.#pass.state.remove(missing.map((n) => this.#keyOf(n)));
		for (const n of missing) if (this.#done.delete(n)) this.#voxels -= this.#voxelsOf(n);
		return undefined;
	}

	async #recorded(): Promise<ReadonlySet<number>> {
		const { slabs, state, folder } = this.#pass;
		const isOver = await this.#pass.isOver();
		const names = new Set(isOver ? [] : (await state.list(folder)).files);
		for (const n of slabs.keys()) if (isOver || names.has(this.#nameOf(n))) this.#add(n);
		this.#tell(0);
		return this.#done;
	}

	async #perform(n: number): Promise<void> {
		const { slabs, state, pack } = this.#pass;
		const slab = slabs[n];
		if (slab === undefined) throw new RangeError(`survey: no slab ${n}`);
		const found = await this.#pass.perform(slab, (voxels) => this.#tell(voxels));
		await state.write(this.#keyOf(n), `${JSON.stringify(pack(found))}\n`);
		this.#add(n);
	}

	#add(n: number): void {
		if (this.#done.has(n)) return;
		this.#done.add(n);
		this.#voxels += this.#voxelsOf(n);
	}

	/** @param more voxels done of a slab that is not recorded yet */
	#tell(more: number): void {
		this.#pass.onVoxels(this.#voxels + more);
	}

	#voxelsOf(n: number): number {
		const slab = this.#pass.slabs[n];
		return slab === undefined ? 0 : this.#pass.voxelsOf(slab);
	}

	#keyOf(n: number): string {
		return `${this.#pass.folder}/${this.#nameOf(n)}`;
	}

	#nameOf(n: number): string {
		const [from, to] = this.#pass.slabs[n] ?? [0, 0];
		return `${this.#pass.name}-${from}-${to}.json`;
	}
}

/** The JSON in a text; undefined where it is none. */
export function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
