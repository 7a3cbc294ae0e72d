/**
 * Facts and records of runs that never were.
 *
 * @module
 */
import type { NdArray } from "../../src/core/array.ts";
import { modelSettings } from "../../src/plan/model-settings.ts";
import { makePlan, type Plan } from "../../src/plan/plan.ts";
import type { RunFacts } from "../../src/run/block-facts.ts";
import type { BlockRecord, FailedBlock } from "../../src/run/block-record.ts";
import { checksumOf } from "../../src/run/checksum.ts";
import { blockAt, blockGrid } from "../../src/tiling/blocks.ts";
import { joinPath } from "../../src/volume/stores/location.ts";
import { modelSpec } from "../model-spec.ts";

/** A run over 4x6x10 voxels in blocks of 2x6x4 (6 of them), written in place as labels. */
export function runFacts(over: Partial<RunFacts> = {}): RunFacts {
	return {
		version: 1,
		nnvol: "1.0.0",
		plan: "a".repeat(64),
		model: {
			dataset: "Dataset004",
			configuration: "3d_fullres",
			trainer: "nnUNetTrainer",
			spec: "5".repeat(64),
			checkpoints: [{ fold: "0", sha256: "c".repeat(64) }],
		},
		settings: modelSettings(modelSpec()),
		inputs: [{ name: "brain.h5", bytes: 10, modified: 5 }],
		files: ["/data/brain.h5"],
		grid: { shape: [4, 6, 10], block: [2, 6, 4] },
		products: [{ name: "labels", path: "brain.zarr", format: "zarr", dtype: "uint8", shape: [4, 6, 10] }],
		...over,
	};
}

/** A plan for cases of these names, of which nothing else is real. */
export function planOfCases(folder: string, ids: readonly string[]): Plan {
	const { model, settings } = runFacts();
	const cases = ids.map((id, index) => ({
		index,
		id,
		files: [`/in/${id}.png`],
		output: joinPath(folder, `${id}.zarr`),
		format: "zarr" as const,
	}));
	return makePlan(model, settings, folder, cases);
}

/** The record of block `id` of `runFacts()`; with `array`, of its labels. */
export function blockRecord(id: number, array?: NdArray, facts = runFacts()): BlockRecord {
	const found = blockAt(blockGrid(facts.grid.shape, facts.grid.block), id).box;
	const box = { start: [...found.start], stop: [...found.stop] };
	const products =
		array === undefined
			? []
			: [{ name: "labels", box, checksum: checksumOf(array), bytes: array.data.byteLength, highest: 1 }];
	return { version: 1, id, box, products, seconds: 1, worker: "host:1", finished: new Date().toISOString() };
}

/** The failure of block `id`. */
export function failedBlock(id: number): FailedBlock {
	const { products: _, seconds: __, ...rest } = blockRecord(id);
	return { ...rest, error: "the disk is on fire", code: "VOLUME", attempts: 3 };
}
