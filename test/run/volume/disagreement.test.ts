import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { zyx } from "../../../src/core/shape.ts";
import { modelSettings } from "../../../src/plan/model-settings.ts";
import type { Settings } from "../../../src/plan/settings.ts";
import { modelSpec, REGIONS } from "../../model-spec.ts";
import { expectSame } from "../../volume/conformance.ts";
import { type ItemNetwork, lopsided } from "../fake-session.ts";
import { columnsOf, inMemory, outputOf, type Scene, type SceneSpec, stream, wavy, withScene } from "./scene.ts";

/** A fold that is less sure. */
const other: ItemNetwork = (item, shape) => lopsided(item, shape).map((value) => value * 0.5);

const NAMES = ["out", "out_uncertainty", "out_mutual_information", "out_variance"];

const scenes: fc.Arbitrary<SceneSpec> = fc
	.record({
		dimensions: fc.constantFrom(2 as const, 3 as const),
		shape: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 6, max: 20 }), fc.integer({ min: 6, max: 20 })),
		resampled: fc.constantFrom(1, 1, 1.3),
		regions: fc.boolean(),
		sectionwise: fc.boolean(),
		seed: fc.integer({ min: 0, max: 99 }),
	})
	.map(({ dimensions, shape, resampled, regions, sectionwise, seed }) => {
		const isPlain = dimensions === 2 && sectionwise;
		const spec = modelSpec({
			dimensions,
			reader: isPlain ? "NaturalImage2DIO" : "Tiff3DIO",
			...(regions ? { labels: REGIONS } : {}),
		});
		const settings: Settings = {
			...modelSettings(spec),
			outputs: [
				{ kind: "labels" },
				{ kind: "uncertainty", dtype: "float32" },
				{ kind: "uncertainty", measure: "mutual_information", dtype: "float32" },
				{ kind: "uncertainty", measure: "variance", dtype: "float32" },
			],
		};
		const spacing = isPlain ? {} : { spacing: zyx([1, resampled, 1]) };
		return { spec, settings, array: wavy("uint8", shape, 1, seed), axes: "zyx", chunks: [3, 6, 6], ...spacing };
	});

const ways = fc.record({
	rows: fc.integer({ min: 1, max: 3 }),
	columns: fc.integer({ min: 1, max: 3 }),
	slab: fc.integer({ min: 1, max: 5 }),
	blockVoxels: fc.constantFrom(1, 2 ** 24),
	batchSize: fc.integer({ min: 1, max: 5 }),
	unit: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 3, max: 9 }), fc.integer({ min: 3, max: 9 })),
});

describe("disagreement in a streamed volume", () => {
	it("has the same bits for all blocks, columns, slabs and batches, and leaves labels and entropy alone", async () => {
		await fc.assert(
			fc.asyncProperty(scenes, ways, async (made, way) => {
				await withScene(made, async (scene) => {
					const whole = await inMemory(scene);
					const { rows, columns, slab, blockVoxels, batchSize, unit } = way;
					const layout = { chunks: unit.map((extent, axis) => Math.min(extent, made.array.shape[axis] ?? 1)) };
					const choices = { blockVoxels, planOf: columnsOf(rows, columns, slab) };
					await stream(scene, { layout, batchSize, choices });
					await stream(scene, { name: "at_once", choices: { blockVoxels: 2 ** 24, planOf: columnsOf(99, 99, 99) } });
					expectSame(await outputOf(scene, "out.zarr"), whole.array);
					for (const name of NAMES) {
						const found = await outputOf(scene, `${name}.zarr`);
						expectSame(found, await outputOf(scene, `${name.replace("out", "at_once")}.zarr`));
					}
					await stream(withoutDisagreement(scene), { name: "plain", choices });
					expectSame(await outputOf(scene, "plain_uncertainty.zarr"), await outputOf(scene, "out_uncertainty.zarr"));
				});
			}),
			{ numRuns: 8, seed: 20261124 },
		);
	}, 120_000);

	it("counts folds as members, also without views; uint8 holds 255 steps of what is possible", async () => {
		const spec = modelSpec();
		const settings: Settings = {
			...modelSettings(spec),
			views: [[]],
			outputs: [
				{ kind: "uncertainty", measure: "variance", dtype: "float32" },
				{ kind: "uncertainty", measure: "mutual_information", dtype: "float32" },
			],
		};
		const bytes: Settings = {
			...settings,
			outputs: [{ kind: "uncertainty", measure: "variance", dtype: "uint8" }],
		};
		const made = { spec, settings, array: wavy("uint8", [5, 12, 10], 0, 3), axes: "zyx" };
		await withScene(made, async (scene) => {
			await stream(scene, { name: "one" });
			await stream(scene, { name: "two", folds: [other] });
			await stream({ ...scene, settings: bytes }, { name: "bytes", folds: [other] });
			const of = async (name: string) => [...(await outputOf(scene, name)).data].map(Number);
			expect(Math.max(...(await of("one.zarr")))).toBe(0);
			expect(Math.max(...(await of("one_mutual_information.zarr")))).toBeLessThan(1e-6);
			const [variance, rounded] = [await of("two.zarr"), await of("bytes.zarr")];
			expect(Math.max(...variance)).toBeGreaterThan(0.005);
			expect(Math.max(...(await of("two_mutual_information.zarr")))).toBeGreaterThan(0.01);
			for (const [i, value] of variance.entries()) {
				expect(Math.abs((rounded[i] ?? 999) - value * 1020)).toBeLessThanOrEqual(0.5001);
			}
		});
	});
});

function withoutDisagreement(scene: Scene): Scene {
	const outputs = (scene.settings.outputs ?? []).filter(
		(product) => product.kind !== "uncertainty" || product.measure === undefined,
	);
	return { ...scene, settings: { ...scene.settings, outputs } };
}
