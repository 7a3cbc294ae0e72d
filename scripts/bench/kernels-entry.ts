/**
 * A row of the kernels' table: one thing done by nnvol and by a Python package on the same array.
 *
 * @module
 */
import type { Zyx } from "../../src/core/shape.ts";

/** The arrays that all rows share, C-ordered over `shape`. Python sees them by the same names. */
export type Scene = {
	readonly shape: Zyx;
	/** uint8, 0 and 1, 48 % foreground: blobs of noise that was smoothed. */
	readonly mask: Uint8Array<ArrayBuffer>;
	/** uint8: the smoothed noise itself. */
	readonly gray: Uint8Array<ArrayBuffer>;
	/** uint32, touching cells, one label each; 0 where `mask` is. */
	readonly cells: Uint32Array<ArrayBuffer>;
};

export type KernelEntry = {
	/** What is done: `components, 6 neighbours`. */
	readonly name: string;
	/** The package on the other side: `cc3d`. */
	readonly beside: string;
	/** Ours. */
	readonly ours: (scene: Scene) => unknown;
	/**
	 * An expression of the names of `kernels.py` (`np`, `ndi`, `cc3d`, `fastremap`, `edt`, `skimage`; `mask`, `gray`,
	 * `cells` as arrays of three axes).
	 */
	readonly python: string;
	/** Ours at least so many times as fast. */
	readonly target?: number;
	/**
	 * What the typed array that `ours` gives is compared with: an expression like `python`, once, not timed. Elements have to
	 * be the same: whole numbers as uint32, others as float32.
	 */
	readonly reference?: string;
};
