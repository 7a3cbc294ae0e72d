import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ndarray } from "../../src/core/array.ts";
import { colourOf } from "../../src/image/object-overlay.ts";
import { testFolder } from "../folder.ts";
import { nnvol } from "./command.ts";
import { pattern, readVolume, writeVolume } from "./scene.ts";

const LABELS = ndarray("uint16", [2, 3, 4], Uint16Array.from("000000000000700007000000", Number));

async function made() {
	const folder = testFolder();
	const image = await writeVolume(join(folder, "a.tif"), pattern([2, 3, 4]), "zyx");
	const labels = await writeVolume(join(folder, "l.h5"), LABELS, "zyx");
	return { folder, image, labels, picture: join(folder, "deep", "p.png") };
}

describe("nnvol overlay", () => {
	it("draws a section, the middle one unless it is told", async () => {
		const { image, labels, picture } = await made();
		const { code, out } = await nnvol("overlay", image, labels, picture);
		expect([code, out]).toEqual([0, `${picture}\n`]);
		const { shape, data } = await readVolume(picture);
		expect(shape).toEqual([3, 4, 3]);
		expect([...data.slice(0, 3)]).toEqual([...colourOf(7)]);
		expect((await nnvol("overlay", image, labels, picture)).err).toMatch(/--overwrite/);
		expect((await nnvol("overlay", image, labels, picture, "--section", "0", "--overwrite")).code).toBe(0);
		const grey = (await readVolume(picture)).data;
		expect(grey[0]).toBe(grey[1]);
	});

	it.each<readonly [readonly string[], RegExp]>([
		[["--section", "2"], /--section 2: there are 2, 0 to 1/],
		[["--section", "x"], /--section: expected a whole number of 0 or more, found "x"/],
	])("refuses %j", async (flags, text) => {
		const { image, labels, picture } = await made();
		const { code, err } = await nnvol("overlay", image, labels, picture, ...flags);
		expect(err).toMatch(text);
		expect(code).toBe(2);
	});

	it("refuses other shapes and other endings", async () => {
		const { folder, image, labels, picture } = await made();
		const other = await writeVolume(join(folder, "b.tif"), pattern([2, 3, 5]), "zyx");
		expect((await nnvol("overlay", other, labels, picture)).err).toMatch(/2x3x5 and .* 2x3x4 .*must be equal/);
		expect((await nnvol("overlay", image, labels, join(folder, "p.jpg"))).err).toMatch(/a name that ends in \.png/);
	});
});
