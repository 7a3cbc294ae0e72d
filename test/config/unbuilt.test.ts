import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { missingKeys } from "../../src/config/required.ts";
import { unbuilt } from "../../src/config/unbuilt.ts";

const load = async (...overrides: string[]) => (await loadConfig({ overrides, env: {} })).config;
const keys = (found: readonly { readonly key: string }[]) => found.map(({ key }) => key);

describe("unbuilt", () => {
	it("is empty for the defaults and for what is built", async () => {
		expect(unbuilt(await load())).toEqual([]);
		expect(unbuilt(await load("inference.test_time_augmentation.mask=m.h5", "system.inference.batch_size=4"))).toEqual(
			[],
		);
		expect(
			unbuilt(
				await load("inference.postprocessing.decoding=[{name: decode_binary_watershed, kwargs: {min_seed_size: 50}}]"),
			),
		).toEqual([]);
	});

	it("names everything set that is not built", async () => {
		const config = await load(
			"model.use_deep_supervision=true",
			"inference.postprocessing.decoding=[{name: decode_abiss, kwargs: {thresholds: 0.4}}]",
		);
		expect(keys(unbuilt(config))).toEqual(["model.use_deep_supervision", "inference.postprocessing.decoding"]);
		expect(unbuilt(config).at(-1)?.text).toContain("the steps decode_abiss");
	});
});

describe("missingKeys", () => {
	it("names what each mode needs", async () => {
		const config = await load();
		const always = ["model.nnunet_checkpoint", "inference.data.output_path"];
		expect(keys(missingKeys(config, "infer"))).toEqual([...always, "inference.data.input_path"]);
		expect(keys(missingKeys(config, "infer-volume"))).toEqual([...always, "inference.volume_mode.file_pattern"]);
		expect(keys(missingKeys(config, "test", true))).toEqual(["inference.data.output_path", "data.test.image"]);
	});

	it("takes volume mode for granted where it is enabled", async () => {
		const config = await load(
			"inference.volume_mode.enabled=true",
			"inference.volume_mode.file_list=l.txt",
			"inference.data.output_path=o",
		);
		expect(missingKeys(config, "infer", true)).toEqual([]);
	});
});
