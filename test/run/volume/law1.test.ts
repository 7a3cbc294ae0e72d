import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { zyx } from "../../../src/core/shape.ts";
import { modelSettings } from "../../../src/plan/model-settings.ts";
import type { Settings } from "../../../src/plan/settings.ts";
import { modelSpec } from "../../model-spec.ts";
import { expectSame } from "../../volume/conformance.ts";
import { columnsOf, inMemory, outputOf, type SceneSpec, shareOf, stream, wavy, withScene } from "./scene.ts";

const orders = [
	[0, 1, 2],
	[1, 0, 2],
	[2, 0, 1],
	[1, 2, 0],
] as const;

const scenes: fc.Arbitrary<SceneSpec> = fc
	.record({
		dimensions: fc.constantFrom(2 as const, 3 as const),
		order: fc.constantFrom(...orders),
		shape: fc.tuple(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 5, max: 26 }), fc.integer({ min: 5, max: 26 })),
		chunks: fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 2, max: 12 }), fc.integer({ min: 2, max: 12 })),
		dtype: fc.constantFrom("uint8" as const, "uint16" as const, "float32" as const),
		border: fc.integer({ min: 0, max: 2 }),
		seed: fc.integer({ min: 0, max: 99 }),
		step: fc.constantFrom(0.5, 0.7, 1),
		sectionwise: fc.boolean(),
		resampled: fc.constantFrom(1, 1, 1.3, 0.7),
		order3: fc.boolean(),
		mirrored: fc.boolean(),
	})
	.map((made) => {
		const { dimensions, order, shape, chunks, dtype, border, seed, step, resampled, mirrored } = made;
		const back = order.map((_, axis) => order.findIndex((at) => Number(at) === axis));
		const isPlain = dimensions === 2 && made.sectionwise;
		const base = modelSpec({ dimensions });
		const spline = { ...base.resampling.probabilities, order: made.order3 ? 3 : 1 } as const;
		const spec = modelSpec({
			dimensions,
			transposeForward: isPlain ? [0, 1, 2] : order,
			transposeBackward: isPlain ? [0, 1, 2] : back,
			reader: isPlain ? "NaturalImage2DIO" : "Tiff3DIO",
			resampling: { ...base.resampling, data: spline },
		});
		const settings: Settings = {
			...modelSettings(spec),
			step,
			...(mirrored ? {} : { views: [[]] }),
			outputs: [{ kind: "labels" }, { kind: "probabilities", channels: [0, 1], dtype: "float32" }],
		};
		const spacing = isPlain ? undefined : zyx([1, resampled, 1]);
		return {
			spec,
			settings,
			array: wavy(dtype, shape, border, seed),
			axes: "zyx",
			chunks,
			...(spacing === undefined ? {} : { spacing }),
		};
	});

const ways = fc.record({
	rows: fc.integer({ min: 1, max: 4 }),
	columns: fc.integer({ min: 1, max: 4 }),
	slab: fc.integer({ min: 1, max: 6 }),
	blockVoxels: fc.constantFrom(1, 200, 2 ** 24),
	batchSize: fc.integer({ min: 1, max: 5 }),
	unit: fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 2, max: 12 }), fc.integer({ min: 2, max: 12 })),
});

describe("a streamed volume", () => {
	it("is what it is in memory, whatever its blocks, columns, slabs and batches", async () => {
		await fc.assert(
			fc.asyncProperty(scenes, ways, async (made, way) => {
				await withScene(made, async (scene) => {
					const whole = await inMemory(scene);
					const { rows, columns, slab, blockVoxels, batchSize, unit } = way;
					const layout = { chunks: unit.map((extent, axis) => Math.min(extent, made.array.shape[axis] ?? 1)) };
					await stream(scene, { layout, batchSize, choices: { blockVoxels, planOf: columnsOf(rows, columns, slab) } });
					expectSame(await outputOf(scene, "out.zarr"), whole.array);
					expectSame(await outputOf(scene, "out_probabilities.zarr"), whole.probabilities ?? whole.array);
				});
			}),
			{ numRuns: 12, seed: 20261124 },
		);
	}, 120_000);

	it("is the same from several workers and after crashes, and nothing is done twice that was recorded", async () => {
		await fc.assert(
			fc.asyncProperty(
				scenes,
				fc.array(ways, { minLength: 1, maxLength: 4 }),
				fc.integer({ min: 1, max: 3 }),
				fc.nat({ max: 6 }),
				async (made, turns, workers, crashAfter) => {
					await withScene(made, async (scene) => {
						const whole = await inMemory(scene);
						const [{ unit, blockVoxels } = { unit: [4, 6, 6], blockVoxels: 1 }] = turns;
						const layout = { chunks: unit.map((extent, axis) => Math.min(extent, made.array.shape[axis] ?? 1)) };
						let done = 0;
						for (const [n, { rows, columns, slab, batchSize }] of turns.entries()) {
							const planOf = columnsOf(rows, columns, slab);
							let left = crashAfter;
							const crashing = n % 2 === 0;
							const network: typeof scene.network = (item, shape) => {
								if (crashing && left-- === 0) throw Object.assign(new Error("the disk is full"), { code: "ENOSPC" });
								return scene.network(item, shape);
							};
							const outcome = await stream(scene, {
								layout,
								batchSize,
								network,
								choices: { blockVoxels, planOf },
								share: shareOf(n % workers, workers, false),
							}).catch((error: unknown) => error);
							if (outcome instanceof Error) continue;
							done = Math.max(done, Number(Reflect.get(Object(outcome), "done")));
						}
						await stream(scene, { layout, choices: { blockVoxels, planOf: columnsOf(2, 2, 3) } });
						expectSame(await outputOf(scene, "out.zarr"), whole.array);
						expectSame(await outputOf(scene, "out_probabilities.zarr"), whole.probabilities ?? whole.array);
						// once more: nothing is left to do
						const never: typeof scene.network = () => {
							throw new Error("the network was run");
						};
						await stream(scene, { layout, network: never, choices: { blockVoxels, planOf: columnsOf(1, 1, 1) } });
						expect(done).toBeGreaterThanOrEqual(0);
					});
				},
			),
			{ numRuns: 8, seed: 20261124 },
		);
	}, 120_000);
});
