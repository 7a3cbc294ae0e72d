/**
 * One line on how a volume is streamed, for its user.
 *
 * @module
 */
import { basename } from "node:path";
import { shapeText } from "../../core/shape.ts";
import type { VolumeFacts, VolumePlan } from "../../plan/volume-plan.ts";
import { blockCount } from "../../tiling/blocks.ts";

/** What the line is made of. */
export type StreamedNote = {
	readonly file: string;
	/** Why it is streamed, in words that follow its extents. */
	readonly why: string;
	readonly layout: VolumeFacts["layout"];
	readonly plan: VolumePlan;
	/** Blocks that are recorded already. */
	readonly done: number;
};

/** `volume.zarr: 1024x2048x2048 does not fit into 2.0 GB: streamed in 64 blocks of 64x512x512, 6.1 % of tiles run twice`. */
export function streamedNote({ file, why, layout, plan, done }: StreamedNote): string {
	const { grid } = layout;
	const count = blockCount(grid);
	const blocks = `${count} block${count === 1 ? "" : "s"} of ${grid.block.map((extent, axis) => Math.min(extent, grid.shape[axis] ?? 1)).join("x")}`;
	const earlier = done > 0 ? `, ${done} done already` : "";
	const twice = plan.tilesRun > plan.tiles ? `, ${twiceText(plan)} of tiles run twice` : "";
	return `${basename(file)}: ${shapeText(grid.shape)} ${why}: streamed in ${blocks}${earlier}${twice}`;
}

/** `6.1 %`: what is run twice, of the tiles of the volume. */
export function twiceText({ tiles, tilesRun }: Pick<VolumePlan, "tiles" | "tilesRun">): string {
	return `${((100 * (tilesRun - tiles)) / Math.max(1, tiles)).toFixed(1)} %`;
}
