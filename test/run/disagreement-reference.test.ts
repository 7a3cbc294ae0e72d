/**
 * Variance and mutual information of views and folds against PyTorch, with a network of two folds.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { nnvol } from "../cli/command.ts";
import { readVolume } from "../cli/scene.ts";
import { testFolder } from "../folder.ts";

const FIXTURE = join(import.meta.dirname, "..", "fixtures", "disagreement");

/** float32, as Python wrote it. */
function expected(name: string): Float32Array {
	const bytes = readFileSync(join(FIXTURE, name));
	return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
}

it("is what PyTorch and nnU-Net's windows make of four views and two folds", async () => {
	const folder = testFolder();
	const config = join(folder, "c.yaml");
	const outputs = "[labels, {kind: uncertainty, measure: variance}, {kind: uncertainty, measure: mutual_information}]";
	writeFileSync(
		config,
		`model: {nnunet_checkpoint: ${JSON.stringify(FIXTURE)}}
system: {device: cpu}
inference:
  data: {input_path: ${JSON.stringify(join(FIXTURE, "image.png"))}, output_path: ${JSON.stringify(join(folder, "out"))}, output_format: zarr, outputs: ${outputs}}
  test_time_augmentation: {flip_axes: all}
  sliding_window: {overlap: 0.5}
`,
	);
	expect(await nnvol("infer", "--config", config, "--quiet")).toMatchObject({ code: 0 });
	for (const [name, least] of [
		["variance", 0.005],
		["mutual_information", 0.05],
	] as const) {
		const wanted = expected(`${name}.f32`);
		const { data, shape } = await readVolume(join(folder, "out", `image_prediction_${name}.zarr`));
		expect(shape).toEqual([31, 37]);
		expect(Math.max(...wanted)).toBeGreaterThan(least);
		const off = Array.from(wanted, (value, i) => Math.abs(value - Number(data[i])));
		expect(Math.max(...off)).toBeLessThan(1e-5);
		expect(off.reduce((sum, each) => sum + each, 0) / off.length).toBeLessThan(1e-6);
	}
});
