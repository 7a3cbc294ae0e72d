import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type NdArray, ndarray } from "../../src/core/array.ts";
import { toHalf } from "../../src/core/float16.ts";
import { Contingency } from "../../src/score/contingency.ts";
import { labelWords } from "../../src/score/label-words.ts";
import { tableOf } from "../../src/score/table.ts";

const big = (values: readonly bigint[]) => ndarray("uint64", [values.length], BigUint64Array.from(values));

function count(counts: Contingency, truth: NdArray, found: NdArray): Contingency {
	counts.add(labelWords(truth, "truth"), labelWords(found, "found"), truth.data.length);
	return counts;
}

function plain(counts: Contingency): Map<string, number> {
	return new Map([...counts.meetings()].map(({ truth, found, voxels }) => [`${truth} ${found}`, voxels]));
}

/** Ids that need one or both words, some of them often. */
const id = fc.oneof(
	fc.constantFrom(0n, 1n, 2n, 2n ** 32n, 2n ** 32n + 1n, 2n ** 64n - 1n),
	fc.bigInt(0n, 2n ** 64n - 1n),
);
const voxels = fc.array(fc.tuple(id, id), { minLength: 1, maxLength: 300 });

describe("contingency table", () => {
	it("counts what a plain loop counts, for ids of 64 bits", () => {
		fc.assert(
			fc.property(voxels, (pairs) => {
				const wanted = new Map<string, number>();
				for (const [t, f] of pairs) wanted.set(`${t} ${f}`, (wanted.get(`${t} ${f}`) ?? 0) + 1);
				const counts = count(new Contingency(), big(pairs.map(([t]) => t)), big(pairs.map(([, f]) => f)));
				expect(plain(counts)).toEqual(wanted);
				expect(counts.size).toBe(wanted.size);
			}),
		);
	});

	it("tables of parts add up to that of the whole, in any order", () => {
		fc.assert(
			fc.property(voxels, fc.nat(300), (pairs, at) => {
				const part = (some: typeof pairs) =>
					some.length === 0
						? new Contingency()
						: count(new Contingency(), big(some.map(([t]) => t)), big(some.map(([, f]) => f)));
				const merged = part(pairs.slice(at));
				merged.merge(part(pairs.slice(0, at)));
				expect(plain(merged)).toEqual(plain(part(pairs)));
			}),
		);
	});

	it("takes every element type", () => {
		const values = [0, 3, 3, 7, 0];
		const arrays: NdArray[] = [
			ndarray("uint8", [5], Uint8Array.from(values)),
			ndarray("int8", [5], Int8Array.from(values)),
			ndarray("uint16", [5], Uint16Array.from(values)),
			ndarray("int16", [5], Int16Array.from(values)),
			ndarray("uint32", [5], Uint32Array.from(values)),
			ndarray("int32", [5], Int32Array.from(values)),
			ndarray("int64", [5], BigInt64Array.from(values, BigInt)),
			ndarray("uint64", [5], BigUint64Array.from(values, BigInt)),
			ndarray("float16", [5], Uint16Array.from(values, toHalf)),
			ndarray("float32", [5], Float32Array.from(values)),
			ndarray("float64", [5], Float64Array.from(values)),
		];
		for (const a of arrays) {
			for (const b of arrays) {
				expect([a.dtype, b.dtype, plain(count(new Contingency(), a, b))]).toEqual([
					a.dtype,
					b.dtype,
					new Map([
						["0 0", 2],
						["3 3", 2],
						["7 7", 1],
					]),
				]);
			}
		}
	});

	it("keeps negative labels apart, so that they can be ignored", () => {
		const truth = ndarray("int32", [4], Int32Array.from([-1, -1, 2, 0]));
		const found = ndarray("uint8", [4], Uint8Array.from([5, 2, 2, 2]));
		const table = tableOf(count(new Contingency(), truth, found), new Set([BigInt.asUintN(64, -1n)]));
		expect([table.total, table.truth.ids, [...table.found.sizes]]).toEqual([2, [2n, 0n], [2]]);
	});

	it("refuses probabilities", () => {
		expect(() => labelWords(ndarray("float32", [2], Float32Array.from([1, 0.25])), "p.h5")).toThrow(
			/p\.h5: expected labels, whole numbers, found 0\.25 \(float32\) at voxel 1/,
		);
	});
});
