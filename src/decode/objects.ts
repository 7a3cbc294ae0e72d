/**
 * Objects of the parts of a volume put together, and their ids.
 *
 * Law: ids are dense, 1 to `count`, in the order of each object's first voxel in C order of the volume.
 *
 * @module
 */
import { sizeOf, type Zyx } from "../core/shape.ts";
import { type DecodeContext, type Objects, type Part, partsOf } from "./values.ts";

/** What `decode` makes of each part, as one volume. Ids of different parts are different objects. */
export function joinParts(
	shape: Zyx,
	context: DecodeContext,
	decode: (part: Part) => Uint32Array<ArrayBuffer>,
): Objects {
	const parts = partsOf(shape, context);
	if (parts.length === 1 && parts[0] !== undefined) return { kind: "objects", labels: decode(parts[0]), shape };
	const labels = new Uint32Array(sizeOf(shape));
	let offset = 0;
	for (const part of parts) {
		const found = decode(part);
		let highest = 0;
		for (let i = 0; i < found.length; i++) {
			const id = found[i] ?? 0;
			if (id === 0) continue;
			labels[part.start + i] = id + offset;
			if (id > highest) highest = id;
		}
		offset += highest;
	}
	return { kind: "objects", labels, shape };
}

/** The highest id. */
export function highestId(labels: Uint32Array): number {
	let highest = 0;
	for (let i = 0; i < labels.length; i++) if ((labels[i] ?? 0) > highest) highest = labels[i] ?? 0;
	return highest;
}

/** Voxels of each id, up to the highest; entry 0 is the background. */
export function voxelsOfIds(labels: Uint32Array): Uint32Array<ArrayBuffer> {
	const sizes = new Uint32Array(highestId(labels) + 1);
	for (let i = 0; i < labels.length; i++) {
		const id = labels[i] ?? 0;
		sizes[id] = (sizes[id] ?? 0) + 1;
	}
	return sizes;
}

/** Replaces each id by its entry in `map`, in place. */
export function mapIds(labels: Uint32Array<ArrayBuffer>, map: Uint32Array): Uint32Array<ArrayBuffer> {
	for (let i = 0; i < labels.length; i++) labels[i] = map[labels[i] ?? 0] ?? 0;
	return labels;
}

/** Numbers objects 1 to `count` by their first voxels, in place. Ids must be dense enough for a table of them. */
export function numberByFirstVoxel(labels: Uint32Array<ArrayBuffer>): number {
	const map = new Uint32Array(highestId(labels) + 1);
	let count = 0;
	for (let i = 0; i < labels.length; i++) {
		const id = labels[i] ?? 0;
		if (id === 0) continue;
		if (map[id] === 0) map[id] = ++count;
		labels[i] = map[id] ?? 0;
	}
	return count;
}
