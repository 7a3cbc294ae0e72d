import { describe, expect, it } from "vitest";
import { argmax, regionsToLabels } from "../../src/image/argmax.ts";
import { numbers } from "./fixture.ts";

describe("argmax", () => {
	it("is numpy's, the first of a tie", () => {
		const labels = argmax(Float32Array.from(numbers.logits), 3);
		expect(labels).toEqual(Uint8Array.from(numbers.argmax));
		expect(labels[0]).toBe(0);
		expect(labels[1]).toBe(1);
	});

	it("needs uint16 from 256 channels up", () => {
		const logits = new Float32Array(256);
		logits[255] = 1;
		expect(argmax(logits, 256)).toEqual(Uint16Array.of(255));
		expect(argmax(logits.subarray(0, 255), 255)).toEqual(Uint8Array.of(0));
	});

	it("does not change the logits, and refuses lengths that do not fit", () => {
		const logits = Float32Array.of(1, 2, 3, 1);
		expect(argmax(logits, 2)).toEqual(Uint8Array.of(1, 0));
		expect(logits).toEqual(Float32Array.of(1, 2, 3, 1));
		expect(() => argmax(logits, 3)).toThrow(RangeError);
	});
});

describe("regionsToLabels", () => {
	it("is nnU-Net's: later regions overwrite, 0.5 is outside", () => {
		const labels = regionsToLabels(Float32Array.from(numbers.sigmoid), [1, 300, 2]);
		expect(labels).toEqual(Uint16Array.from(numbers.regions));
		expect(regionsToLabels(Float32Array.of(0.5, 0.6, 0.9, 0.49), [2, 1])).toEqual(Uint8Array.of(1, 2));
	});

	it("refuses labels that no file holds", () => {
		expect(() => regionsToLabels(new Float32Array(4), [70_000])).toThrow(/70000/);
		expect(() => regionsToLabels(new Float32Array(4), [1, 2, 3])).toThrow(RangeError);
	});
});

describe("argmax of many voxels", () => {
	it("is that of a plain loop, in whole pieces and in what is left; NaN never wins", () => {
		for (const channels of [1, 2, 3, 17]) {
			for (const voxels of [1, 3, 15, 16, 17, 40_003]) {
				const logits = Float32Array.from({ length: channels * voxels }, (_, i) =>
					i % 31 === 7 ? Number.NaN : Math.round(3 * Math.sin(i * i)),
				);
				const expected = Uint8Array.from({ length: voxels }, (_, i) => {
					let best = 0;
					for (let c = 1; c < channels; c++) {
						if ((logits[c * voxels + i] ?? 0) > (logits[best * voxels + i] ?? 0)) best = c;
					}
					return best;
				});
				expect(argmax(logits, channels)).toEqual(expected);
			}
		}
	});
});
