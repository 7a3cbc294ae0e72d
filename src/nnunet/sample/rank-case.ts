/**
 * Ranks the regions of one case: its scores are read once, from front to back, in a bounded piece of memory.
 *
 * @module
 */

import { boxShape } from "../../core/box.ts";
import { NnvolError, throwIfAborted } from "../../core/errors.ts";
import { shapeText, sizeOf, type Zyx } from "../../core/shape.ts";
import { boxesOf, planBoxes } from "../../volume/convert/boxes.ts";
import type { IoOptions } from "../../volume/volume.ts";
import type { Ranked } from "./choose.ts";
import { Ranking, type RankOptions, rankingBytes } from "./ranking.ts";
import type { ScoreSource } from "./score-source.ts";

/** How a case is read. */
export type ReadOptions = IoOptions & {
	/** Bytes that the scores in memory may take. */
	readonly memory: number;
	/** Voxels done, of all. */
	readonly onProgress?: (done: number, total: number) => void;
};

/** Bytes held for a value that was read: itself, as float32, and a copy of all channels. */
const BYTES_A_VALUE = 12;

/** The best regions of a case. @throws CONFIG where memory does not suffice; VOLUME; CANCELLED */
export async function rankCase(source: ScoreSource, options: RankOptions, read: ReadOptions): Promise<Ranked> {
	const { shape, path } = source;
	const held = rankingBytes(shape, options);
	const most = Math.floor((read.memory - held) / (BYTES_A_VALUE * source.width + 4));
	const extents = most < 1 ? undefined : boxExtents(source, most);
	if (extents === undefined) throw tooSmall(path, shape, held, read.memory);
	const ranking = new Ranking(shape, options);
	const io = read.signal === undefined ? {} : { signal: read.signal };
	let done = 0;
	for (const box of boxesOf(shape, extents)) {
		throwIfAborted(read.signal);
		const values = await source.read(box, io);
		requireNumbers(path, values);
		ranking.add(box, values);
		done += sizeOf(boxShape(box));
		read.onProgress?.(done, sizeOf(shape));
	}
	return { size: ranking.size, candidates: ranking.finish() };
}

/** Whole sections where they must be; else chunks, as many as there is room for. */
function boxExtents({ shape, chunks, isForward }: ScoreSource, most: number): number[] | undefined {
	if (!isForward) return planBoxes({ shape, unit: [1, 1, 1], inOrder: false, prefer: [chunks], most });
	const plane = shape[1] * shape[2];
	return plane > most ? undefined : [Math.max(1, Math.min(shape[0], Math.floor(most / plane))), shape[1], shape[2]];
}

/** @throws VOLUME where a value is NaN or infinite */
function requireNumbers(path: string, values: Float32Array): void {
	let sum = 0;
	for (let i = 0; i < values.length; i++) sum += values[i] ?? 0;
	if (Number.isFinite(sum)) return;
	throw new NnvolError("VOLUME", `${path}: it holds values that are no finite numbers; predict it again`, {
		fields: { path },
	});
}

function tooSmall(path: string, shape: Zyx, held: number, memory: number): NnvolError {
	const mib = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MiB`;
	return new NnvolError(
		"CONFIG",
		`${path} (${shapeText(shape)} voxels) cannot be ranked in ${mib(memory)}, of which its regions take ${mib(held)}; raise --memory, take a larger --size or --stride, or rank by the mean`,
		{ fields: { path, held, memory } },
	);
}
