/**
 * A case that is to be streamed, opened: its voxels in the model's order, what is written of it, and how blocks lie in both.
 *
 * @module
 */
import { basename, join } from "node:path";
import { hashOf } from "../../core/hash.ts";
import { type Zyx, zyx } from "../../core/shape.ts";
import type { ModelSpec } from "../../model/spec.ts";
import type { Plan, PlannedCase } from "../../plan/plan.ts";
import type { Settings } from "../../plan/settings.ts";
import { type VolumeLayout, volumeLayout } from "../../plan/volume-layout.ts";
import { type OpenImage, openImage } from "../../preprocess/image.ts";
import { orientSource } from "../../preprocess/orient-source.ts";
import type { ImageOptions } from "../../preprocess/part.ts";
import { orientSpacing } from "../../preprocess/subject.ts";
import type { VoxelSource } from "../../preprocess/voxel-source.ts";
import type { IoOptions } from "../../volume/volume.ts";
import { requireHeld } from "../case-files.ts";
import { stateFolder } from "../ledger.ts";
import type { RunOptions } from "../run-options.ts";
import { productsFor } from "./products.ts";
import { seekable } from "./staged-input.ts";
import { type Target, type TargetFacts, targetsFor, unitOf } from "./targets.ts";

/** An open case. Close it in a `finally`. */
export type OpenVolumeCase = {
	readonly image: OpenImage;
	readonly spec: ModelSpec;
	readonly settings: Settings;
	/** The transposed image. */
	readonly source: VoxelSource;
	/** z, y, x of the transposed image; undefined where nothing says it. */
	readonly spacing: Zyx | undefined;
	readonly targets: readonly Target[];
	readonly facts: TargetFacts;
	readonly layout: VolumeLayout;
	/** Folder for what is staged of the input. */
	readonly stage: string;
	readonly io: IoOptions;
	close(): Promise<void>;
};

/** Opens a case. @throws INPUT, VOLUME, CONFIG, UNBUILT */
export async function openVolumeCase(
	entry: PlannedCase,
	plan: Plan,
	spec: ModelSpec,
	options: Pick<RunOptions, "attributes" | "layout" | "signal">,
	blockVoxels?: number,
): Promise<OpenVolumeCase> {
	const { settings } = plan;
	const io: IoOptions = options.signal === undefined ? {} : { signal: options.signal };
	const stage = join(stateFolder(plan.folder), "staging", `input-${hashOf(entry.files).slice(0, 16)}`);
	const image = await openImage(entry.files, spec, {
		...imageOptions(settings, io),
		prepare: (reader) => seekable(reader, stage, io),
	});
	try {
		requireHeld(entry, image.rank, settings.output);
		const source = orientSource(image.source, spec.transposeForward);
		const map = { shape: source.shape, transposeBackward: spec.transposeBackward, turn: image.placement.turn };
		const facts: TargetFacts = {
			path: entry.output,
			format: entry.format,
			map,
			rank: image.rank,
			placement: image.placement,
			...(options.layout === undefined ? {} : { layout: options.layout }),
			attributes: { ...options.attributes, plan: plan.hash, input: basename(entry.files[0] ?? "") },
			folder: plan.folder,
			spacingFile: entry.format === "tiff" && settings.output.kind === "labels" && image.rank === 3,
		};
		const targets = await targetsFor(productsFor(spec, settings), facts);
		const [main] = targets;
		const layout = volumeLayout(map, main === undefined ? zyx([1, 1, 1]) : unitOf(main), blockVoxels);
		const spacing = orientSpacing(image.spacing, spec);
		return { image, spec, settings, source, spacing, targets, facts, layout, stage, io, close: () => image.close() };
	} catch (error) {
		await image.close();
		throw error;
	}
}

/** What the user says about input arrays. */
export function imageOptions({ axes, spacing, dataset }: Settings, io: IoOptions): ImageOptions {
	return {
		...io,
		...(axes === undefined ? {} : { axes }),
		...(spacing === undefined ? {} : { spacing }),
		...(dataset === undefined ? {} : { dataset }),
	};
}
