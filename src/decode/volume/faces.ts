/**
 * The six outer planes of a block's labels: all that its neighbours need of it.
 *
 * @module
 */
import { sizeOf, type Zyx } from "../../core/shape.ts";
import { type Columns, uint32Column } from "./packed-tables.ts";

/** Planes by axis: the first and the last one, C-ordered over the two other axes. */
export type Faces = {
	readonly shape: Zyx;
	readonly low: readonly Uint32Array<ArrayBuffer>[];
	readonly high: readonly Uint32Array<ArrayBuffer>[];
};

/** The faces of `labels`, C-ordered over `shape`. */
export function facesOf(labels: Uint32Array, shape: Zyx): Faces {
	const axes = [0, 1, 2] as const;
	return {
		shape,
		low: axes.map((axis) => planeOf(labels, shape, axis, 0)),
		high: axes.map((axis) => planeOf(labels, shape, axis, (shape[axis] ?? 1) - 1)),
	};
}

/** The plane of `labels` where `axis` is at `plane`, C-ordered over the two other axes. */
export function planeOf(labels: Uint32Array, shape: Zyx, axis: number, plane: number): Uint32Array<ArrayBuffer>;
export function planeOf(labels: Uint8Array, shape: Zyx, axis: number, plane: number): Uint8Array<ArrayBuffer>;
export function planeOf(labels: Uint32Array | Uint8Array, shape: Zyx, axis: number, plane: number) {
	const inner = sizeOf(shape.slice(axis + 1));
	const outer = sizeOf(shape.slice(0, axis));
	const extent = shape[axis] ?? 1;
	const target = labels.slice(0, outer * inner);
	for (let n = 0; n < outer; n++) {
		const from = (n * extent + plane) * inner;
		target.set(labels.subarray(from, from + inner), n * inner);
	}
	return target;
}

/** The faces as columns. */
export function columnsOfFaces({ low, high }: Faces): Columns {
	const named = (name: string, planes: Faces["low"]) => planes.map((plane, axis) => [`${name}${axis}`, plane] as const);
	return Object.fromEntries([...named("low", low), ...named("high", high)]);
}

/** The faces of a block of `shape` in its columns. @throws RangeError where they are not there */
export function facesIn(columns: Columns, shape: Zyx): Faces {
	const planes = (name: string) => [0, 1, 2].map((axis) => uint32Column(columns, `${name}${axis}`));
	return { shape, low: planes("low"), high: planes("high") };
}
