import { describe, expect, it } from "vitest";
import { activate } from "../../src/export/activate.ts";

const LOGITS = [0, Math.log(3), 2, 0, 0, -2] as const; // two heads, three voxels
const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));

function activated(...activations: Parameters<typeof activate>[2][number][]): number[] {
	const values = Float32Array.from(LOGITS);
	activate(values, 2, activations);
	return [...values];
}

const close = (found: readonly number[], expected: readonly number[]) =>
	found.length === expected.length && found.every((v, i) => Math.abs(v - (expected[i] ?? Number.NaN)) < 1e-6);

const soft = [0, 1, 2].map((i) => sigmoid((LOGITS[i] ?? 0) - (LOGITS[i + 3] ?? 0)));

describe("activate", () => {
	it("softmax is over all heads", () => {
		expect(close(activated("softmax", "softmax"), [...soft, ...soft.map((v) => 1 - v)])).toBe(true);
	});

	it("sigmoid is each channel's own", () => {
		expect(close(activated("sigmoid", "sigmoid"), LOGITS.map(sigmoid))).toBe(true);
	});

	it("none leaves the logits", () => {
		expect(activated("none", "none")).toEqual([...Float32Array.from(LOGITS)]);
	});

	it("differs by channel; softmax then still sees all logits", () => {
		expect(
			close(activated("sigmoid", "softmax"), [...LOGITS.slice(0, 3).map(sigmoid), ...soft.map((v) => 1 - v)]),
		).toBe(true);
		expect(close(activated("softmax", "none"), [...soft, ...LOGITS.slice(3)])).toBe(true);
	});
});
