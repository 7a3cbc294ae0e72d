/**
 * Clean-up of a written channel to a mask, over the whole volume: what `cleanBinary` does in memory, block by block.
 *
 * @module
 */
import type { NumberDType } from "../../core/dtype.ts";
import type { VoxelPlace } from "../../decode/volume/voxel-place.ts";
import type { Binary } from "../../export/channels.ts";
import { type DecodeOptions, type DecodeReport, type DecodeTarget, decodeVolume } from "./decode-volume.ts";

/** What is cleaned, and what is written where the mask is. */
export type CleanWish = {
	readonly binary: Binary;
	/** Of the volume at the place. */
	readonly channel: number;
	/** True: each section by itself. */
	readonly sectionwise: boolean;
	readonly value: number;
	readonly dtype: NumberDType;
};

/**
 * Writes the mask of what is above the threshold in a channel of the volume at `place`: objects (connected by faces) of fewer
 * voxels than `removeSmall` go, then holes are filled; sizes are those of whole objects, and a hole is background that touches
 * no border of the volume. As `cleanBinary` of the whole channel, voxel by voxel.
 *
 * @throws as `decodeVolume`
 */
export function cleanVolume(
	place: VoxelPlace,
	target: DecodeTarget,
	{ binary, channel, sectionwise, value, dtype }: CleanWish,
	options: DecodeOptions,
): Promise<DecodeReport> {
	const { threshold, removeSmall, fillHoles } = binary;
	const conditions = [{ channel, above: threshold }];
	const program = { kind: "binary", conditions, removeSmall, fillHoles, flat: sectionwise, value, dtype } as const;
	return decodeVolume(place, target, program, options);
}
