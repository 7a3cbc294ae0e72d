/**
 * Which voxels lie beside small objects in a block: counted by their own object and by all the small ones they lie beside.
 *
 * The sets, not pairs, are counted: objects that become one are beside a voxel once, not twice. A voxel's neighbours are the
 * 8 around it in its section; those that lie in other blocks are read.
 *
 * @module
 */
import { type Box, boxShape } from "../../core/box.ts";
import { zyx } from "../../core/shape.ts";
import { type BlockGrid, blockAt } from "../../tiling/blocks.ts";
import { writeColumns } from "./block-files.ts";
import { widened } from "./cores.ts";
import type { OpenVolumes } from "./open-volumes.ts";
import { type Columns, float64Column, uint32Column } from "./packed-tables.ts";

/** Counts a block. */
export type BesideTask = {
	readonly kind: "beside";
	readonly block: number;
	readonly grid: BlockGrid;
	/** Zarr of the objects' ids. */
	readonly stage: string;
	/** 1 at the ids of small objects. */
	readonly isSmall: Uint8Array;
	readonly records: string;
};

/** Voxels of the object `owner` that lie beside the small objects `small`, ascending, and beside no other small one. */
export type Beside = { readonly owner: number; readonly small: readonly number[]; readonly voxels: number };

/** Counts a block. @throws VOLUME, RUN */
export async function besideBlock(volumes: OpenVolumes, task: BesideTask): Promise<void> {
	const { block, grid, stage, isSmall, records } = task;
	const { box } = blockAt(grid, block);
	const seen = widened(box, [0, 1, 1], zyx(grid.shape));
	const ids = await volumes.staged([stage], seen);
	await writeColumns(records, "beside", block, columnsOfBeside(besideIn(ids, seen, box, isSmall)));
}

/** What is beside small objects in `box`; `ids` are those of the box `seen`, which holds it and what is around it. */
export function besideIn(ids: Uint32Array, seen: Box, box: Box, isSmall: Uint8Array): Beside[] {
	const [, height = 1, width = 1] = boxShape(seen);
	const [z0, y0, x0] = zyx(seen.start);
	const [from, to] = [zyx(box.start), zyx(box.stop)];
	const found = new Map<string, { owner: number; small: number[]; voxels: number }>();
	for (let z = from[0]; z < to[0]; z++) {
		for (let y = from[1]; y < to[1]; y++) {
			for (let x = from[2]; x < to[2]; x++) {
				const at = ((z - z0) * height + y - y0) * width + x - x0;
				const owner = ids[at] ?? 0;
				if (owner === 0) continue;
				const small = smallAround(ids, at, [y - y0, x - x0], [height, width], isSmall);
				if (small.length > 0) count(found, owner, small);
			}
		}
	}
	return [...found.values()];
}

/** Up to 8 small objects around the voxel at `at`, which is at `y` and `x` of a section, ascending; without its own. */
function smallAround(
	ids: Uint32Array,
	at: number,
	[y, x]: readonly [number, number],
	[height, width]: readonly [number, number],
	isSmall: Uint8Array,
): number[] {
	const own = ids[at] ?? 0;
	const small: number[] = [];
	const [top, bottom] = [y > 0 ? -1 : 0, y < height - 1 ? 1 : 0];
	const [left, right] = [x > 0 ? -1 : 0, x < width - 1 ? 1 : 0];
	for (let dy = top; dy <= bottom; dy++) {
		for (let dx = left; dx <= right; dx++) {
			const other = ids[at + dy * width + dx] ?? 0;
			if (other !== own && isSmall[other] === 1 && !small.includes(other)) small.push(other);
		}
	}
	return small.length > 1 ? small.sort((a, b) => a - b) : small;
}

function count(
	found: Map<string, { owner: number; small: number[]; voxels: number }>,
	owner: number,
	small: number[],
): void {
	const key = `${owner} ${small.join(" ")}`;
	const known = found.get(key);
	if (known === undefined) found.set(key, { owner, small, voxels: 1 });
	else known.voxels++;
}

function columnsOfBeside(list: readonly Beside[]): Columns {
	return {
		owners: Uint32Array.from(list, ({ owner }) => owner),
		voxels: Float64Array.from(list, ({ voxels }) => voxels),
		sizes: Uint32Array.from(list, ({ small }) => small.length),
		small: Uint32Array.from(list.flatMap(({ small }) => small)),
	};
}

/** What was counted of a block. @throws RangeError where a column is missing */
export function besideOf(columns: Columns): Beside[] {
	const [sizes, small] = [uint32Column(columns, "sizes"), uint32Column(columns, "small")];
	const voxels = float64Column(columns, "voxels");
	let from = 0;
	return Array.from(uint32Column(columns, "owners"), (owner, n) => {
		const to = from + (sizes[n] ?? 0);
		const own = { owner, small: [...small.subarray(from, to)], voxels: voxels[n] ?? 0 };
		from = to;
		return own;
	});
}
