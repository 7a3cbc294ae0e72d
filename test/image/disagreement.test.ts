import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
	addMember,
	clearMoments,
	createMoments,
	mutualInformationInto,
	varianceInto,
} from "../../src/image/disagreement.ts";
import { entropy } from "../../src/image/entropy.ts";

/** Members' probabilities, [members][heads x voxels]; those of a voxel sum to one where `exclusive`. */
const members = (exclusive: boolean) =>
	fc
		.record({
			heads: fc.integer({ min: exclusive ? 2 : 1, max: 4 }),
			voxels: fc.integer({ min: 1, max: 5 }),
			count: fc.integer({ min: 1, max: 9 }),
		})
		.chain(({ heads, voxels, count }) =>
			fc
				.array(
					fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
						minLength: heads * voxels,
						maxLength: heads * voxels,
					}),
					{ minLength: count, maxLength: count },
				)
				.map((all) => ({ heads, voxels, all: all.map((one) => (exclusive ? shared(one, heads) : one)) })),
		);

/** Shares of their sum. */
function shared(values: readonly number[], heads: number): number[] {
	const voxels = values.length / heads;
	return values.map((value, at) => {
		let sum = 0;
		for (let i = at % voxels; i < values.length; i += voxels) sum += (values[i] ?? 0) + 1e-3;
		return (value + 1e-3) / sum;
	});
}

function found(heads: number, voxels: number, exclusive: boolean, all: readonly (readonly number[])[]) {
	const moments = createMoments(heads, voxels, exclusive, true);
	for (const one of all) addMember(moments, Float32Array.from(one));
	const [variance, information] = [new Float32Array(voxels), new Float32Array(voxels)];
	varianceInto(moments, variance);
	mutualInformationInto(moments, information);
	return { moments, variance, information };
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

/** By the definitions, in two passes of float64. */
function expected(heads: number, voxels: number, exclusive: boolean, all: readonly (readonly number[])[]) {
	const variance = Array.from({ length: voxels }, (_, i) =>
		mean(
			Array.from({ length: heads }, (_, head) => {
				const values = all.map((one) => one[head * voxels + i] ?? 0);
				return mean(values.map((value) => (value - mean(values)) ** 2));
			}),
		),
	);
	const average = (all[0] ?? []).map((_, at) => mean(all.map((one) => one[at] ?? 0)));
	const of = (one: readonly number[]) => [...entropy(Float32Array.from(one), heads, exclusive)];
	const information = of(average).map((whole, i) => whole - mean(all.map((one) => of(one)[i] ?? 0)));
	return { variance, information };
}

describe("disagreement", () => {
	it.each([true, false])("is the variance and the mutual information by their definitions (exclusive: %s)", (is) => {
		fc.assert(
			fc.property(members(is), ({ heads, voxels, all }) => {
				const { variance, information } = found(heads, voxels, is, all);
				const wanted = expected(heads, voxels, is, all);
				for (let i = 0; i < voxels; i++) {
					expect(Math.abs((variance[i] ?? 9) - (wanted.variance[i] ?? 0))).toBeLessThan(1e-6);
					expect(Math.abs((information[i] ?? 9) - (wanted.information[i] ?? 0))).toBeLessThan(2e-6);
					expect(variance[i]).toBeGreaterThanOrEqual(0);
					expect(information[i]).toBeGreaterThanOrEqual(0);
				}
			}),
		);
	});

	it("is zero of one member and of equal members", () => {
		const { variance, information } = found(2, 1, true, [[0.3, 0.7]]);
		expect([...variance, ...information]).toEqual([0, 0]);
		const equal = found(2, 1, true, [
			[0.3, 0.7],
			[0.3, 0.7],
			[0.3, 0.7],
		]);
		expect([...equal.variance]).toEqual([0]);
		expect(equal.information[0]).toBeLessThan(1e-6);
	});

	it("is largest where members are certain of different things", () => {
		const { variance, information } = found(2, 1, true, [
			[1, 0],
			[0, 1],
		]);
		expect([...variance, ...information]).toEqual([0.25, 1]);
	});

	it("of two classes is the variance of the foreground", () => {
		const { variance } = found(2, 1, true, [
			[0.9, 0.1],
			[0.5, 0.5],
		]);
		expect(variance[0]).toBeCloseTo(0.04, 7);
	});

	it("of small differences is not lost in large sums", () => {
		const { variance } = found(1, 1, false, [[0.5], [0.5 + 2 ** -12]]);
		expect(variance[0]).toBe(2 ** -26);
	});

	it("begins again when cleared, and wants members of one size", () => {
		const { moments } = found(2, 1, true, [
			[1, 0],
			[0, 1],
		]);
		clearMoments(moments);
		addMember(moments, Float32Array.of(0.25, 0.75));
		expect([moments.members, ...moments.mean, ...moments.squares]).toEqual([1, 0.25, 0.75, 0]);
		expect(() => addMember(moments, new Float32Array(3))).toThrow(/3 probabilities for moments of 2/);
	});
});
