/**
 * Counting equal labels: against a count by hand, and as laws.
 */
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ndarray } from "../../src/core/array.ts";
import { compareLabelFiles, countAgreement, diceOf, sumAgreements } from "../../src/nnunet/agreement.ts";
import { writeVolume } from "../cli/scene.ts";
import { testFolder } from "../folder.ts";

const labels = fc.array(fc.constantFrom(0, 1, 2, 300, 65535), { minLength: 1, maxLength: 60 });

describe("countAgreement", () => {
	it("counts each label in both", () => {
		const { voxels, equal, labels: found } = countAgreement([0, 1, 1, 2, 2, 2], [0, 1, 2, 2, 2, 7]);
		expect({ voxels, equal }).toEqual({ voxels: 6, equal: 4 });
		expect([...found]).toEqual([
			[0, { reference: 1, ours: 1, equal: 1 }],
			[1, { reference: 1, ours: 2, equal: 1 }],
			[2, { reference: 3, ours: 3, equal: 2 }],
			[7, { reference: 1, ours: 0, equal: 0 }],
		]);
		expect([...found.values()].map(diceOf)).toEqual([1, 2 / 3, 2 / 3, 0]);
	});

	it("adds up over labels and over cases", () => {
		fc.assert(
			fc.property(labels, labels, (a, b) => {
				const length = Math.min(a.length, b.length);
				const one = countAgreement(a.slice(0, length), b.slice(0, length));
				const sum = (key: "ours" | "reference" | "equal") =>
					[...one.labels.values()].reduce((total, counts) => total + counts[key], 0);
				expect(sum("ours")).toBe(length);
				expect(sum("reference")).toBe(length);
				expect(sum("equal")).toBe(one.equal);
				const half = Math.floor(length / 2);
				const parts = [
					countAgreement(a.slice(0, half), b.slice(0, half)),
					countAgreement(a.slice(half, length), b.slice(half, length)),
				];
				expect(sumAgreements(parts)).toEqual(one);
			}),
		);
	});
});

describe("compareLabelFiles", () => {
	it("compares files of different types and formats, sections of one as images", async () => {
		const folder = testFolder();
		const values = [0, 1, 2, 300, 0, 0];
		const tiff = await writeVolume(
			join(folder, "a.tif"),
			ndarray("uint16", [1, 2, 3], Uint16Array.from(values)),
			"zyx",
		);
		const nrrd = await writeVolume(
			join(folder, "a.h5"),
			ndarray("int32", [2, 3], Int32Array.from([0, 1, 2, 300, 0, 1])),
			"yx",
		);
		expect(await compareLabelFiles(tiff, nrrd)).toMatchObject({ voxels: 6, equal: 5 });
	});

	it("refuses other shapes and what are no labels", async () => {
		const folder = testFolder();
		const one = await writeVolume(join(folder, "a.png"), ndarray("uint8", [2, 3], new Uint8Array(6)), "yx");
		const two = await writeVolume(join(folder, "b.png"), ndarray("uint8", [3, 2], new Uint8Array(6)), "yx");
		const half = await writeVolume(
			join(folder, "c.h5"),
			ndarray("float32", [2, 3], new Float32Array(6).fill(0.5)),
			"yx",
		);
		await expect(compareLabelFiles(one, two)).rejects.toMatchObject({
			code: "INPUT",
			message: expect.stringMatching(/has 3x2 voxels, the prediction 2x3/),
		});
		await expect(compareLabelFiles(one, half)).rejects.toMatchObject({
			code: "VOLUME",
			message: expect.stringMatching(/whole numbers/),
		});
	});
});
