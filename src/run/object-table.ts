/**
 * The table of a run's objects: a row an object, in a file beside the volume that numbers them.
 *
 * It is written before the volume counts as whole. It is no part of the plan: where a run finds its outputs done and a
 * table missing, the table is made of what the volume holds.
 *
 * @module
 */
import { asZyx, type Zyx } from "../core/shape.ts";
import { spaceReader } from "../decode/objects/label-volume.ts";
import { type TableFacts, tableOfRegions } from "../decode/objects/object-table.ts";
import { surveyObjects } from "../decode/objects/survey.ts";
import { type TableFormat, writeObjectTable } from "../decode/objects/write-table.ts";
import { regionStats } from "../image/region-stats.ts";
import type { RegionTable } from "../image/region-table.ts";
import type { PlannedCase } from "../plan/plan.ts";
import type { Placement } from "../preprocess/placement.ts";
import { openVolume, pathStem } from "../volume/formats.ts";
import { presenceOf } from "../volume/sections/presence.ts";
import type { CaseArrays } from "./case-arrays.ts";
import type { RunOptions } from "./run-options.ts";
import { automaticMemory } from "./volume/memory.ts";

/** Where the table of the objects in `output` lies: `NAME_objects.csv` beside `NAME.zarr`. */
export function objectTablePath(output: string, format: TableFormat): string {
	return `${pathStem(output)}_objects.${format}`;
}

/** Voxel size of what is written for an image, z, y, x: ones where nothing tells it. */
export function writtenSpacing({ spacing, geometry }: Pick<Placement, "spacing" | "geometry">): Zyx {
	return asZyx(spacing ?? geometry?.spacing ?? []);
}

/**
 * Writes the table of objects in memory: `array` and `values` in the axes of the file, z, y, x or y, x.
 *
 * @throws VOLUME
 */
export async function writeCaseTable(path: string, { array, values }: CaseArrays, spacing: Zyx): Promise<void> {
	const shape = asZyx(array.shape);
	const ids = array.data instanceof Uint32Array ? array.data : Uint32Array.from(array.data, Number);
	const regions = regionStats(ids, shape, [0, 0, 0], shape, values?.data);
	await writeRegions(path, regions, { shape, spacing, hasProbability: values !== undefined });
}

/** Writes the table of objects whose statistics were gathered. @throws VOLUME */
export function writeRegions(path: string, regions: RegionTable, facts: TableFacts): Promise<void> {
	return writeObjectTable(path, tableOfRegions(regions, facts));
}

/**
 * Makes the table of a finished output of `entry` where it is wanted and not there: without probabilities, which are not kept.
 *
 * @throws VOLUME, CONFIG where the memory is too small, CANCELLED
 */
export async function ensureTable(entry: PlannedCase, options: RunOptions): Promise<void> {
	const { objectTable: format, onEvent, signal } = options;
	if (format === undefined) return;
	const path = objectTablePath(entry.output, format);
	if ((await presenceOf(path)) !== undefined) return;
	const reader = await openVolume(entry.output);
	try {
		const { spacing = [], unit } = reader.info;
		const table = await surveyObjects(
			{ labels: spaceReader(reader) },
			{
				spacing: asZyx(spacing),
				...(unit === undefined ? {} : { unit }),
				memory: options.memory ?? automaticMemory(),
				surfaces: false,
				...(signal === undefined ? {} : { signal }),
			},
		);
		await writeObjectTable(path, table);
	} finally {
		await reader.close();
	}
	const text = `${entry.id}: was done, and its table of objects missing; it was made of the ids, without mean probabilities: ${path}`;
	onEvent?.({ kind: "note", text });
}
