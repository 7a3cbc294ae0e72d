/**
 * The Zarrs that labels and channels lie in between passes.
 *
 * @module
 */
import type { NumberDType } from "../../core/dtype.ts";
import { sizeOf, type Zyx, zyx } from "../../core/shape.ts";
import type { OutputPlace } from "./block-task.ts";

/** Most voxels of a chunk: 4 MiB. */
const CHUNK_VOXELS = 2 ** 20;

/** Extents of the stage's chunks: what the output is written in, or halves of it until they are small. */
function chunksOf(unit: Zyx): Zyx {
	const chunks = [...unit];
	while (sizeOf(chunks) > CHUNK_VOXELS) {
		const even = chunks.filter((extent) => extent % 2 === 0);
		if (even.length === 0) break;
		const longest = chunks.indexOf(Math.max(...even));
		chunks[longest] = (chunks[longest] ?? 2) / 2;
	}
	return zyx(chunks);
}

/** The stage at `path` for a volume of `shape` whose output is written in pieces of `unit`. */
export function stageAt(path: string, shape: Zyx, unit: Zyx, dtype: NumberDType = "uint32"): OutputPlace {
	const layout = { chunks: chunksOf(unit), compression: "zstd" } as const;
	return { path, format: "zarr", spec: { dtype, shape, axes: "zyx", layout } };
}

/** The stage at `path` for so many channels: masks as uint8, values as float32. Axes are czyx, each channel in chunks of its own. */
export function channelStageAt(
	path: string,
	channels: number,
	shape: Zyx,
	unit: Zyx,
	dtype: "uint8" | "float32",
): OutputPlace {
	const layout = { chunks: [1, ...chunksOf(unit)], compression: "zstd" } as const;
	return { path, format: "zarr", spec: { dtype, shape: [channels, ...shape], axes: "czyx", layout } };
}
