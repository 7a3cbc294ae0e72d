import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type NdArray, ndarray } from "../../src/core/array.ts";
import { toHalf } from "../../src/core/float16.ts";
import { LabelCounts } from "../../src/score/label-counts.ts";
import { overlapOf } from "../../src/score/overlap.ts";

const bytes = (values: readonly number[]) => ndarray("uint8", [values.length], Uint8Array.from(values));

const voxels = fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 })), {
	minLength: 1,
	maxLength: 60,
});

describe("overlap", () => {
	it("counts what a plain loop over voxels counts", () => {
		const scene = fc.record({
			pairs: voxels,
			region: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1 }),
			ignore: fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined }),
		});
		fc.assert(
			fc.property(scene, ({ pairs, region, ignore }) => {
				const counts = new LabelCounts([...new Set([...region, ...(ignore === undefined ? [] : [ignore])])]);
				counts.add(bytes(pairs.map(([truth]) => truth)), bytes(pairs.map(([, found]) => found)));
				const kept = pairs.filter(([truth]) => truth !== ignore);
				const count = (isTrue: boolean, isFound: boolean) =>
					kept.filter(([t, f]) => region.includes(t) === isTrue && region.includes(f) === isFound).length;
				const [tp, fp, fn] = [count(true, true), count(false, true), count(true, false)];
				expect(overlapOf(counts, region, ignore)).toEqual({
					TP: tp,
					FP: fp,
					FN: fn,
					TN: count(false, false),
					n_pred: tp + fp,
					n_ref: tp + fn,
					Dice: tp + fp + fn === 0 ? Number.NaN : (2 * tp) / (2 * tp + fp + fn),
					IoU: tp + fp + fn === 0 ? Number.NaN : tp / (tp + fp + fn),
				});
			}),
		);
	});

	it("does not depend on the pieces in which voxels come", () => {
		fc.assert(
			fc.property(voxels, fc.nat(60), (pairs, at) => {
				const [whole, parts] = [new LabelCounts([1, 2]), new LabelCounts([1, 2])];
				const add = (counts: LabelCounts, part: readonly (readonly [number, number])[]) =>
					counts.add(bytes(part.map(([truth]) => truth)), bytes(part.map(([, found]) => found)));
				add(whole, pairs);
				add(parts, pairs.slice(0, at));
				add(parts, pairs.slice(at));
				expect(overlapOf(parts, [1], 2)).toEqual(overlapOf(whole, [1], 2));
			}),
		);
	});

	it("counts more voxels than it looks at in one go", () => {
		const size = 600_001;
		const [truth, found] = [new Uint8Array(size), new Uint8Array(size)];
		const expected = [0, 0, 0, 0];
		for (let i = 0; i < size; i++) {
			truth[i] = Math.floor(i / 1000) % 2;
			found[i] = Math.floor((i * i) / 7) % 2;
			const pair = 2 * (truth[i] ?? 0) + (found[i] ?? 0);
			expected[pair] = (expected[pair] ?? 0) + 1;
		}
		const counts = new LabelCounts([1]);
		counts.add(ndarray("uint8", [size], truth), ndarray("uint8", [size], found));
		const { TN, FP, FN, TP } = overlapOf(counts, [1]);
		expect([TN, FP, FN, TP]).toEqual(expected);
	});

	it("takes arrays of every element type, and values that are no labels", () => {
		const arrays: readonly NdArray[] = [
			ndarray("uint8", [4], Uint8Array.of(1, 2, 255, 0)),
			ndarray("int8", [4], Int8Array.of(1, 2, -1, 0)),
			ndarray("uint16", [4], Uint16Array.of(1, 2, 65535, 0)),
			ndarray("int16", [4], Int16Array.of(1, 2, -1, 0)),
			ndarray("uint32", [4], Uint32Array.of(1, 2, 4294967295, 0)),
			ndarray("int32", [4], Int32Array.of(1, 2, -1, 0)),
			ndarray("uint64", [4], BigUint64Array.of(1n, 2n, 1n << 40n, 0n)),
			ndarray("int64", [4], BigInt64Array.of(1n, 2n, -1n, 0n)),
			ndarray("float16", [4], Uint16Array.of(toHalf(1), toHalf(2), toHalf(Number.NaN), toHalf(0))),
			ndarray("float32", [4], Float32Array.of(1, 2, Number.NaN, 0)),
			ndarray("float64", [4], Float64Array.of(1, 2, 1.5, 0)),
		];
		for (const array of arrays) {
			const counts = new LabelCounts([1, 2, -1]);
			counts.add(bytes([1, 2, 1, 9]), array);
			expect(overlapOf(counts, [1])).toMatchObject({ TP: 1, FN: 1, FP: 0, TN: 2 });
			expect(overlapOf(counts, [2])).toMatchObject({ TP: 1, FN: 0, FP: 0, TN: 3 });
			expect(overlapOf(counts, [-1]).FP).toBe(array.dtype.startsWith("int") ? 1 : 0);
		}
	});

	it("refuses arrays of different shapes", () => {
		expect(() => new LabelCounts([1]).add(bytes([1]), bytes([1, 2]))).toThrow(RangeError);
	});
});
