/**
 * Components by flood fill: slow and plain, to compare the kernels with; and arrays to compare them on.
 *
 * @module
 */
import fc from "fast-check";
import { asZyx, type Shape, sizeOf } from "../../src/core/shape.ts";

/** Components of equal labels in the order of their first voxel. */
export function floodComponents(labels: ArrayLike<number>, shape: Shape, connectivity: number): number[] {
	const [depth, height, width] = asZyx(shape);
	const found = new Array<number>(labels.length).fill(0);
	let count = 0;
	for (let seed = 0; seed < labels.length; seed++) {
		if (labels[seed] === 0 || found[seed] !== 0) continue;
		found[seed] = ++count;
		const open = [seed];
		for (let at = open.pop(); at !== undefined; at = open.pop()) {
			for (const [z, y, x] of around(at)) {
				const other = (z * height + y) * width + x;
				if (labels[other] !== labels[seed] || found[other] !== 0) continue;
				found[other] = count;
				open.push(other);
			}
		}
	}
	return found;

	function around(at: number): [number, number, number][] {
		const z = Math.floor(at / (height * width));
		const y = Math.floor(at / width) % height;
		const x = at % width;
		const places: [number, number, number][] = [];
		for (let place = 0; place < 27; place++) {
			const [dz, dy, dx] = [Math.floor(place / 9) - 1, (Math.floor(place / 3) % 3) - 1, (place % 3) - 1];
			if (Math.abs(dz) + Math.abs(dy) + Math.abs(dx) > connectivity) continue;
			const isInside = z + dz >= 0 && z + dz < depth && y + dy >= 0 && y + dy < height && x + dx >= 0 && x + dx < width;
			if (isInside) places.push([z + dz, y + dy, x + dx]);
		}
		return places;
	}
}

const extent = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 6 }));

/** Shapes of one to three axes, often with axes of one voxel, some with rows longer than a vector. */
const shapes = fc.oneof(
	fc.tuple(extent, extent, extent),
	fc.tuple(extent, extent),
	fc.tuple(fc.integer({ min: 1, max: 200 })),
	fc.tuple(fc.constantFrom(1, 2, 3), fc.constantFrom(1, 3), fc.integer({ min: 14, max: 140 })),
);

/** Labels from 0 to `most` over a shape, and a connectivity that fits it. */
export function scenes(most: number) {
	return shapes.chain((shape) =>
		fc.record({
			shape: fc.constant<Shape>(shape),
			connectivity: fc.constantFrom(...([1, 2, 3] as const).slice(0, shape.length)),
			labels: fc.array(fc.nat(most), { minLength: sizeOf(shape), maxLength: sizeOf(shape) }),
		}),
	);
}
