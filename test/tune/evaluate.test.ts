import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { ndarray } from "../../src/core/array.ts";
import { LabelCounts } from "../../src/score/label-counts.ts";
import { overlapOf } from "../../src/score/overlap.ts";
import { CaseCache } from "../../src/tune/case-cache.ts";
import { evaluateCase, meanScore } from "../../src/tune/evaluate.ts";
import { type LabelledCase, type Meaning, readCase } from "../../src/tune/labelled-case.ts";
import { IGNORED, IGNORED_ID, maskScores, objectScores } from "../../src/tune/metrics.ts";
import type { Objective } from "../../src/tune/objective.ts";
import { writeVolume } from "../cli/scene.ts";
import { testFolder } from "../folder.ts";

const post = async (...overrides: string[]) =>
	(
		await loadConfig({
			overrides: ["inference.postprocessing.binary.enabled=true", ...overrides],
			env: {},
		})
	).config.inference.postprocessing;

const DICE: Objective = { metric: "dice", direction: "maximize" };
const RAND: Objective = { metric: "adapted_rand", direction: "minimize" };
const TREATMENT = { channels: [0], sectionwise: false, bySection: false };

/** A case of sections of 4 x 8: values are 0.9 in a square of 2 x 2, 0.6 in one voxel, 0.1 elsewhere; the square is true. */
function squares(sections: number): LabelledCase {
	const voxels = sections * 32;
	const values = new Float32Array(voxels).fill(0.1);
	const objects = new Uint32Array(voxels);
	for (let z = 0; z < sections; z++) {
		for (const at of [0, 1, 8, 9]) {
			values[z * 32 + at] = 0.9;
			objects[z * 32 + at] = 7;
		}
		values[z * 32 + 30] = 0.6;
	}
	return {
		id: "squares",
		shape: [sections, 4, 8],
		channels: 1,
		values,
		mask: Uint8Array.from(objects, (id) => (id === 0 ? 0 : 1)),
		objects,
		connectivity: 1,
	};
}

const meaning = (foreground: Meaning["foreground"] = "any", ...ignored: number[]): Meaning => ({
	foreground,
	ignored,
	connectivity: 1,
});

describe("maskScores", () => {
	it("are nnU-Net's Dice and IoU, ignored voxels left out, and precision and recall", () => {
		const values = fc.array(fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 1 })), { minLength: 1, maxLength: 60 });
		fc.assert(
			fc.property(values, (pairs) => {
				const truth = Uint8Array.from(pairs, ([t]) => t);
				const found = Uint8Array.from(pairs, ([, f]) => f);
				const counts = new LabelCounts([0, 1, 2]);
				counts.add(ndarray("uint8", [truth.length], truth), ndarray("uint8", [found.length], found));
				const { Dice, IoU, TP, n_pred, n_ref } = overlapOf(counts, [1], IGNORED);
				expect(maskScores(found, truth)).toEqual({ dice: Dice, iou: IoU, precision: TP / n_pred, recall: TP / n_ref });
			}),
		);
	});
});

describe("objectScores", () => {
	it("are best for equal objects under other ids, and tell splits from merges", () => {
		const truth = Uint32Array.of(1, 1, 1, 1, 0, 5, 5, 5, 5, 5);
		const renamed = truth.map((id) => id * 3);
		expect(objectScores(renamed, truth)).toMatchObject({
			adapted_rand: 0,
			voi: 0,
			instance_f1: 1,
			instance_accuracy: 1,
			average_precision: 1,
			panoptic_quality: 1,
		});
		const split = Uint32Array.of(1, 1, 2, 2, 0, 5, 5, 5, 5, 5);
		const merged = truth.map((id) => (id === 0 ? 0 : 1));
		expect(objectScores(split, truth)["voi_split"]).toBeCloseTo(4 / 9, 10);
		expect(objectScores(split, truth)["voi_merge"]).toBe(0);
		expect(objectScores(merged, truth)["voi_split"]).toBe(0);
		expect(objectScores(merged, truth)["voi_merge"]).toBeGreaterThan(0.9);
		expect(
			objectScores(
				split,
				truth.map((id) => (id === 1 ? IGNORED_ID : id)),
			),
		).toMatchObject({ voi: 0, instance_f1: 1 });
	});
});

