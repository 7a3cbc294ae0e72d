/**
 * Objects of the parts of a volume put together.
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
