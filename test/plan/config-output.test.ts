import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { parseDecoding } from "../../src/decode/step.ts";
import { configSettings } from "../../src/plan/config-settings.ts";
import { FOUR_LABELS, modelSpec, REGIONS } from "../model-spec.ts";

const POST = "inference.postprocessing";
const CC = [{ name: "decode_connected_components", kwargs: { min_size: 3 } }];
const DECODES = `${POST}.decoding=${JSON.stringify(CC)}`;

async function outputFor(spec = modelSpec(), ...overrides: readonly string[]) {
	const { config } = await loadConfig({ overrides: [DECODES, ...overrides], env: {} });
	const { settings, notes } = configSettings(config, spec);
	return { output: settings.output, notes };
}

describe("decoding", () => {
	it("makes objects of the channels that are not background, or of those selected", async () => {
		expect((await outputFor()).output).toEqual({
			kind: "objects",
			channels: [1],
			decoding: parseDecoding(CC),
			bySection: false,
			dtype: "by-count",
		});
		expect((await outputFor(modelSpec({ labels: FOUR_LABELS }))).output).toMatchObject({ channels: [1, 2, 3] });
		expect((await outputFor(modelSpec({ labels: REGIONS }))).output).toMatchObject({ channels: [0, 1] });
		const selected = await outputFor(
			modelSpec({ labels: FOUR_LABELS }),
			"inference.test_time_augmentation.select_channel=[3,0]",
		);
		expect(selected.output).toMatchObject({ channels: [3, 0] });
	});

	it("works section by section where the model's sections are those of constant z", async () => {
		expect((await outputFor(modelSpec({ dimensions: 2 }))).output).toMatchObject({ bySection: true });
		const turned = modelSpec({ dimensions: 2, transposeForward: [1, 0, 2], transposeBackward: [1, 0, 2] });
		expect((await outputFor(turned)).output).toMatchObject({ bySection: false });
	});

	it("round-trips through JSON, for the plan and its hash", async () => {
		const { output } = await outputFor();
		expect(JSON.parse(JSON.stringify(output))).toEqual(output);
	});

	it("tells which keys have no effect", async () => {
		const notes = async (...overrides: string[]) => (await outputFor(modelSpec(), ...overrides)).notes.slice(1);
		expect(await notes()).toEqual([]);
		expect(await notes(`${POST}.intensity_dtype=uint32`)).toEqual([]);
		expect(await notes(`${POST}.intensity_scale=2`)).toEqual([expect.stringMatching(/intensity_scale has no effect/)]);
		expect(await notes(`${POST}.intensity_scale=2`, `${POST}.intensity_dtype=uint8`)).toEqual([
			expect.stringMatching(/intensity_scale and intensity_dtype=uint8 have no effect/),
		]);
	});

	it("refuses channels that there are not, and a mask without a channel", async () => {
		await expect(outputFor(modelSpec(), "inference.test_time_augmentation.select_channel=2")).rejects.toThrow(
			/select_channel names channel 2; the model has 2, 0 to 1/,
		);
		await expect(outputFor(modelSpec(), `${POST}.binary.enabled=true`)).rejects.toThrow(/binary needs a channel/);
		await expect(outputFor(modelSpec(), `${POST}.decoding=[{name: decode_affinity_cc}]`)).rejects.toThrow(
			/needs 3 channels of affinities, one an axis, and has 1/,
		);
	});
});
