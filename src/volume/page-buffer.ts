/**
 * Puts boxes together to pages: the last two axes of an array, or three with colours, in C order of the axes before them.
 *
 * Boxes may come in any order: a page is held until its last voxel has come.
 *
 * @module
 */
import { copyBox, type NdArray, rows, zeros } from "../core/array.ts";
import { sizeOf, stridesOf } from "../core/shape.ts";
import { checkRegion } from "./check.ts";
import { volumeError } from "./fault.ts";
import type { VolumeSpec } from "./volume.ts";

/** A page of which every voxel has come, and its number. Where it came whole it lies in the caller's own array. */
export type Page = { readonly n: number; readonly image: NdArray };

type Pending = { readonly image: NdArray; missing: number };

/** The pages of one new file. */
export class PageBuffer {
	readonly #path: string;
	readonly #spec: VolumeSpec;
	/** Axes of a page. */
	readonly #rank: number;
	readonly #pending = new Map<number, Pending>();
	readonly #whole = new Set<number>();

	constructor(path: string, spec: VolumeSpec) {
		this.#path = path;
		this.#spec = spec;
		this.#rank = spec.axes.endsWith("c") ? 3 : 2;
	}

	/** Takes a box and gives the pages that it made whole. @throws VOLUME where it does not fit, or comes twice */
	*add(start: readonly number[], array: NdArray): Generator<Page, void, undefined> {
		checkRegion(this.#path, this.#spec, start, array);
		const leading = this.#spec.shape.length - this.#rank;
		const strides = stridesOf(this.#spec.shape.slice(0, leading));
		const shape = array.shape.slice(leading);
		const size = sizeOf(shape);
		let at = 0;
		for (const index of rows([...array.shape.slice(0, leading), 1])) {
			const n = strides.reduce((sum, stride, axis) => sum + stride * ((index[axis] ?? 0) + (start[axis] ?? 0)), 0);
			const part = { ...array, shape, data: array.data.subarray(at, at + size) };
			const image = this.#place(n, start.slice(leading), part);
			if (image !== undefined) yield { n, image };
			at += size;
		}
	}

	/** @throws VOLUME where pages lack voxels */
	requireWhole(): void {
		const pages = sizeOf(this.#spec.shape.slice(0, -this.#rank));
		if (this.#whole.size === pages) return;
		throw volumeError(this.#path, `${this.#whole.size} of ${pages} pages were written whole; the rest lacks voxels`);
	}

	/** The image of page `n`, where `part` makes it whole. */
	#place(n: number, start: readonly number[], part: NdArray): NdArray | undefined {
		const shape = this.#spec.shape.slice(-this.#rank);
		if (!this.#pending.has(n) && !this.#whole.has(n) && sizeOf(part.shape) === sizeOf(shape)) {
			this.#whole.add(n);
			return part;
		}
		const page = this.#pending.get(n) ?? { image: zeros(this.#spec.dtype, shape), missing: sizeOf(shape) };
		page.missing -= sizeOf(part.shape);
		if (this.#whole.has(n) || page.missing < 0) {
			throw volumeError(this.#path, `voxels of page ${n + 1} were written twice`);
		}
		copyBox(part, { start: shape.map(() => 0), stop: part.shape }, page.image, start);
		this.#pending.set(n, page);
		if (page.missing > 0) return undefined;
		this.#pending.delete(n);
		this.#whole.add(n);
		return page.image;
	}
}
