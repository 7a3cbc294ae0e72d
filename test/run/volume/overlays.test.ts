import { describe, expect, it } from "vitest";
import { ndarray } from "../../../src/core/array.ts";
import { modelSettings } from "../../../src/plan/model-settings.ts";
import { modelSpec } from "../../model-spec.ts";
import { stream, withScene } from "./scene.ts";

const spec = modelSpec({ dimensions: 2 });
const array = ndarray("uint8", [2, 8, 8], new Uint8Array(128).fill(7));

describe("a region", () => {
	it("that lies outside of the volume ends the run, and nothing is called done", async () => {
		const regions = [{ start: [2, 0, 0], size: [1, 8, 8] }];
		const settings = { ...modelSettings(spec), regions };
		await withScene({ spec, settings, array, axes: "zyx" }, async (scene) => {
			await expect(stream(scene)).rejects.toThrow(/nothing of it lies in the volume of 2x8x8 voxels/);
			await expect(stream(scene)).rejects.toThrow(/nothing of it lies in the volume/);
		});
	});

	it("that reaches beyond the volume is cut to it", async () => {
		const regions = [{ start: [1, 4, 4], size: [9, 9, 9] }];
		const settings = { ...modelSettings(spec), regions };
		await withScene({ spec, settings, array, axes: "zyx" }, async (scene) => {
			expect((await stream(scene)).done).toBe(1);
		});
	});
});
