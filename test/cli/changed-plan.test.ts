/**
 * Outputs of another plan are refused with what changed.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { testFolder } from "../folder.ts";
import { nnvol } from "./command.ts";
import { treeOf, writeImages, writeModel } from "./scene.ts";

describe("outputs made otherwise", () => {
	it("are refused with what changed, as far as that is known", async () => {
		const folder = testFolder();
		const model = writeModel(join(folder, "model"));
		const images = await writeImages(join(folder, "in"), ["a_0000.png"]);
		const out = join(folder, "out");
		const predict = (...more: string[]) => nnvol("predict", model, images, out, "--device", "cpu", ...more);
		expect((await predict()).code).toBe(0);
		const refused = await predict("--step-size", "1", "--no-tta");
		expect(refused.code).toBe(2);
		expect(refused.err).toMatch(
			/a\.png \(it was made with another model or configuration\)\. What changed:\n {2}inference\.sliding_window\.overlap: 0, was 0\.5\n {2}inference\.test_time_augmentation\.flip_axes: \[\[\]\], was .*\nUse --accept-existing/,
		);
		for (const name of treeOf(out).filter((file) => /plan-/.test(file))) rmSync(join(out, name));
		expect((await predict("--step-size", "1")).err).toMatch(/another model or configuration\)\. Use --accept-existing/);
	});
});
