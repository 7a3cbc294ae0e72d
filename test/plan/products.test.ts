import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { configSettings } from "../../src/plan/config-settings.ts";
import { makePlan } from "../../src/plan/plan.ts";
import { disagreementsOf, layoutOf, requireMembers } from "../../src/plan/products.ts";
import { streamedKeys } from "../../src/plan/streamed.ts";
import { COMPRESSIONS } from "../../src/volume/volume.ts";
import { modelSpec } from "../model-spec.ts";

const load = async (...overrides: string[]) => (await loadConfig({ overrides, env: {} })).config;
const settings = async (...overrides: string[]) => configSettings(await load(...overrides), modelSpec()).settings;
const DATA = "inference.data";

describe("products", () => {
	it("are left to the other keys by default, and so is the whole volume", async () => {
		const found = await settings();
		expect(Object.keys(found)).not.toContain("outputs");
		expect(streamedKeys(found)).toEqual([]);
	});

	it("have every channel and float32 unless the configuration says else", async () => {
		expect((await settings(`${DATA}.outputs=[labels, probabilities, uncertainty]`)).outputs).toEqual([
			{ kind: "labels" },
			{ kind: "probabilities", channels: [0, 1], dtype: "float32" },
			{ kind: "uncertainty", dtype: "float32" },
		]);
		const one = "[{kind: probabilities, channels: 1, dtype: uint8}]";
		expect((await settings(`${DATA}.outputs=${one}`)).outputs).toEqual([
			{ kind: "probabilities", channels: [1], dtype: "uint8" },
		]);
	});

	it("say how uncertainty is measured, and what is carried for it", async () => {
		const list = "[{kind: uncertainty, measure: mutual_information}, {kind: uncertainty, measure: entropy}, labels]";
		const found = await settings(`${DATA}.outputs=${list}`);
		expect(found.outputs).toEqual([
			{ kind: "uncertainty", measure: "mutual_information", dtype: "float32" },
			{ kind: "uncertainty", dtype: "float32" },
			{ kind: "labels" },
		]);
		expect(disagreementsOf(found)).toEqual(["mutual_information"]);
		expect(disagreementsOf(await settings())).toEqual([]);
	});

	it("that compare views and folds need several", async () => {
		const list = `${DATA}.outputs=[{kind: uncertainty, measure: variance}]`;
		const [several, single] = [
			await settings(list),
			await settings(list, "inference.test_time_augmentation.flip_axes=none"),
		];
		expect(() => requireMembers(several, 1)).not.toThrow();
		expect(() => requireMembers(single, 2)).not.toThrow();
		expect(() => requireMembers(single, 1)).toThrow(/variance.*one view and one fold.*--folds/);
		const fold = { fold: "0", sha256: "x" };
		const model = { dataset: "D", configuration: "c", trainer: "t", spec: "s", checkpoints: [fold] };
		expect(() => makePlan(model, single, "/out", [])).toThrow(/one view and one fold/);
		expect(() => makePlan({ ...model, checkpoints: [fold, fold] }, single, "/out", [])).not.toThrow();
	});

	it("of one kind and measure are asked for once", async () => {
		await expect(load(`${DATA}.outputs=[uncertainty, {kind: uncertainty, measure: entropy}]`)).rejects.toThrow(
			/uncertainty \(entropy\) would be written twice/,
		);
	});

	it("of a channel that the model lacks are an error", async () => {
		await expect(settings(`${DATA}.outputs=[{kind: probabilities, channels: [2]}]`)).rejects.toThrow(
			/names channel 2; the model has 2, 0 to 1/,
		);
	});

	it("that another key decides too are an error", async () => {
		const tta = "inference.test_time_augmentation.select_channel=1";
		await expect(settings(`${DATA}.outputs=[labels]`, tta)).rejects.toThrow(/both say what is written/);
	});
});

describe("what only a streamed run can do", () => {
	it("is named by its keys", async () => {
		const found = await settings(
			"inference.roi={start: [0, 0, 0], size: [1, 1, 1]}",
			"inference.mask=m.h5",
			"inference.skip_below=0",
			`${DATA}.outputs=[labels]`,
		);
		expect(found).toMatchObject({ within: "m.h5", skipBelow: 0, regions: [{ start: [0, 0, 0], size: [1, 1, 1] }] });
		expect(streamedKeys(found)).toHaveLength(4);
	});
});

describe("layout", () => {
	it("holds what is said and nothing else", async () => {
		expect(layoutOf(await load())).toEqual({});
		expect(
			layoutOf(await load(`${DATA}.chunks=[8, 64, 64]`, `${DATA}.shards=[8, 128, 128]`, `${DATA}.zarr_format=2`)),
		).toEqual({ chunks: [8, 64, 64], shards: [8, 128, 128], zarrFormat: 2 });
	});

	it("takes every compression that volumes know", async () => {
		for (const compression of COMPRESSIONS)
			expect(layoutOf(await load(`${DATA}.compression=${compression}`))).toEqual({ compression });
	});
});
