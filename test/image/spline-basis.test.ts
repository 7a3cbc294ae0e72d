import { describe, expect, it } from "vitest";
import { splinePoles, splineWeights } from "../../src/image/spline-basis.ts";

const ORDERS = [1, 2, 3, 4, 5] as const;

/** The B-spline of `order` at `t` by its definition: a sum of truncated powers. */
function definition(order: number, t: number): number {
	let sum = 0;
	let binomial = 1;
	let factorial = 1;
	for (let k = 1; k <= order; k++) factorial *= k;
	for (let k = 0; k <= order + 1; k++) {
		sum += (k % 2 === 0 ? 1 : -1) * binomial * Math.max(0, t + (order + 1) / 2 - k) ** order;
		binomial *= (order + 1 - k) / (k + 1);
	}
	return sum / factorial;
}

describe("splineWeights", () => {
	it.each(ORDERS)("order %i: each weight is the B-spline at the distance of its knot", (order) => {
		const [from, to] = order % 2 === 1 ? [0, 1] : [-0.5, 0.5];
		for (let n = 0; n < 20; n++) {
			const x = from + ((to - from) * n) / 20;
			const weights = splineWeights(order, x);
			expect(weights).toHaveLength(order + 1);
			for (const [k, weight] of weights.entries()) {
				expect(weight).toBeCloseTo(definition(order, x - (k - (order >> 1))), 12);
			}
		}
	});

	it("order 0 has one", () => {
		expect(splineWeights(0, 0.3)).toEqual([1]);
	});
});

describe("splinePoles", () => {
	it.each([2, 3, 4, 5] as const)("order %i: the roots of the B-spline's values at whole numbers", (order) => {
		const poles = splinePoles(order);
		expect(poles).toHaveLength(order >> 1);
		for (const pole of poles) {
			let sum = 0;
			for (let k = -3; k <= 3; k++) sum += definition(order, k) * pole ** (k + 3);
			expect(Math.abs(sum)).toBeLessThan(1e-15);
			expect(pole).toBeLessThan(0);
			expect(pole).toBeGreaterThan(-1);
		}
	});

	it("orders 0 and 1 have none", () => {
		expect([...splinePoles(0), ...splinePoles(1)]).toEqual([]);
	});
});
