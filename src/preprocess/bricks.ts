/**
 * Cutting a volume into bricks that fit the memory, and reading them one ahead.
 *
 * Bricks partition the box. Along y and x they begin at multiples of `CELL` from the box's first voxel, so that statistics can be
 * taken brick by brick; along z they end where the source's chunks end, where they are as deep as a chunk.
 *
 * @module
 */
import type { NdArray } from "../core/array.ts";
import { type Box, boxShape } from "../core/box.ts";
import { sameShape, sizeOf, type Zyx, zyx } from "../core/shape.ts";
import { CELL } from "../image/statistics.ts";
import type { IoOptions } from "../volume/volume.ts";
import type { VoxelSource } from "./voxel-source.ts";

/** Steps along y and x that are multiples of the chunk's extent as well, if they are not beyond this. */
const MOST_ROWS = 4096;

/** Bricks read ahead where they are small. */
const MOST_AHEAD = 8;

/** Extents (z, y, x) of bricks of a part of a source of `shape`, and how many are read ahead, within `voxels` voxels. */
export function bricksFor(
	{ readsChunks, chunks, shape: whole }: Pick<VoxelSource, "readsChunks" | "chunks" | "shape">,
	shape: Zyx,
	voxels: number,
): { readonly size: Zyx; readonly ahead: number } {
	const isOnCells = [1, 2].every(
		(axis) => (chunks[axis] ?? 1) % CELL === 0 || (chunks[axis] ?? 1) >= (whole[axis] ?? 1),
	);
	const ahead = Math.min(MOST_AHEAD, Math.floor((2 * voxels) / sizeOf(chunks)) - 1);
	// chunks of a part do not lie on its cells
	if (readsChunks === true && sameShape(shape, whole) && isOnCells && ahead >= 2) return { size: chunks, ahead };
	return { size: brickSize(shape, chunks, voxels), ahead: 1 };
}

/** Extents (z, y, x) of bricks of a box of `shape` with at most `voxels` voxels each, but no smaller than a cell. */
export function brickSize(shape: Zyx, chunks: Zyx, voxels: number): Zyx {
	const unit: [number, number, number] = [Math.min(chunks[0], shape[0]), stepOf(chunks[1]), stepOf(chunks[2])];
	const clipped = () => unit.map((extent, axis) => Math.min(extent, shape[axis] ?? 1));
	if (sizeOf(clipped()) > voxels) {
		unit[1] = CELL;
		unit[2] = CELL;
	}
	const [, rows = 1, columns = 1] = clipped();
	const planes = Math.max(1, Math.floor(voxels / (rows * columns)));
	// Chunks that are too deep are read several times: in equal parts, so that no brick touches more than it must.
	unit[0] = Math.ceil(unit[0] / Math.ceil(unit[0] / planes));
	return growAll(zyx(unit), shape, voxels);
}

/** Grown by whole units along x, then y, then z, as far as it fits. */
function growAll(unit: Zyx, shape: Zyx, voxels: number): Zyx {
	const size = [...unit];
	for (const axis of [2, 1, 0]) {
		const others = sizeOf(size.map((extent, other) => (other === axis ? 1 : Math.min(extent, shape[other] ?? 1))));
		const units = Math.max(1, Math.floor(voxels / (others * (unit[axis] ?? 1))));
		size[axis] = Math.min(shape[axis] ?? 1, units * (unit[axis] ?? 1));
		// A row or a plane that is whole needs no unit; one that is not leaves no room for the next axis.
		if ((size[axis] ?? 0) < (shape[axis] ?? 0)) break;
	}
	return zyx(size.map((extent, axis) => Math.min(extent, shape[axis] ?? 1)));
}

/** A multiple of `CELL`, of `chunk` too where such a multiple is near. */
function stepOf(chunk: number): number {
	for (let step = CELL; step <= MOST_ROWS; step += CELL) if (step % chunk === 0) return step;
	return CELL;
}

/** The bricks of `box`, in order of z, then y, then x: boxes within the source. */
export function* bricksOf(box: Box, size: Zyx): Generator<Box> {
	const [z0 = 0, y0 = 0, x0 = 0] = box.start;
	const [z1 = 0, y1 = 0, x1 = 0] = box.stop;
	for (let z = z0; z < z1; z = Math.min(z1, z + size[0] - (z % size[0]))) {
		const bottom = Math.min(z1, z + size[0] - (z % size[0]));
		for (let y = y0; y < y1; y += size[1]) {
			for (let x = x0; x < x1; x += size[2]) {
				yield { start: [z, y, x], stop: [bottom, Math.min(y1, y + size[1]), Math.min(x1, x + size[2])] };
			}
		}
	}
}

/** A brick that was read: C, Z, Y, X. */
export type Brick = { readonly box: Box; readonly array: NdArray };

/** Reads `boxes` in order; while one is worked on, the next `depth` are read. */
export async function* readAhead(
	source: Pick<VoxelSource, "read">,
	boxes: Iterable<Box>,
	options: IoOptions,
	depth = 1,
): AsyncGenerator<Brick, void, undefined> {
	const ahead: { readonly box: Box; readonly array: Promise<NdArray> }[] = [];
	const rest = boxes[Symbol.iterator]();
	const begin = () => {
		const next = rest.next();
		if (next.done === true) return;
		const array = source.read(next.value, options);
		array.catch(() => undefined); // told where it is awaited; the reader may have stopped listening
		ahead.push({ box: next.value, array });
	};
	try {
		for (let n = 0; n < depth; n++) begin();
		for (let [now] = ahead; now !== undefined; [now] = ahead) {
			const array = await now.array;
			ahead.shift();
			begin();
			yield { box: now.box, array };
		}
	} finally {
		await Promise.allSettled(ahead.map(({ array }) => array)); // nothing is read any more once this ends
	}
}

/** Voxels of `box`. */
export function voxelsOf(box: Box): number {
	return sizeOf(boxShape(box));
}
