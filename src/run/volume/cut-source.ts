/**
 * Where tiles of a volume are cut: on the calling thread, or in the one that reads.
 *
 * @module
 */
import type { Box } from "../../core/box.ts";
import type { Zyx } from "../../core/shape.ts";
import type { ModelSpec } from "../../model/spec.ts";
import type { Settings } from "../../plan/settings.ts";
import { openImage } from "../../preprocess/image.ts";
import { orientSource } from "../../preprocess/orient-source.ts";
import type { VoxelSource } from "../../preprocess/voxel-source.ts";
import { withRetries } from "../retry.ts";
import type { TileCutter } from "../tile-cutter.ts";
import { imageOptions } from "./image-options.ts";
import { seekable } from "./staged-input.ts";
import { openStage, sourceOfStage } from "./staged-zarr.ts";
import { Window } from "./window.ts";
import { WindowCutter, type WindowView } from "./window-cutter.ts";

/** Tiles of one window. Close it in a `finally`. */
export interface WindowTiles extends TileCutter<WindowView> {
	close(): Promise<void>;
}

/** What tiles are cut from. */
export interface CutSource {
	readonly shape: Zyx;
	/** Tiles within `area` (z, y, x), of which `slab` sections are read at once. */
	window(area: Box, slab: number): WindowTiles;
	close(): Promise<void>;
}

/** What a source is, as plain data: files of an image, or what was resampled of it. */
export type SourceSpec =
	| {
			readonly kind: "image";
			readonly files: readonly string[];
			readonly spec: ModelSpec;
			readonly settings: Pick<Settings, "axes" | "spacing" | "dataset">;
			/** Folder of what was unpacked. */
			readonly stage: string;
			readonly tries: number;
	  }
	| { readonly kind: "staged"; readonly folder: string; readonly chunks: Zyx; readonly tries: number };

/** Tiles cut from `source` on the calling thread. */
export function cutSourceOf(source: VoxelSource, tries: number): CutSource {
	return {
		shape: source.shape,
		window: (area, slab) => windowOn(source, area, slab, tries),
		close: async () => undefined,
	};
}

/** A window over a source. */
export function windowOn(source: VoxelSource, area: Box, slab: number, tries: number): WindowCutter {
	const around = <T>(read: () => Promise<T>) => withRetries(read, { tries });
	return new WindowCutter(new Window(source, area, { slab, around }), source.dtype);
}

/** Opens what `spec` says, to be read. @throws VOLUME, INPUT */
export async function openSource(spec: SourceSpec): Promise<{ source: VoxelSource; close(): Promise<void> }> {
	if (spec.kind === "staged") {
		const staged = await openStage(spec.folder, "network");
		return { source: sourceOfStage(staged, spec.chunks), close: () => staged.close() };
	}
	const image = await openImage(spec.files, spec.spec, {
		...imageOptions(spec.settings, {}),
		prepare: async (reader, path) => (await seekable(reader, path, spec.stage, {}))[0],
	});
	return { source: orientSource(image.source, spec.spec.transposeForward), close: () => image.close() };
}
