/**
 * How a volume is decoded.
 *
 * @module
 */
import type { Zyx } from "../../core/shape.ts";
import type { RegionTable } from "../../image/region-table.ts";
import type { Layout } from "../../volume/volume.ts";
import type { ScaleWish } from "../scales.ts";
import type { IdDType, World } from "./decode-output.ts";
import type { OnBlock } from "./passes.ts";

/** How a volume is decoded. */
export type DecodeOptions = {
	/** Bytes that the process may take. */
	readonly memory: number;
	/** Threads; 1 by default, which is the calling one. */
	readonly workers?: number;
	/** Extents of blocks in z, y, x, rounded up to what the output is written in; by memory where left out. */
	readonly block?: Zyx;
	readonly layout?: Layout;
	/** Where the result lies in the world, in place of what the input says. */
	readonly world?: World;
	/** Replace an output that is there. */
	readonly overwrite?: boolean;
	/** Element type of ids; uint32 by default. With uint16 nothing is replaced before their number is known. */
	readonly ids?: IdDType;
	/** What lies unfinished in the output's place is the caller's own: it is replaced where it was made otherwise. */
	readonly isOwn?: boolean;
	/** Takes the statistics of the objects, before the output counts as whole. `values` are those of the channel named. */
	readonly objects?: { readonly channel?: number; readonly take: (table: RegionTable) => Promise<void> };
	/**
	 * Several processes that are called with the same do it together. `lease`: after so many milliseconds without a sign of
	 * life what a process has claimed is free. Blocks are those of the first process; the others take fewer threads where
	 * these do not fit their memory.
	 */
	readonly claims?: { readonly lease: number };
	/** Coarser scales that are built of the output, of formats that have them (Zarr, precomputed). */
	readonly pyramid?: ScaleWish;
	/** Blocks of a pass that are done, of all. */
	readonly onBlock?: OnBlock;
	readonly signal?: AbortSignal;
};
