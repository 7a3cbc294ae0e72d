import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sizeOf, type Zyx } from "../../src/core/shape.ts";
import { entropy } from "../../src/image/entropy.ts";
import { modelSettings } from "../../src/plan/model-settings.ts";
import type { Settings } from "../../src/plan/settings.ts";
import type { Subject } from "../../src/preprocess/subject.ts";
import { Network } from "../../src/run/network.ts";
import { predictSubject } from "../../src/run/predict.ts";
import type { SpreadSpec } from "../../src/run/spread.ts";
import { mirrorViews } from "../../src/tiling/views.ts";
import { modelSpec } from "../model-spec.ts";
import { fakeSession, type ItemNetwork, lopsided } from "./fake-session.ts";
import { mirrored, naiveBlend, naivePrediction } from "./naive.ts";

/** Another fold: the same network, less sure, and of another mind at the left. */
const other: ItemNetwork = (item, shape) => lopsided(item, shape).map((value, i) => value * 0.5 + (i % 3) * 0.1);

const measures = ["variance", "mutual_information"] as const;

function subjectOf(shape: Zyx): Subject {
	const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i * 12.9898) * 2);
	const spacing = { image: [1, 1, 1], network: [1, 1, 1] } as const;
	return { data, channels: 1, shape, crop: { start: [0, 0, 0], stop: [...shape] }, sections: [0, shape[0]], spacing };
}

/** All planes together, [heads + measures, Z, Y, X]. */
async function predicted(
	subject: Subject,
	settings: Settings,
	folds: readonly ItemNetwork[],
	spread: SpreadSpec,
	batchSize: number,
): Promise<Float32Array> {
	const channels = 2 + spread.measures.length;
	const plane = subject.shape[1] * subject.shape[2];
	const whole = new Float32Array(channels * sizeOf(subject.shape));
	const network = new Network([folds.map((fold) => fakeSession(2, fold))], 2);
	let z = 0;
	await predictSubject(network, subject, settings, { batchSize, spread }, (free) => ({
		push: (values) => {
			for (let channel = 0; channel < channels; channel++) {
				whole.set(values.subarray(channel * plane, (channel + 1) * plane), (channel * subject.shape[0] + z) * plane);
			}
			z++;
			free(values);
		},
		finish: () => undefined,
	}));
	return whole;
}

/** Probabilities of every view and fold of a tile, turned back. */
function membersOf(
	tile: Float32Array,
	patch: readonly [number, number, number],
	{ views, patch: given }: Settings,
	folds: readonly ItemNetwork[],
	exclusive: boolean,
): Float32Array<ArrayBuffer>[] {
	const voxels = sizeOf(patch);
	return views.flatMap((view) => {
		const axes = view.map((axis) => axis + 3 - given.length);
		return folds.map((fold) => {
			const logits = fold(mirrored(tile, 1, patch, axes), [1, ...given]);
			const act = (value: number, i: number) => {
				const rival = logits[(i + voxels) % (2 * voxels)] ?? 0;
				return 1 / (1 + Math.exp(exclusive ? rival - value : -value));
			};
			return Float32Array.from(mirrored(Array.from(logits, act), 2, patch, axes));
		});
	});
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

/** Variance and mutual information of the members of a tile, [2, ...patch]. */
function disagreementOf(members: readonly Float32Array<ArrayBuffer>[], exclusive: boolean): number[] {
	const voxels = (members[0]?.length ?? 0) / 2;
	const variances = Array.from({ length: 2 * voxels }, (_, i) => {
		const values = members.map((member) => member[i] ?? 0);
		return mean(values.map((value) => (value - mean(values)) ** 2));
	});
	const average = Float32Array.from(members[0] ?? [], (_, i) => mean(members.map((member) => member[i] ?? 0)));
	const own = members.map((member) => entropy(member, 2, exclusive));
	const whole = entropy(average, 2, exclusive);
	return [
		...Array.from({ length: voxels }, (_, i) => ((variances[i] ?? 0) + (variances[voxels + i] ?? 0)) / 2),
		...Array.from(whole, (value, i) => value - mean(own.map((one) => one[i] ?? 0))),
	];
}

const scenes = fc.record({
	shape: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 2, max: 11 }), fc.integer({ min: 2, max: 11 })),
	patch: fc.constantFrom<readonly number[]>([4, 6], [2, 4, 5], [3, 6, 4]),
	step: fc.constantFrom(0.5, 0.75, 1),
	mirroredAxes: fc.boolean(),
	folds: fc.constantFrom<readonly ItemNetwork[]>([lopsided], [lopsided, other], [other, lopsided, other]),
	exclusive: fc.boolean(),
	ensemble: fc.constantFrom("mean-logits" as const, "mean-activated" as const, "max" as const),
	batchSize: fc.integer({ min: 1, max: 5 }),
});

describe("disagreement of views and folds", () => {
	it("is that of each tile, blended as the logits are, which stay what they are", async () => {
		await fc.assert(
			fc.asyncProperty(scenes, async ({ shape, patch, step, mirroredAxes, folds, exclusive, ensemble, batchSize }) => {
				const subject = subjectOf(shape);
				const views = mirroredAxes ? mirrorViews(patch.map((_, axis) => axis)) : [[]];
				const settings: Settings = { ...modelSettings(modelSpec()), patch, step, views, ensemble };
				const values = await predicted(subject, settings, folds, { measures, exclusive }, batchSize);
				const wanted = naiveBlend(subject, settings, 2, (tile, space) =>
					disagreementOf(membersOf(tile, space, settings, folds, exclusive), exclusive),
				);
				const voxels = sizeOf(shape);
				for (const [i, value] of wanted.entries()) {
					expect(Math.abs((values[2 * voxels + i] ?? 9) - value)).toBeLessThan(2e-6);
				}
				const average: ItemNetwork = (item, extents) => {
					const all = folds.map((fold) => fold(item, extents));
					return Float32Array.from(all[0] ?? [], (_, i) => mean(all.map((one) => one[i] ?? 0)));
				};
				const logits = naivePrediction(subject, settings, average);
				for (const [i, value] of logits.entries()) expect(Math.abs((values[i] ?? 99) - value)).toBeLessThan(3e-5);
			}),
			{ numRuns: 25, seed: 20261124 },
		);
	});

	it("carries one measure alone", async () => {
		const subject = subjectOf([2, 7, 9]);
		const settings: Settings = { ...modelSettings(modelSpec()), patch: [2, 4, 5] };
		const both = await predicted(subject, settings, [lopsided, other], { measures, exclusive: true }, 2);
		for (const [n, measure] of measures.entries()) {
			const one = await predicted(subject, settings, [lopsided, other], { measures: [measure], exclusive: true }, 3);
			const size = sizeOf(subject.shape);
			expect(one.subarray(2 * size)).toEqual(both.subarray((2 + n) * size, (3 + n) * size));
		}
	});
});
