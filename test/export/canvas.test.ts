import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ndarray, zeros } from "../../src/core/array.ts";
import { zyx } from "../../src/core/shape.ts";
import { blankCanvas, fillBackground, outputArray, place, turnBack } from "../../src/export/canvas.ts";
import { transpose } from "../../src/image/transpose.ts";

const orders = fc.constantFrom<readonly number[]>([0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]);

describe("turnBack", () => {
	it("undoes the transposition of the image, channels staying", () => {
		fc.assert(
			fc.property(
				orders,
				fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
				(forward, shape) => {
					const size = 2 * shape[0] * shape[1] * shape[2];
					const image = ndarray(
						"uint16",
						[2, ...shape],
						Uint16Array.from({ length: size }, (_, i) => i),
					);
					const turned = transpose(image, [0, ...forward.map((axis) => axis + 1)]);
					const backward = [0, 1, 2].map((axis) => forward.indexOf(axis));
					expect(turnBack(turned, backward)).toEqual(image);
				},
			),
		);
	});
});

describe("fillBackground", () => {
	it("is one in channel 0 outside the crop of its own sections, and nowhere else", () => {
		const canvas = blankCanvas("float32", 2, zyx([3, 3, 4]));
		fillBackground(canvas, { start: [1, 1, 1], stop: [2, 3, 3] }, 1, 2);
		const section = [1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 1];
		expect([...canvas.data]).toEqual([...zeros("float32", [12]).data, ...section, ...new Array(12 + 36).fill(0)]);
	});

	it("and a subject make probabilities that sum to one everywhere", () => {
		const canvas = blankCanvas("float32", 2, zyx([2, 3, 3]));
		for (const z of [0, 1]) {
			const crop = { start: [z, z, 1], stop: [z + 1, 3, 3] };
			fillBackground(canvas, crop, z, z + 1);
			const shape = [2, 1, 3 - z, 2];
			const size = shape.reduce((a, b) => a * b, 1);
			place(canvas, ndarray("float32", shape, new Float32Array(size).fill(0.5)), crop);
		}
		const sums = Array.from({ length: 18 }, (_, i) => (canvas.data[i] ?? 0) + (canvas.data[18 + i] ?? 0));
		expect(sums).toEqual(new Array(18).fill(1));
	});
});

describe("outputArray", () => {
	const canvas = zeros("uint8", [2, 1, 3, 4]);

	it("drops the section axis of a 2D image", () => {
		expect(outputArray(canvas, 2, true)).toMatchObject({ axes: "cyx", array: { shape: [2, 3, 4] } });
		expect(outputArray(zeros("uint8", [1, 1, 3, 4]), 2, false)).toMatchObject({ axes: "yx", array: { shape: [3, 4] } });
	});

	it("keeps a stack of one section a stack", () => {
		expect(outputArray(canvas, 3, true)).toMatchObject({ axes: "czyx", array: { shape: [2, 1, 3, 4] } });
		expect(outputArray(zeros("uint8", [1, 1, 3, 4]), 3, false)).toMatchObject({
			axes: "zyx",
			array: { shape: [1, 3, 4] },
		});
	});
});
