import { expect, test } from "vitest";
import { fewValuesNote } from "../../src/preprocess/few-values.ts";
import { arrayOf } from "./fixture.ts";

const image = (dtype: string, value: (n: number) => number, voxels = 5000) =>
	arrayOf(
		dtype,
		[1, 1, 1, voxels],
		Array.from({ length: voxels }, (_, n) => value(n)),
	);

test("labels and images of one value are told", () => {
	expect(
		fewValuesNote(
			"a.nii.gz",
			image("uint8", (n) => (n * 7) % 3),
		),
	).toBe("a.nii.gz holds only the values 0, 1, 2: is it a segmentation in place of an image?");
	expect(
		fewValuesNote(
			"a",
			image("float32", (n) => (n === 4999 ? 11 : 2)),
		),
	).toMatch(/the values 2, 11:/);
	expect(
		fewValuesNote(
			"a",
			image("int16", () => -1024),
		),
	).toBe("a has the value -1024 everywhere: is it the right file?");
	expect(
		fewValuesNote(
			"a",
			image("float32", () => Number.NaN),
		),
	).toMatch(/has the value NaN everywhere/);
});

test("images are not", () => {
	expect(
		fewValuesNote(
			"a",
			image("uint8", (n) => n % 9),
		),
	).toBeUndefined();
	expect(
		fewValuesNote(
			"a",
			image("float32", (n) => (n % 2) / 2),
		),
	).toBeUndefined();
	expect(
		fewValuesNote(
			"a",
			image("int16", (n) => -(n % 2)),
		),
	).toBeUndefined();
	expect(
		fewValuesNote(
			"a",
			image("uint8", (n) => n % 2, 4095),
		),
	).toBeUndefined();
});
