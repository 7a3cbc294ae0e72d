import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readCaseProperties } from "../../src/nnunet/case-properties.ts";
import { NO_TURN } from "../../src/preprocess/reorient.ts";
import { type Pickled, PickleTuple, writePickle } from "../../src/volume/npz/pkl.ts";
import { ROOT } from "../cli/command.ts";
import { testFolder } from "../folder.ts";

const SCENES = join(ROOT, "test/fixtures/ensemble");

function read(value: Pickled) {
	const path = join(testFolder(), "case.pkl");
	writeFileSync(path, writePickle(value));
	return readCaseProperties(path);
}

const AFFINE = [
	[-1.5, 0, 0, 10],
	[0, -0.5, 0, 20],
	[0, 0, 2, 30],
	[0, 0, 0, 1],
];

describe("case properties", () => {
	it("are read from what nnU-Net's classes keep", async () => {
		const itk = await readCaseProperties(join(SCENES, "itk/member_0/case_0.pkl"));
		expect(itk.geometry?.origin).toEqual([-31.5, 12.25, 7.75]);
		expect(itk.geometry?.direction).toHaveLength(9);
		expect(itk.turn).toEqual(NO_TURN);
		const flat = await readCaseProperties(join(SCENES, "itk2d/member_0/case_0.pkl"));
		expect(flat.geometry).toEqual({ origin: [3, -4.5], spacing: [0.5, 0.75], direction: [1, 0, 0, 1] });
		const turned = await readCaseProperties(join(SCENES, "nibabel-turned/member_0/case_0.pkl"));
		expect(turned.affine).toHaveLength(16);
		expect(turned.turn).not.toEqual(NO_TURN);
		const plain = await readCaseProperties(join(SCENES, "tiff/member_0/case_0.pkl"));
		expect(plain).toEqual({ spacing: [2.5, 0.5, 0.75], turn: NO_TURN });
	});

	it("are read from lists and tuples as well as from numpy's arrays", async () => {
		const found = await read({ spacing: new PickleTuple([2, 0.5, 1.5]), nibabel_stuff: { original_affine: AFFINE } });
		expect(found).toEqual({ spacing: [2, 0.5, 1.5], affine: AFFINE.flat(), turn: NO_TURN });
		const ras = AFFINE.map((row) => row.map(Math.abs));
		const turned = await read({ nibabel_stuff: { original_affine: AFFINE, reoriented_affine: ras } });
		expect(turned).toEqual({ affine: ras.flat(), turn: { order: [0, 1, 2], flip: [true, true, false] } });
	});

	it("know the letters of ITK's orientations", async () => {
		const ras = { spacing: [1, 2, 3], origin: [0, 0, 0], direction: [-1, 0, 0, 0, -1, 0, 0, 0, 1] };
		const turnOf = async (letters: string, geometry = ras) =>
			(await read({ sitk_stuff: { ...geometry, original_orientation: letters } })).turn;
		expect(await turnOf("RAS")).toEqual(NO_TURN);
		expect(await turnOf("LPS")).toEqual({ order: [0, 1, 2], flip: [true, true, false] });
		expect(await turnOf("SLA")).toEqual({ order: [2, 0, 1], flip: [false, true, false] });
		// an image that was not turned says so itself
		expect(await turnOf("LPS", { ...ras, direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] })).toEqual(NO_TURN);
		for (const wrong of ["LLS", "XYZ", "LP", ""]) await expect(turnOf(wrong)).rejects.toThrow(/original_orientation/);
	});

	it("are refused where they do not tell the place they promise", async () => {
		await expect(read([1])).rejects.toThrow(/expected a dict/);
		await expect(read({ sitk_stuff: 3 })).rejects.toThrow(/"sitk_stuff" to be a dict/);
		await expect(read({ sitk_stuff: { spacing: [1, 1, 1], origin: [0, 0], direction: [] } })).rejects.toThrow(
			/sitk_stuff/,
		);
		await expect(read({ nibabel_stuff: { original_affine: [[1]] } })).rejects.toThrow(/4x4/);
		const singular = AFFINE.map(() => [0, 0, 0, 0]);
		await expect(read({ nibabel_stuff: { original_affine: singular, reoriented_affine: AFFINE } })).rejects.toThrow(
			/how the image was turned/,
		);
		expect(await read({ spacing: ["a", 1, 1] })).toEqual({ turn: NO_TURN });
	});
});
