import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cut, ndarray } from "../../src/core/array.ts";
import { zyx } from "../../src/core/shape.ts";
import { affineOfGeometry, geometryOfAffine } from "../../src/preprocess/affine.ts";
import { lettersOf, orientationOfAffine, orientationOfGeometry } from "../../src/preprocess/orientation.ts";
import {
	inverseTurn,
	isStill,
	NO_TURN,
	type Turn,
	turnAffine,
	turnArray,
	turnBox,
	turnGeometry,
	turnShape,
	turnToRas,
} from "../../src/preprocess/reorient.ts";
import { expectSame, noise } from "../volume/conformance.ts";

const turns: fc.Arbitrary<Turn> = fc.record({
	order: fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
	flip: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
});
const shapes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 3, maxLength: 3 }).map(zyx);
const angle = fc.double({ min: -3, max: 3, noNaN: true });

/** A rotation about z, then x, with scales and an origin. */
const affines = fc
	.tuple(angle, angle, fc.array(fc.double({ min: 0.2, max: 4, noNaN: true }), { minLength: 3, maxLength: 3 }))
	.map(([a, b, [sx = 1, sy = 1, sz = 1]]) => {
		const [ca, sa, cb, sb] = [Math.cos(a), Math.sin(a), Math.cos(b), Math.sin(b)];
		const rows = [
			[ca, -sa * cb, sa * sb],
			[sa, ca * cb, -ca * sb],
			[0, sb, cb],
		];
		return [
			...rows.flatMap((row, n) => [...row.map((value, column) => value * ([sx, sy, sz][column] ?? 1)), 10 * n - 7]),
			...[0, 0, 0, 1],
		];
	});

const close = (a: readonly number[], b: readonly number[]) => {
	for (const [n, value] of a.entries()) expect(Math.abs(value - (b[n] ?? Number.NaN))).toBeLessThan(1e-9);
};

/** World coordinates of voxel x, y, z. */
const point = (affine: readonly number[], voxel: readonly number[]) =>
	[0, 4, 8].map((row) => voxel.reduce((sum, v, axis) => sum + v * (affine[row + axis] ?? 0), affine[row + 3] ?? 0));

describe("a turn", () => {
	it("and its inverse give the array, its shape and its place back", () => {
		fc.assert(
			fc.property(turns, shapes, affines, (turn, shape, affine) => {
				const array = noise("uint16", [2, ...shape], 3);
				const back = inverseTurn(turn);
				const turned = turnArray(array, turn);
				expect(turned.shape).toEqual([2, ...turnShape(shape, turn)]);
				expectSame(turnArray(turned, back), array);
				close(turnAffine(turnAffine(affine, shape, turn), turnShape(shape, turn), back), affine);
				const geometry = geometryOfAffine(affine);
				const same = turnGeometry(turnGeometry(geometry, shape, turn), turnShape(shape, turn), back);
				close(
					[...same.origin, ...same.spacing, ...same.direction],
					[...geometry.origin, ...geometry.spacing, ...geometry.direction],
				);
			}),
		);
	});

	it("leaves every voxel at its place in the world", () => {
		fc.assert(
			fc.property(turns, shapes, affines, fc.nat(), (turn, shape, affine, pick) => {
				const size = shape.reduce((a, b) => a * b, 1);
				const array = ndarray(
					"float64",
					shape,
					Float64Array.from({ length: size }, (_, n) => n),
				);
				const turned = turnArray(array, turn);
				const n = pick % size;
				const at = (index: number, [, height, width]: readonly number[]) => [
					index % (width ?? 1),
					Math.floor(index / (width ?? 1)) % (height ?? 1),
					Math.floor(index / ((width ?? 1) * (height ?? 1))),
				];
				const found = [...turned.data].map(Number).indexOf(n);
				const there = point(turnAffine(affine, shape, turn), at(found, turned.shape));
				close(there, point(affine, at(n, shape)));
				const moved = affineOfGeometry(turnGeometry(geometryOfAffine(affine), shape, turn));
				close(point(moved, at(found, turned.shape)), there);
			}),
		);
	});

	it("that moves nothing gives the same array", () => {
		const array = noise("int8", [1, 2, 3, 4], 1);
		expect(isStill(NO_TURN)).toBe(true);
		expect(turnArray(array, NO_TURN)).toBe(array);
	});
});

describe("orientations", () => {
	it("turned to RAS are RAS, by both accounts", () => {
		fc.assert(
			fc.property(affines, shapes, (affine, shape) => {
				const orientation = orientationOfAffine(affine);
				if (orientation === undefined) throw new Error("no orientation");
				const turned = turnAffine(affine, shape, turnToRas(orientation));
				expect(lettersOf(orientationOfAffine(turned) ?? [])).toBe("RAS");
				const geometry = geometryOfAffine(affine);
				const ras = turnGeometry(geometry, shape, turnToRas(orientationOfGeometry(geometry)));
				expect(lettersOf(orientationOfGeometry(ras))).toBe("RAS");
			}),
		);
	});

	it("are undefined where an axis runs nowhere", () => {
		expect(orientationOfAffine([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])).toBeUndefined();
	});

	it("a plane becomes an affine at z = 0", () => {
		const affine = affineOfGeometry({ origin: [1, 2], spacing: [3, 4], direction: [0, 1, 1, 0] });
		expect(affine).toEqual([0, -4, 0, -1, -3, 0, 0, -2, 0, 0, 1, 0, 0, 0, 0, 1]);
	});
});

describe("a box of a turned image", () => {
	it("holds the voxels of the turned box of the source", () => {
		fc.assert(
			fc.property(shapes, turns, fc.array(fc.nat(), { minLength: 6, maxLength: 6 }), (shape, turn, corners) => {
				const source = ndarray(
					"uint8",
					shape,
					Uint8Array.from({ length: shape[0] * shape[1] * shape[2] }, (_, n) => n),
				);
				const whole = turnArray(source, turn);
				const start = whole.shape.map((extent, axis) => (corners[axis] ?? 0) % extent);
				const stop = whole.shape.map(
					(extent, axis) => (start[axis] ?? 0) + 1 + ((corners[axis + 3] ?? 0) % (extent - (start[axis] ?? 0))),
				);
				const part = cut(source, turnBox({ start, stop }, shape, turn));
				expectSame(turnArray(part, turn), cut(whole, { start, stop }));
			}),
		);
	});
});