describe("evaluateCase", () => {
	it("cleans the mask as a run does", async () => {
		const one = squares(1);
		const dice = async (...overrides: string[]) => evaluateCase(one, await post(...overrides), TREATMENT, DICE)["dice"];
		expect(await dice()).toBeCloseTo(8 / 9);
		expect(await dice("inference.postprocessing.binary.threshold=0.7")).toBe(1);
		expect(await dice("inference.postprocessing.binary.remove_small_objects=2")).toBe(1);
		expect(await dice("inference.postprocessing.binary.remove_small_objects=5")).toBe(0);
		expect(one.values[30]).toBe(Math.fround(0.6));
	});

	it("cleans sections by themselves only where they are cases of their own", async () => {
		const clean = await post("inference.postprocessing.binary.remove_small_objects=6");
		const dice = (sectionwise: boolean) => evaluateCase(squares(2), clean, { ...TREATMENT, sectionwise }, DICE)["dice"];
		expect(dice(false)).toBe(1);
		expect(dice(true)).toBe(0);
	});

	it("scores objects of masks where the metric is of objects, and decoded ones always", async () => {
		expect(evaluateCase(squares(1), await post(), TREATMENT, DICE)).not.toHaveProperty("adapted_rand");
		expect(evaluateCase(squares(1), await post(), TREATMENT, RAND)).toMatchObject({
			adapted_rand: 0,
			instance_precision: 0.5,
			instance_recall: 1,
		});
		const decoded = await post(
			"inference.postprocessing.binary.enabled=false",
			"inference.postprocessing.decoding=[{name: decode_connected_components, kwargs: {threshold: 0.5, min_size: 2}}]",
		);
		expect(evaluateCase(squares(1), decoded, TREATMENT, DICE)).toMatchObject({ dice: 1, instance_f1: 1 });
	});

	it("works on the channels that are chosen", async () => {
		const one = squares(1);
		const values = new Float32Array(64).fill(1);
		values.set(one.values, 32);
		const two = { ...one, channels: 2, values };
		const clean = await post("inference.postprocessing.binary.threshold=0.7");
		expect(evaluateCase(two, clean, { ...TREATMENT, channels: [1] }, DICE)["dice"]).toBe(1);
		expect(evaluateCase(two, clean, TREATMENT, DICE)["dice"]).toBeCloseTo(8 / 36);
	});

	it("means leave out cases without a score", () => {
		expect(meanScore({ a: { dice: 0.5 }, b: { dice: Number.NaN }, c: { dice: 1 } }, DICE)).toBe(0.75);
		expect(meanScore({ a: { dice: Number.NaN } }, DICE)).toBeNull();
	});
});

describe("readCase", () => {
	const place = async (label: Uint8Array<ArrayBuffer>, shape = [2, 3]) => {
		const folder = testFolder();
		const values = await writeVolume(
			join(folder, "v.h5"),
			{ dtype: "float32", shape: [2, 2, 3], data: Float32Array.from({ length: 12 }, (_, n) => n / 10) },
			"cyx",
		);
		const path = await writeVolume(join(folder, "l.tif"), { dtype: "uint8", shape, data: label }, "yx");
		return { id: "l", values, label: path };
	};

	it("takes labels of one class as a mask with its connected components", async () => {
		const paths = await place(Uint8Array.of(1, 0, 1, 0, 0, 1));
		const one = await readCase(paths, meaning());
		expect([one.channels, one.shape]).toEqual([2, [1, 2, 3]]);
		expect([...one.mask]).toEqual([1, 0, 1, 0, 0, 1]);
		expect([...one.objects]).toEqual([1, 0, 2, 0, 0, 2]);
		expect(one.values[6]).toBe(Math.fround(0.6));
	});

	it("takes several ids as objects, and of classes the one that counts", async () => {
		const paths = await place(Uint8Array.of(4, 0, 9, 0, 0, 4));
		expect([...(await readCase(paths, meaning())).objects]).toEqual([4, 0, 9, 0, 0, 4]);
		const classes = await readCase(paths, meaning([4]));
		expect([...classes.mask]).toEqual([1, 0, 0, 0, 0, 1]);
		expect([...classes.objects]).toEqual([1, 0, 0, 0, 0, 2]);
	});

	it("leaves ignored voxels out of mask and objects, whatever their number", async () => {
		const paths = await place(Uint8Array.of(3, 0, 2, 0, 3, 2));
		const one = await readCase(paths, meaning("any", 2));
		expect([...one.mask]).toEqual([1, 0, IGNORED, 0, 1, IGNORED]);
		expect([...one.objects]).toEqual([1, 0, IGNORED_ID, 0, 2, IGNORED_ID]);
		const many = await place(Uint8Array.of(3, 0, 2, 3, 0, 3));
		expect([...(await readCase(many, meaning([3], 2))).objects]).toEqual([1, 0, IGNORED_ID, 1, 0, 2]);
	});

	it("joins the components of a mask by the neighbours that scores have", async () => {
		const paths = await place(Uint8Array.of(1, 0, 0, 0, 1, 0));
		expect([...(await readCase(paths, meaning())).objects]).toEqual([1, 0, 0, 0, 2, 0]);
		expect([...(await readCase(paths, { ...meaning(), connectivity: 2 })).objects]).toEqual([1, 0, 0, 0, 1, 0]);
	});

	it("refuses labels of another shape", async () => {
		const paths = await place(Uint8Array.of(1, 0, 0, 0), [2, 2]);
		await expect(readCase(paths, meaning())).rejects.toThrow(/case l: the label .* is 1x2x2, the image 1x2x3/);
	});

	it("is done once for cases that fit, and each time for those that do not", async () => {
		const paths = await place(Uint8Array.of(1, 0, 1, 0, 0, 1));
		const [large, small] = [1e6, 0].map((memory) => new CaseCache([paths], meaning(), memory));
		const read = async (cache: CaseCache | undefined) => {
			for await (const one of cache?.each() ?? []) return one;
			return undefined;
		};
		expect(await read(large)).toBe(await read(large));
		expect(await read(small)).not.toBe(await read(small));
		expect(await read(small)).toEqual(await read(large));
	});
});
