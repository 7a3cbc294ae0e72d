import { describe, expect, it } from "vitest";
import { inHalves, rotaryTables } from "../../src/graph/rotary.ts";

describe("rotaryTables", () => {
	it("turns the first pairs by z, the next by y, the last by x, ever more slowly", () => {
		const { cos, sin } = rotaryTables([2, 1, 3], 12);
		expect(cos.shape).toEqual([6, 12]);
		// the last token lies at z = 1, y = 0, x = 2; bands are 1 and 1/100
		const angles = [1, 0.01, 0, 0, 2, 0.02];
		const last = 5 * 12;
		angles.forEach((angle, pair) => {
			expect(cos.data[last + pair]).toBeCloseTo(Math.cos(angle), 6);
			expect(cos.data[last + pair + 6]).toBe(cos.data[last + pair]);
			expect(sin.data[last + pair]).toBeCloseTo(-Math.sin(angle), 6);
			expect(sin.data[last + pair + 6]).toBeCloseTo(Math.sin(angle), 6);
		});
	});
});

describe("inHalves", () => {
	it("puts the even rows of each head before the odd ones", () => {
		const weight = { dtype: "float32", shape: [8, 1], data: Float32Array.from([0, 1, 2, 3, 4, 5, 6, 7]) } as const;
		expect([...inHalves(weight, 4).data]).toEqual([0, 2, 1, 3, 4, 6, 5, 7]);
	});
});
