/**
 * Objects of a volume of 32 sections, moved, joined and lost; the numbers are scikit-image's and PyTorch Connectomics'.
 */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type NdArray, ndarray } from "../../src/core/array.ts";
import { sizeOf } from "../../src/core/shape.ts";
import { scoreCases } from "../../src/score/score-cases.ts";
import { readVolume, writeVolume } from "../cli/scene.ts";
import { testFolder } from "../folder.ts";
import { sharedPath } from "../shared.ts";

const LABELS = sharedPath("fixtures", "phantom_stack", "mitochondria_instances.tif");

/** TP, FP, FN and panoptic quality from an IoU of 0.5 on. */
const MATCHING = [
	[0.5, 61, 1, 3, 0.6441387600368924],
	[0.55, 59, 3, 5, 0.6269606332930308],
	[0.6, 52, 10, 12, 0.5619951278444321],
	[0.65, 38, 24, 26, 0.42148160177563865],
	[0.7, 17, 45, 47, 0.19880844297863187],
	[0.75, 5, 57, 59, 0.061193700820680645],
	[0.8, 0, 62, 64, 0],
] as const;

/** The objects four voxels further along x; 5 joined to 6, 9 lost. */
function moved({ shape, data }: NdArray): NdArray<"uint32"> {
	const width = shape.at(-1) ?? 1;
	const out = new Uint32Array(sizeOf(shape));
	for (let i = 0; i < out.length; i++) {
		const id = i % width < 4 ? 0 : Number(data[i - 4]);
		out[i] = id === 5 ? 6 : id === 9 ? 0 : id;
	}
	return ndarray("uint32", shape, out);
}

describe.runIf(LABELS !== undefined)("shared: objects of the phantom stack", () => {
	it("score as elsewhere", async () => {
		const label = LABELS ?? "";
		const prediction = await writeVolume(join(testFolder(), "moved.tif"), moved(await readVolume(label)), "zyx");
		const { comparison, cases } = await scoreCases([{ id: "phantom", prediction, label }], {
			compare: "auto",
			components: [],
			connectivity: 1,
			ignored: [],
			thresholds: MATCHING.map(([threshold]) => threshold),
		});
		const { objects, pytc } = cases[0]?.scores ?? {};
		expect(comparison).toBe("instances");
		expect(objects?.adaptedRand.error).toBeCloseTo(0.6591582368536179, 12);
		expect(objects?.adaptedRand.recall).toBeCloseTo(0.7004030245877263, 12);
		expect(objects?.variationOfInformation.split).toBeCloseTo(0.6984707399692861, 12);
		expect(objects?.variationOfInformation.merge).toBeCloseTo(1.2422077681745176, 12);
		expect(objects?.variationOfInformationWithBackground.merge).toBeCloseTo(0.16358701672550569, 10);
		expect(pytc?.["adapted_rand_error"]).toBeCloseTo(0.21523962651720474, 12);
		expect(pytc?.["instance_f1_detail"]).toBeCloseTo(0.9682539682539683, 12);
		for (const [n, [threshold, tp, fp, fn, quality]] of MATCHING.entries()) {
			expect(objects?.matching[n]).toMatchObject({ threshold, tp, fp, fn });
			expect(objects?.matching[n]?.panopticQuality).toBeCloseTo(quality, 6);
		}
	});
});
