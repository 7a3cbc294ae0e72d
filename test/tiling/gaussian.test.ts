import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { constantWeights, gaussianWeights } from "../../src/tiling/gaussian.ts";

const fixture = z
	.array(
		z.object({ patch: z.array(z.number()), sha256: z.string(), samples: z.array(z.tuple([z.number(), z.number()])) }),
	)
	.parse(JSON.parse(readFileSync(new URL("../fixtures/tiling/gaussian.json", import.meta.url), "utf8")));

describe("gaussianWeights", () => {
	it.each(fixture)("has nnU-Net's bits for a patch of $patch", ({ patch, sha256, samples }) => {
		const weights = gaussianWeights(patch);
		for (const [at, value] of samples) expect(weights[at], `voxel ${at}`).toBe(value);
		const bytes = new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength);
		expect(createHash("sha256").update(bytes).digest("hex")).toBe(sha256);
	});

	it("gives a slice of a 3D patch of one voxel the weights of the 2D patch", () => {
		expect(gaussianWeights([1, 40, 32])).toEqual(gaussianWeights([40, 32]));
	});

	it("peaks at the centre with the scale asked for and is above 0 everywhere", () => {
		fc.assert(
			fc.property(
				fc.array(fc.integer({ min: 1, max: 24 }), { minLength: 1, maxLength: 3 }),
				fc.constantFrom(1 / 8, 1 / 16, 0.01),
				fc.constantFrom(1, 10),
				(patch, sigmaScale, scale) => {
					const weights = gaussianWeights(patch, { sigmaScale, scale });
					const centre = patch.reduce((at, extent) => at * extent + Math.floor(extent / 2), 0);
					expect(weights[centre]).toBe(scale);
					expect(weights.every((w) => w > 0 && w <= scale)).toBe(true);
				},
			),
		);
	});

	it("refuses what is no patch", () => {
		expect(() => gaussianWeights([])).toThrow(RangeError);
		expect(() => gaussianWeights([4, 0])).toThrow(RangeError);
		expect(() => constantWeights([1.5])).toThrow(RangeError);
	});
});

describe("constantWeights", () => {
	it("is 1 everywhere", () => {
		expect(constantWeights([2, 3])).toEqual(Float32Array.of(1, 1, 1, 1, 1, 1));
	});
});
