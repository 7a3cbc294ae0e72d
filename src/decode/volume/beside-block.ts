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
import { grown, uint32s } from "../objects/grown.ts";
import { writeColumns } from "./block-files.ts";
import { widened } from "./cores.ts";
import type { OpenVolumes } from "./open-volumes.ts";
import { type Columns, uint32Column } from "./packed-tables.ts";

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

/** Counts, one an entry; the same voxels' sets may have several. */
export type BesideCounts = {
	/** The object of the voxels. */
	readonly owners: Uint32Array<ArrayBuffer>;
	readonly voxels: Uint32Array<ArrayBuffer>;
	/** How many small objects they lie beside, and which, one entry's after the other's. */
	readonly sizes: Uint32Array<ArrayBuffer>;
	readonly small: Uint32Array<ArrayBuffer>;
};

/** Sets that are told apart at once; where there are more, equal ones may be counted apart. */
const MOST_SETS = 2 ** 16;

/** Counts a block. @throws VOLUME, RUN */
export async function besideBlock(volumes: OpenVolumes, task: BesideTask): Promise<void> {
	const { block, grid, stage, isSmall, records } = task;
	const { box } = blockAt(grid, block);
	const seen = widened(box, [0, 1, 1], zyx(grid.shape));
	const ids = await volumes.staged([stage], seen);
	await writeColumns(records, "beside", block, besideIn(ids, seen, box, isSmall));
}

/** What is beside small objects in `box`; `ids` are those of the box `seen`, which holds it and what is around it. */
export function besideIn(ids: Uint32Array, seen: Box, box: Box, isSmall: Uint8Array): BesideCounts {
	const [, height = 1, width = 1] = boxShape(seen);
	const [z0, y0, x0] = zyx(seen.start);
	const [from, to] = [zyx(box.start), zyx(box.stop)];
	const counts = new Counts();
	for (let z = from[0]; z < to[0]; z++) {
		for (let y = from[1]; y < to[1]; y++) {
			for (let x = from[2]; x < to[2]; x++) {
				const at = ((z - z0) * height + y - y0) * width + x - x0;
				const owner = ids[at] ?? 0;
				if (owner === 0) continue;
				const small = smallAround(ids, at, [y - y0, x - x0], [height, width], isSmall);
				if (small.length > 0) counts.add(owner, small);
			}
		}
	}
	return counts.finish();
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

/** Entries being counted. */
class Counts {
	readonly #owners = new Numbers();
	readonly #voxels = new Numbers();
	readonly #sizes = new Numbers();
	readonly #small = new Numbers();
	/** Entries that are counted on. */
	readonly #known = new Map<string, number>();

	add(owner: number, small: readonly number[]): void {
		const key = `${owner} ${small.join(" ")}`;
		const known = this.#known.get(key);
		if (known !== undefined) {
			this.#voxels.increase(known);
			return;
		}
		if (this.#known.size === MOST_SETS) this.#known.clear();
		this.#known.set(key, this.#owners.push(owner));
		this.#voxels.push(1);
		this.#sizes.push(small.length);
		for (const id of small) this.#small.push(id);
	}

	finish(): BesideCounts {
		const [owners, voxels] = [this.#owners.all(), this.#voxels.all()];
		return { owners, voxels, sizes: this.#sizes.all(), small: this.#small.all() };
	}
}

/** A column that grows. */
class Numbers {
	#values = new Uint32Array(1024);
	#length = 0;

	/** Adds a number; gives its place. */
	push(value: number): number {
		this.#values = grown(this.#values, this.#length + 1, uint32s);
		this.#values[this.#length] = value;
		return this.#length++;
	}

	increase(at: number): void {
		this.#values[at] = (this.#values[at] ?? 0) + 1;
	}

	all(): Uint32Array<ArrayBuffer> {
		return this.#values.slice(0, this.#length);
	}
}

/** What was counted of a block. @throws RangeError where a column is missing */
export function besideOf(columns: Columns): BesideCounts {
	const column = (name: keyof BesideCounts) => uint32Column(columns, name);
	return { owners: column("owners"), voxels: column("voxels"), sizes: column("sizes"), small: column("small") };
}
