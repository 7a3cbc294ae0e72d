/**
 * The boxes of a volume that are to be done: `inference.roi` and `inference.volume_mode.chunks` as one list.
 *
 * Pure. What is done is the union of the boxes, so they are sorted and each is there once: configurations that mean the
 * same give the same plan. Boxes are in voxels of the input, z, y, x; they may reach beyond a volume and are cut to it later.
 *
 * @module
 */
import type { Config } from "../config/schema.ts";
import { type Box, boxShape, intersect, isEmpty } from "../core/box.ts";
import { NnvolError } from "../core/errors.ts";
import { sizeOf } from "../core/shape.ts";

/** A box of voxels, z, y, x. */
export type Region = { readonly start: readonly number[]; readonly size: readonly number[] };

type Chunk = NonNullable<Config["inference"]["volume_mode"]["chunks"]>[number];

/** Most boxes that are listed: more are a slip in a count. */
const MOST = 1_000_000;

/**
 * The boxes that `config` asks for; undefined where it asks for the whole volume.
 *
 * @throws CONFIG where no box is left, or there are more than a million
 */
export function regionsOf({ inference }: Config): readonly Region[] | undefined {
	const { roi } = inference;
	const { chunks } = inference.volume_mode;
	if (chunks === null) return roi === null ? undefined : [roi];
	requireCountable(chunks);
	const bound = roi === null ? undefined : boxOf(roi);
	const found = new Map<string, Region>();
	for (const box of chunks.flatMap(boxesOf)) {
		const part = bound === undefined ? box : intersect(box, bound);
		if (!isEmpty(part)) found.set([...part.start, ...part.stop].join(), { start: part.start, size: boxShape(part) });
	}
	if (found.size === 0) throw new NnvolError("CONFIG", nothingLeft(chunks.length));
	return [...found.values()].sort(inOrder);
}

function requireCountable(chunks: readonly Chunk[]): void {
	const total = chunks.reduce((sum, { count }) => sum + sizeOf(count ?? []), 0);
	if (total <= MOST) return;
	throw new NnvolError(
		"CONFIG",
		`inference.volume_mode.chunks asks for ${total} boxes, more than ${MOST}; larger boxes do the same in fewer`,
	);
}

function nothingLeft(chunks: number): string {
	if (chunks === 0) return "inference.volume_mode.chunks is an empty list: nothing would be done; null does the whole";
	return "inference.roi holds none of the boxes of inference.volume_mode.chunks: nothing would be done";
}

/** `count` boxes along each axis, `step` apart. */
function boxesOf({ start, size, step = size, count = [1, 1, 1] }: Chunk): Box[] {
	let starts: readonly (readonly number[])[] = [[]];
	for (const [axis, first] of start.entries()) {
		const places = Array.from({ length: count[axis] ?? 1 }, (_, n) => first + n * (step[axis] ?? 1));
		starts = starts.flatMap((place) => places.map((next) => [...place, next]));
	}
	return starts.map((place) => boxOf({ start: place, size }));
}

function boxOf({ start, size }: Region): Box {
	return { start, stop: start.map((first, axis) => first + (size[axis] ?? 0)) };
}

function inOrder(a: Region, b: Region): number {
	const left = [...a.start, ...a.size];
	const right = [...b.start, ...b.size];
	const axis = left.findIndex((value, n) => value !== right[n]);
	return axis < 0 ? 0 : (left[axis] ?? 0) - (right[axis] ?? 0);
}
