/**
 * Statistics of objects, put together from those of all blocks.
 *
 * @module
 */
import { join } from "node:path";
import { readColumns } from "../../decode/volume/block-files.ts";
import { addRegions, BYTES_PER_OBJECT, hideSeams, regionsIn, tableOf } from "../../decode/volume/object-columns.ts";
import { seamsIn } from "../../decode/volume/seam-columns.ts";
import type { RegionTable } from "../../image/region-table.ts";
import { blockCount } from "../../tiling/blocks.ts";
import type { FoundObjects } from "./found-objects.ts";
import type { Passes } from "./passes.ts";

/** The statistics of the objects that were written with them. @throws RUN where they do not fit the memory */
export async function tableOfWritten(passes: Passes, name: string, count: number): Promise<RegionTable> {
	const { folder, grid } = passes.place;
	passes.requireRoom(count * BYTES_PER_OBJECT, `the table of ${count} objects`);
	const table = tableOf(count);
	for (let block = 0; block < blockCount(grid); block++) {
		addRegions(table, regionsIn(await readColumns(join(folder, name), "objects", block)), (id) => id);
	}
	return table;
}

/** The statistics of objects that were found with them. @throws RUN where they do not fit the memory */
export async function tableOfFound(passes: Passes, { objects, records, starts }: FoundObjects): Promise<RegionTable> {
	passes.requireRoom(objects.count * BYTES_PER_OBJECT, `the table of ${objects.count} objects`);
	const table = tableOf(objects.count);
	for (let block = 0; block < starts.length; block++) {
		const idOf = (label: number) => objects.ids[(starts[block] ?? 0) + label] ?? 0;
		addRegions(table, regionsIn(await readColumns(records, "objects", block)), idOf);
		hideSeams(table, seamsIn(await readColumns(records, "seams", block)), idOf);
	}
	return table;
}
