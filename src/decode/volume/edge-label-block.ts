/**
 * Finds the pieces of a block that affinities join.
 *
 * As `label-block.ts`: labels are durable in the stage before faces are recorded, and faces before pieces, which tell that
 * the block is done. With the faces is recorded which of their voxels an edge joins with the block before.
 *
 * @module
 */
import { ndarray } from "../../core/array.ts";
import { type Box, boxShape } from "../../core/box.ts";
import { sizeOf, type Zyx, zyx } from "../../core/shape.ts";
import { blockAt } from "../../tiling/blocks.ts";
import { writeColumns } from "./block-files.ts";
import { type AxisAffinities, edgePieces } from "./edge-pieces.ts";
import type { Affinities, EdgeLabelTask } from "./edge-task.ts";
import { columnsOfFaces, facesOf, planeOf } from "./faces.ts";
import type { OpenVolumes } from "./open-volumes.ts";
import type { Columns } from "./packed-tables.ts";
import { columnsOfPieces, piecesOf } from "./pieces.ts";

/** Labels a block. @throws VOLUME, RUN */
export async function labelEdges(volumes: OpenVolumes, task: EdgeLabelTask): Promise<void> {
	const { block, grid, affinities, records, stage } = task;
	const { box } = blockAt(grid, block);
	const [shape, origin, whole] = [zyx(boxShape(box)), zyx(box.start), zyx(grid.shape)];
	const flat = affinities.channels.length === 2;
	const axes: AxisAffinities[] = [];
	for (const [n, channel] of affinities.channels.entries()) {
		axes.push(await along(volumes, affinities, channel, n + (flat ? 1 : 0), box, whole));
	}
	const { offset } = affinities;
	const orphans = affinities.orphans ? await anyAbove(volumes, affinities, 0, box) : undefined;
	const { labels, count, values } = edgePieces(axes, offset, shape, flat, orphans);
	await volumes.write(stage, box.start, ndarray("uint32", shape, labels), records);
	const faces = { ...columnsOfFaces(facesOf(labels, shape)), ...crossing(axes, offset, shape) };
	await writeColumns(records, "faces", block, faces);
	const pieces = piecesOf({ labels, count, shape, origin, whole, flat }, values);
	await writeColumns(records, "pieces", block, columnsOfPieces(pieces));
}

/** 1 where any affinity is above the threshold; with `orphans` 2 elsewhere where one is above 0. @throws VOLUME */
export async function affinityMask(
	volumes: OpenVolumes,
	affinities: Pick<Affinities, "place" | "channels" | "above" | "orphans">,
	box: Box,
): Promise<Uint8Array<ArrayBuffer>> {
	const mask = await anyAbove(volumes, affinities, affinities.above, box);
	if (!affinities.orphans) return mask;
	const rest = await anyAbove(volumes, affinities, 0, box);
	for (let i = 0; i < mask.length; i++) if (mask[i] === 0 && rest[i] === 1) mask[i] = 2;
	return mask;
}

/** 1 where any affinity is above `limit`. */
async function anyAbove(
	volumes: OpenVolumes,
	{ place, channels }: Pick<Affinities, "place" | "channels">,
	limit: number,
	box: Box,
): Promise<Uint8Array<ArrayBuffer>> {
	const any = new Uint8Array(sizeOf(boxShape(box)));
	for (const channel of channels) {
		const one = await volumes.where(place, [{ channel, above: limit }], box);
		for (let i = 0; i < any.length; i++) any[i] = (any[i] ?? 0) | (one[i] ?? 0);
	}
	return any;
}

/** The affinities along an axis, and the plane beyond the block that holds some of its edges. */
async function along(
	volumes: OpenVolumes,
	{ place, above, offset }: Affinities,
	channel: number,
	axis: number,
	box: Box,
	whole: Zyx,
): Promise<AxisAffinities> {
	const conditions = [{ channel, above }];
	const own = await volumes.where(place, conditions, box);
	const plane = offset === 0 ? (box.start[axis] ?? 0) - 1 : (box.stop[axis] ?? 0);
	if (plane < 0 || plane >= (whole[axis] ?? 1)) return { axis, own };
	const at = (ends: readonly number[], end: number) => ends.map((other, n) => (n === axis ? end : other));
	const beyond = await volumes.where(place, conditions, { start: at(box.start, plane), stop: at(box.stop, plane + 1) });
	return { axis, own, beyond };
}

/** Voxels of the low faces that an edge joins with the block before: the affinity lies there (offset 0), or in the face itself. */
function crossing(axes: readonly AxisAffinities[], offset: 0 | 1, shape: Zyx): Columns {
	return Object.fromEntries(
		axes.map(({ axis, own, beyond }) => [
			`edges${axis}`,
			offset === 0 ? new Uint8Array(beyond ?? []) : planeOf(own, shape, axis, 0),
		]),
	);
}
