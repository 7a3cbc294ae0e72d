/**
 * What goes from step to step of a decoding of a volume that does not fit into memory: where it lies, and what is known of it.
 *
 * @module
 */
import type { Zyx } from "../../core/shape.ts";
import { isFlat as isFlatIn } from "../../decode/volume/decoder-program.ts";
import type { Objects } from "../../decode/volume/merge.ts";
import type { VoxelPlace } from "../../decode/volume/voxel-place.ts";
import type { Passes } from "./passes.ts";

/** Values of channels over the whole volume: of the input, or of a stage (uint8 masks of 0 and 1, or float32). */
export type ChannelsValue = {
	readonly kind: "channels";
	/** Axes czyx, or zyx and yx where there is but one. */
	readonly place: VoxelPlace;
	/** Which of the place's channels, in the order of the step's. */
	readonly channels: readonly number[];
	/** True where all values are known to be 0 and 1. */
	readonly isMask?: boolean;
};

/** Labels of earlier passes and what they become. */
export type Source = {
	/** Zarrs of uint32, z, y, x: where the first has 0 the next one counts. */
	readonly stages: readonly string[];
	/** The id of the object of each label in a block; entry 0 is the background's. */
	readonly mapOf: (block: number) => Uint32Array;
	/** True where a label means the same in every block, so that `mapOf` does not look at the block. */
	readonly isGlobal: boolean;
};

/** Objects over the whole volume. Their ids are 1 to `objects.count` in the order of first voxels. */
export type ObjectsValue = {
	readonly kind: "objects";
	readonly source: Source;
	/** `count`, `firsts` and `voxels` by id; `ids` is of pieces, and of no use to others than who made it. */
	readonly objects: Objects;
	/** Pieces that they were made of. */
	readonly pieces: number;
	/** True where each object is known to lie in one section. */
	readonly isFlat?: boolean;
};

/** One of them. */
export type VolumeValue = ChannelsValue | ObjectsValue;

/** How a step is run. */
export type StepContext = {
	readonly passes: Passes;
	/** What names of the step's stages and records begin with: of letters a to z, digits and -. */
	readonly name: string;
	/** z, y, x of the volume. */
	readonly shape: Zyx;
	/** Extents of a voxel, z, y, x. */
	readonly spacing: Zyx;
	/** Whether steps that leave it open work section by section. */
	readonly sectionwise: boolean;
};

/** True where a step works section by section: by its own word, else by the context's; always where there is but one. */
export function isFlat({ shape, sectionwise }: StepContext, own: boolean | null): boolean {
	return isFlatIn(own, { sectionwise, depth: shape[0] });
}
