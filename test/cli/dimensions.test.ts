/**
 * Stacks for models of single images, images for models of volumes, volumes of other voxels than the model's.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { zeros } from "../../src/core/array.ts";
import { testFolder } from "../folder.ts";
import { nnvol } from "./command.ts";
import { outputsOf, pattern, readVolume, writeImages, writeModel, writeVolume } from "./scene.ts";

/** A folder with a model, two images and room for outputs. */
async function scene() {
	const folder = testFolder();
	return {
		folder,
		model: writeModel(join(folder, "model")),
		images: await writeImages(join(folder, "in"), ["a.png", "b.png"]),
		out: join(folder, "out"),
		at: (...parts: string[]) => join(folder, ...parts),
	};
}

const CPU = ["--device", "cpu"];

describe("dimensions", () => {
	it.each(["tif", "h5", "zarr"])(
		"a stack in .%s given to a model of single images: sections as cases, written in its own type",
		async (ending) => {
			const { model, out, at } = await scene();
			const stack = await writeVolume(at("st", `s.${ending}`), pattern([3, 24, 30]), "zyx");
			const { code, err } = await nnvol("predict", model, stack, out, ...CPU);
			expect(err).toMatch(/z-score of each section by itself/);
			expect(code).toBe(0);
			const labels = await readVolume(join(out, `s.${ending}`));
			expect([labels.dtype, labels.shape]).toEqual(["uint8", [3, 24, 30]]);
			const whole = await readVolume(stack);
			for (const z of [0, 1, 2]) {
				const section = zeros("uint8", [24, 30]);
				for (let i = 0; i < 720; i++) section.data[i] = Number(whole.data[z * 720 + i]);
				await writeVolume(at(`one${z}`, "s.png"), section, "yx");
				expect((await nnvol("predict", model, at(`one${z}`), at(`alone${z}`), ...CPU)).code).toBe(0);
				const alone = await readVolume(at(`alone${z}`, "s.png"));
				expect(Array.from(alone.data, Number)).toEqual(Array.from(labels.data.slice(z * 720, (z + 1) * 720), Number));
			}
		},
	);

	it("one image in several formats in a folder is refused", async () => {
		const { model, out, at } = await scene();
		for (const ending of ["tif", "h5"]) await writeVolume(at("st", `s.${ending}`), pattern([3, 24, 30]), "zyx");
		const { code, err } = await nnvol("predict", model, at("st"), out);
		expect(err).toMatch(/case s has s\.h5, s\.tif: one image in several formats; keep one of them/);
		expect(code).toBe(1);
	});

	it("a stack cannot be written as PNG, which is found before it is predicted", async () => {
		const { model, out, at } = await scene();
		await writeVolume(at("st", "s.tif"), pattern([3, 24, 30]), "zyx");
		const { code, err } = await nnvol("predict", model, at("st", "s.tif"), out, "--format", "png", ...CPU);
		expect(err).toMatch(/s\.png: png cannot hold a stack of sections; choose another/);
		expect(code).toBe(1);
		expect(outputsOf(out)).toEqual([]);
	});

	it("a 2D image given to a 3D model is refused", async () => {
		const { images, out, at } = await scene();
		const model = writeModel(at("m3"), { network: "1 channel 3D", ending: ".tif", reader: "Tiff3DIO" });
		const { code, err } = await nnvol("predict", model, join(images, "a.png"), out);
		expect(err).toMatch(
			/a\.png is 24x30 .*; the model takes 1 channel \(c0\) in 3D: a single image has no third dimension; give a volume/,
		);
		expect(code).toBe(1);
		expect(outputsOf(out)).toEqual([]);
	});

	it("a volume of other voxels than the model's is resampled, and comes back in its own", async () => {
		const { out, at } = await scene();
		const model = writeModel(at("m3"), { network: "1 channel 3D", ending: ".tif", reader: "Tiff3DIO" });
		const stack = await writeVolume(at("st", "s.tif"), pattern([6, 24, 30]), "zyx");
		writeFileSync(at("st", "s.json"), JSON.stringify({ spacing: [2, 1, 1] }));
		expect((await nnvol("predict", model, stack, out, ...CPU)).code).toBe(0);
		const labels = await readVolume(join(out, "s.tif"));
		expect([labels.dtype, labels.shape]).toEqual(["uint8", [6, 24, 30]]);
		expect(JSON.parse(readFileSync(join(out, "s.json"), "utf8"))).toEqual({ spacing: [2, 1, 1] });
	});

	it("a volume of which nothing would be left is refused with both spacings, exit 1", async () => {
		const { out, at } = await scene();
		const model = writeModel(at("m3"), { network: "1 channel 3D", ending: ".tif", reader: "Tiff3DIO" });
		const stack = await writeVolume(at("st", "s.tif"), pattern([6, 24, 30]), "zyx");
		writeFileSync(at("st", "s.json"), JSON.stringify({ spacing: [0.01, 1, 1] }));
		const { code, err } = await nnvol("predict", model, stack, out, ...CPU);
		expect(err).toMatch(/nothing is left of 6x24x30 voxels of 0\.01 x 1 x 1; is the spacing of the image right/);
		expect(code).toBe(1);
		expect(outputsOf(out)).toEqual([]);
	});

	it("a data set of a type that cannot be written says so, and --format helps", async () => {
		const { images, out, at } = await scene();
		const model = writeModel(at("dcm"), { ending: ".dcm", reader: "SimpleITKIO" });
		const refused = await nnvol("predict", model, images, out);
		expect(refused.err).toMatch(
			/data set has \.dcm files, which cannot be written yet; choose another type by --format/,
		);
		expect(refused.code).toBe(2);
		expect((await nnvol("predict", model, images, out, "--format", "tiff", ...CPU)).code).toBe(0);
		expect(outputsOf(out)).toEqual(["a.tif", "b.tif"]);
	});
});
