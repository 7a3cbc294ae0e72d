/**
 * Writes a block of the result: labels of an earlier pass under their final ids.
 *
 * @module
 */
import { type NdArray, reshape, zeros } from "../../core/array.ts";
import { type Box, boxShape } from "../../core/box.ts";
import { MOST_IN_UINT16 } from "../../core/dtype.ts";
import { NnvolError } from "../../core/errors.ts";
import { type Zyx, zyx } from "../../core/shape.ts";
import { hideFaces, type RegionTable, regionStats } from "../../image/region-stats.ts";
import { blockAt } from "../../tiling/blocks.ts";
import { recordWritten, writeColumns } from "./block-files.ts";
import type { WriteTask } from "./block-task.ts";
import { planeOf } from "./faces.ts";
import { columnsOfRegions } from "./object-columns.ts";
import type { OpenVolumes } from "./open-volumes.ts";

/** Writes a block, then its statistics, then its record. @throws VOLUME, RUN */
export async function writeBlock(volumes: OpenVolumes, task: WriteTask): Promise<void> {
	const { block, grid, stages, records, stats } = task;
	const { box } = blockAt(grid, block);
	const shape = zyx(boxShape(box));
	const staged = await volumes.staged(stages, box);
	const array = mapped(staged, task, shape);
	await writeIn(volumes, task, box, array);
	if (stats !== undefined) {
		const ids = array.data instanceof Uint32Array ? array.data : Uint32Array.from(array.data, Number);
		const values = stats.source && (await volumes.values(stats.source.place, stats.source.channel, box));
		const table = regionStats(ids, shape, zyx(box.start), zyx(grid.shape), values);
		for (const axis of [0, 1, 2] as const) await hideSide(volumes, task, table, ids, box, axis);
		await writeColumns(records, "objects", block, columnsOfRegions(table));
	}
	await recordWritten(records, block);
}

/** Writes what was made of `box`: to a channel of the output, or to the output. */
async function writeIn(volumes: OpenVolumes, { output, channel, records }: WriteTask, { start }: Box, array: NdArray) {
	if (channel !== undefined) {
		await volumes.write(output, [channel, ...start], reshape(array, [1, ...array.shape]), records);
		return;
	}
	const rank = output.spec.shape.length;
	await volumes.write(output, start.slice(-rank), reshape(array, array.shape.slice(-rank)), records);
}

/** The labels of the result in the output's type. @throws CONFIG where an id is beyond it */
function mapped(labels: Uint32Array, { map, value, output }: WriteTask, shape: Zyx): NdArray {
	const { dtype } = output.spec;
	if (dtype === "uint64") return wide(labels, map, shape);
	const array = zeros(dtype, shape);
	const { data } = array;
	if (data instanceof BigUint64Array || data instanceof BigInt64Array) throw new RangeError("labels are not signed");
	if (dtype === "uint16" && value === undefined) requireNarrow(labels, map);
	const entries = value === undefined ? map : Float64Array.from(map, (entry) => (entry === 0 ? 0 : value));
	for (let i = 0; i < labels.length; i++) data[i] = entries[labels[i] ?? 0] ?? 0;
	return array;
}

/** Ids of 64 bits. */
function wide(labels: Uint32Array, map: Uint32Array, shape: Zyx): NdArray<"uint64"> {
	const array = zeros("uint64", shape);
	let [last, id] = [-1, 0n];
	for (let i = 0; i < labels.length; i++) {
		const label = labels[i] ?? 0;
		if (label !== last) [last, id] = [label, BigInt(map[label] ?? 0)]; // voxels come in runs
		array.data[i] = id;
	}
	return array;
}

/** @throws CONFIG where an id is none of uint16 */
function requireNarrow(labels: Uint32Array, map: Uint32Array): void {
	for (let i = 0; i < labels.length; i++) {
		const id = map[labels[i] ?? 0] ?? 0;
		if (id <= MOST_IN_UINT16) continue;
		throw new NnvolError(
			"CONFIG",
			`there are more than ${MOST_IN_UINT16} objects, as many as uint16 numbers; take uint32 (inference.postprocessing.instance_dtype, --dtype), or fewer objects (min_size)`,
			{ fields: { id } },
		);
	}
}

/** Takes the faces away that an object has on the low side of the block towards itself in the block before. */
async function hideSide(
	volumes: OpenVolumes,
	{ stages, map }: WriteTask,
	table: RegionTable,
	ids: Uint32Array,
	{ start, stop }: Box,
	axis: 0 | 1 | 2,
): Promise<void> {
	const first = start[axis] ?? 0;
	if (first === 0) return;
	const at = (ends: readonly number[], place: number) => ends.map((end, n) => (n === axis ? place : end));
	const before = await volumes.staged(stages, { start: at(start, first - 1), stop: at(stop, first) });
	const own = planeOf(ids, zyx(boxShape({ start, stop })), axis, 0);
	const met = new Map<number, number>();
	for (let i = 0; i < own.length; i++) {
		const id = own[i] ?? 0;
		if (id !== 0 && map[before[i] ?? 0] === id) met.set(id, (met.get(id) ?? 0) + 1);
	}
	for (const [id, count] of met) hideFaces(table, id, axis, 2 * count);
}
