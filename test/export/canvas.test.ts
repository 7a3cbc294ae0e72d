import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cut, ndarray, zeros } from "../../src/core/array.ts";
import { zyx } from "../../src/core/shape.ts";
import { blankCanvas, fillBackground, outputArray, placeRows, turnBack } from "../../src/export/canvas.ts";
import { insertBox } from "../../src/image/insert.ts";
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
			const values = new Float32Array(2 * (3 - z) * 2).fill(0.5);
			placeRows(canvas, 0, values, { z: 0, y: 0, rows: 3 - z }, crop);
		}
		const sums = Array.from({ length: 18 }, (_, i) => (canvas.data[i] ?? 0) + (canvas.data[18 + i] ?? 0));
		expect(sums).toEqual(new Array(18).fill(1));
	});
});

describe("placeRows", () => {
	const extent = fc.integer({ min: 1, max: 4 });
	it("puts the bands of a crop where the crop lies, and nothing elsewhere", () => {
		fc.assert(
			fc.property(fc.tuple(extent, extent, extent), fc.tuple(extent, extent, extent), extent, (size, margin, rows) => {
				const shape = zyx(size.map((value, axis) => value + (margin[axis] ?? 0)));
				const start = margin.map((value) => value - 1);
				const crop = { start, stop: start.map((value, axis) => value + (size[axis] ?? 0)) };
				const canvas = blankCanvas("uint16", 2, shape);
				const whole = ndarray(
					"uint16",
					[2, ...size],
					Uint16Array.from({ length: 2 * size[0] * size[1] * size[2] }, (_, i) => i + 1),
				);
				for (let z = 0; z < size[0]; z++) {
					for (let y = 0; y < size[1]; y += rows) {
						const count = Math.min(rows, size[1] - y);
						const band = cut(whole, { start: [0, z, y, 0], stop: [2, z + 1, y + count, size[2]] });
						placeRows(canvas, 0, band.data, { z, y, rows: count }, crop);
					}
				}
				expect(canvas).toEqual(insertBox(whole, [0, ...start], [2, ...shape]));
			}),
		);
	});

	it("takes labels of 8 bits on a canvas of 16", () => {
		const canvas = blankCanvas("uint16", 1, zyx([1, 2, 3]));
		placeRows(canvas, 0, Uint8Array.of(7, 8), { z: 0, y: 0, rows: 1 }, { start: [0, 1, 1], stop: [1, 2, 3] });
		expect([...canvas.data]).toEqual([0, 0, 0, 0, 7, 8]);
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
