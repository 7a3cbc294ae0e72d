/**
 * What must never be lost or taken for another: outputs across shares, outputs changed by hand, masks that changed, other
 * models' files, the report of an earlier run.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { zeros } from "../../src/core/array.ts";
import { testFolder } from "../folder.ts";
import { nnvol } from "./command.ts";
import { outputsOf, pattern, readJson, readVolume, writeImages, writeModel, writeVolume } from "./scene.ts";

const VOLUMES = "inference.volume_mode";

function argv(model: string, input: string, out: string): string[] {
	const keys = ["system.device=cpu", `${VOLUMES}.file_pattern=${input}`, `inference.data.output_path=${out}`];
	return ["infer-volume", "--checkpoint", model, ...keys];
}

describe("guards", () => {
	it("two inputs of one name in two shares are an error in each share, before anything is written", async () => {
		const folder = testFolder();
		const model = writeModel(join(folder, "model"));
		await writeImages(join(folder, "in", "a"), ["v.png"]);
		await writeImages(join(folder, "in", "b"), ["v.png"]);
		const out = join(folder, "out");
		for (const start of [0, 1]) {
			const share = [`${VOLUMES}.start_index=${start}`, `${VOLUMES}.step=2`];
			const result = await nnvol(...argv(model, `${folder}/in/*/*.png`, out), ...share);
			expect(result.err).toMatch(/two inputs would write .*v_prediction\.h5: .*a.v\.png and .*b.v\.png/);
			expect(result.code).toBe(2);
		}
		expect(outputsOf(out)).toEqual([]);
	});

	it("an output that was changed by hand is refused, not replaced", async () => {
		const folder = testFolder();
		const model = writeModel(join(folder, "model"));
		const images = await writeImages(join(folder, "in"), ["a_0000.png"]);
		const out = join(folder, "out");
		const predict = (...more: string[]) => nnvol("predict", model, images, out, "--device", "cpu", ...more);
		expect((await predict()).code).toBe(0);
		const corrected = await writeVolume(join(out, "a.png"), pattern([24, 30]), "yx");
		const again = await predict();
		expect(again.err).toMatch(/a\.png \(it was changed since it was written\)/);
		expect(again.code).toBe(2);
		expect(await readVolume(corrected)).toEqual(pattern([24, 30]));
		expect((await predict("--accept-existing")).code).toBe(0);
		expect((await predict()).out).toMatch(/Skipped 1\/1/);
	});

	it("a mask that changed makes outputs of the old one foreign, and background within it stays background", async () => {
		const folder = testFolder();
		const model = writeModel(join(folder, "model"));
		const image = pattern([24, 30]);
		for (let i = 0; i < image.data.length; i++) if (i % 30 < 8) image.data[i] = 0; // cropped away
		await writeVolume(join(folder, "in", "a.png"), image, "yx");
		const mask = zeros("uint8", [24, 30]);
		mask.data.fill(1, 0, 12 * 30);
		const path = await writeVolume(join(folder, "mask.png"), mask, "yx");
		const out = join(folder, "out");
		const tta = "inference.test_time_augmentation";
		const words = [...argv(model, `${folder}/in/*.png`, out), `${tta}.select_channel=0`, `${tta}.mask=${path}`];
		expect((await nnvol(...words)).code).toBe(0);
		const found = await readVolume(join(out, "a_prediction.h5"));
		expect(Number(found.data[0])).toBe(1); // cut away, inside the mask: background
		expect(Number(found.data[20 * 30])).toBe(0); // cut away, outside the mask
		mask.data.fill(1);
		await writeVolume(path, mask, "yx");
		expect((await nnvol(...words)).err).toMatch(/its input has changed since/);
	});

	it("--save-probabilities does not replace another data set's files, and a refused run leaves its own report", async () => {
		const folder = testFolder();
		const model = writeModel(join(folder, "model"));
		const images = await writeImages(join(folder, "in"), ["a_0000.png"]);
		const out = join(folder, "out");
		const predict = (...more: string[]) => nnvol("predict", model, images, out, "--device", "cpu", ...more);
		expect((await predict()).code).toBe(0);
		const report = () => readJson(join(out, ".nnvol", "report.json"));
		expect(report()).toMatchObject({ state: "finished", done: 1 });
		const refused = await predict("--no-tta");
		expect(refused.code).toBe(2);
		expect(report()).toMatchObject({
			state: "stopped",
			error: expect.stringMatching(/another model or configuration/),
		});
		writeFileSync(join(out, "dataset.json"), '{"mine": true}');
		const beside = await nnvol("predict", model, images, join(out, "b.png"), "--device", "cpu", "--save-probabilities");
		expect(beside.err).toMatch(/dataset\.json is another model's or data set's/);
		expect(beside.code).toBe(2);
		expect(readFileSync(join(out, "dataset.json"), "utf8")).toBe('{"mine": true}');
	});
});
