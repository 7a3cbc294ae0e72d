/**
 * The sections of a column that tiles are cut from: read slab by slab ahead of the tiles, dropped behind them.
 *
 * While tiles are cut from one slab the next one is read. Only sections between the first tile that is still to come and
 * one slab ahead are held.
 *
 * @module
 */
import type { NdArray } from "../../core/array.ts";
import type { Box } from "../../core/box.ts";
import type { VoxelSource } from "../../preprocess/voxel-source.ts";
import { inLanes } from "../../volume/lanes.ts";
import type { IoOptions } from "../../volume/volume.ts";

/** A box of the source and its voxels: C, Z, Y, X. */
export type Piece = { readonly box: Box; readonly array: NdArray };

/** Sections `from <= z < to`, in pieces that are as deep. */
export type Slab = { readonly from: number; readonly to: number; readonly pieces: readonly Piece[] };

/** Pieces read at once. */
const AT_ONCE = 8;

/** How a window moves. */
export type WindowOptions = IoOptions & {
	/** Sections read at once; slabs begin at multiples of it. */
	readonly slab: number;
	/** Wraps every read of the source: retries, timing. */
	readonly around?: <T>(read: () => Promise<T>) => Promise<T>;
};

/** A window over `area` (z, y, x) of a source; it moves along z from its beginning. */
export class Window {
	/** What can be held: z, y, x of the source. */
	readonly area: Box;
	readonly #source: VoxelSource;
	readonly #options: WindowOptions;
	#slabs: Slab[] = [];
	#ahead: Promise<Slab> | undefined;
	/** First section that was not asked for. */
	#next: number;
	#closed = false;

	constructor(source: VoxelSource, area: Box, options: WindowOptions) {
		this.area = area;
		this.#source = source;
		this.#options = options;
		this.#next = area.start[0] ?? 0;
	}

	/** Holds sections `from <= z < to` and forgets those before; undefined where they are held. `from` never goes back. */
	hold(from: number, to: number): Promise<void> | undefined {
		if (this.#slabs.some((slab) => slab.to <= from)) this.#slabs = this.#slabs.filter((slab) => slab.to > from);
		return this.#end(from) >= to ? undefined : this.#fill(from, to);
	}

	/** The slab that holds section `z`. @throws RangeError where it is not held */
	at(z: number): Slab {
		for (const slab of this.#slabs) if (z >= slab.from && z < slab.to) return slab;
		throw new RangeError(`window: section ${z} is not held`);
	}

	/** Waits for a read that is under way; its sections are not needed any more. */
	async close(): Promise<void> {
		this.#closed = true;
		await this.#ahead?.catch(() => undefined);
		this.#slabs = [];
	}

	/** First section after those that are held. */
	#end(from: number): number {
		return this.#slabs.at(-1)?.to ?? from;
	}

	async #fill(from: number, to: number): Promise<void> {
		while (this.#end(from) < to) {
			// sections that no tile needs are not read
			if (this.#slabs.length === 0 && this.#ahead === undefined) this.#next = Math.max(this.#next, from);
			const slab = await (this.#ahead ?? this.#read());
			this.#ahead = undefined;
			if (slab.to > from) this.#slabs.push(slab);
			if (this.#next < (this.area.stop[0] ?? 0)) {
				this.#ahead = this.#read();
				this.#ahead.catch(() => undefined); // met when it is waited for
			}
		}
	}

	async #read(): Promise<Slab> {
		const { slab, signal, around = (read) => read() } = this.#options;
		const { start, stop } = this.area;
		const from = this.#next;
		const to = Math.min(stop[0] ?? 0, (Math.floor(from / slab) + 1) * slab);
		this.#next = to;
		const box = { start: [from, ...start.slice(1)], stop: [to, ...stop.slice(1)] };
		const io = signal === undefined ? {} : { signal };
		const pieces: Piece[] = [];
		await inLanes(piecesOf(this.#source, box), AT_ONCE, async (piece) => {
			pieces.push({ box: piece, array: await around(() => this.#source.read(piece, io)) });
		});
		if (this.#closed) throw new RangeError("window: closed while it was read");
		return { from, to, pieces };
	}
}

/** `box` chunk by chunk where that costs less and its sections are those of whole chunks, else in one piece. */
function* piecesOf({ readsChunks, chunks, shape }: VoxelSource, { start, stop }: Box): Generator<Box> {
	const [z0 = 0, y0 = 0, x0 = 0] = start;
	const [z1 = 0, y1 = 0, x1 = 0] = stop;
	const isDeep = z0 % chunks[0] === 0 && (z1 - z0 === chunks[0] || z1 === shape[0]) && z1 - z0 <= chunks[0];
	if (readsChunks !== true || !isDeep) {
		yield { start, stop };
		return;
	}
	for (let y = y0; y < y1; y = after(y, chunks[1], y1)) {
		for (let x = x0; x < x1; x = after(x, chunks[2], x1)) {
			yield { start: [z0, y, x], stop: [z1, after(y, chunks[1], y1), after(x, chunks[2], x1)] };
		}
	}
}

/** Where the chunk of `at` ends, at most `end`. */
function after(at: number, chunk: number, end: number): number {
	return Math.min(end, at + chunk - (at % chunk));
}
