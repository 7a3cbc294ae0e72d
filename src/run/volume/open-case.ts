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
import { orientSpacing } from "../../preprocess/subject.ts";
import type { VoxelSource } from "../../preprocess/voxel-source.ts";
import type { IoOptions } from "../../volume/volume.ts";
import { requireHeld } from "../case-files.ts";
import { stateFolder } from "../ledger.ts";
import type { RunOptions } from "../run-options.ts";
import { imageOptions } from "./image-options.ts";
import { INLINE, type VolumeIo } from "./io-inline.ts";
import { startIo } from "./io-thread.ts";
import { productsFor } from "./products.ts";
import type { VolumeChoices } from "./run-facts.ts";
import { seekable } from "./staged-input.ts";
import { type Target, type TargetFacts, targetsFor, unitOf } from "./targets.ts";

/** An open case. Close it by `closeVolumeCase` in a `finally`. */
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
	/** Who reads and writes. */
	readonly vio: VolumeIo;
};

/** Opens a case. @throws INPUT, VOLUME, CONFIG, UNBUILT */
export async function openVolumeCase(
	entry: PlannedCase,
	plan: Plan,
	spec: ModelSpec,
	options: Pick<RunOptions, "attributes" | "layout" | "signal">,
	choices: Pick<VolumeChoices, "blockVoxels" | "inline"> = {},
): Promise<OpenVolumeCase> {
	const { settings } = plan;
	const io: IoOptions = options.signal === undefined ? {} : { signal: options.signal };
	const stage = join(stateFolder(plan.folder), "staging", `input-${hashOf(entry.files).slice(0, 16)}`);
	const vio = choices.inline === true ? INLINE : startIo();
	try {
		const image = await openImage(entry.files, spec, {
			...imageOptions(settings, io),
			prepare: async (reader, path) => {
				const [near, place] = await seekable(reader, path, stage, io);
				const { dataset } = near.info;
				return vio.reader(near, place, place === path && dataset !== undefined ? { dataset } : {});
			},
		});
		try {
			return { ...(await layOut(image, entry, plan, spec, options, choices)), stage, io, vio };
		} catch (error) {
			await image.close();
			throw error;
		}
	} catch (error) {
		await vio.close();
		throw error;
	}
}

/** Lets go of a case's files and of who reads them. */
export async function closeVolumeCase({ image, vio }: Pick<OpenVolumeCase, "image" | "vio">): Promise<void> {
	await image.close();
	await vio.close();
}

/** What is written of an open image, and how its blocks lie. */
async function layOut(
	image: OpenImage,
	entry: PlannedCase,
	plan: Plan,
	spec: ModelSpec,
	options: Pick<RunOptions, "attributes" | "layout">,
	{ blockVoxels }: Pick<VolumeChoices, "blockVoxels">,
): Promise<Omit<OpenVolumeCase, "stage" | "io" | "vio">> {
	const { settings } = plan;
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
	return { image, spec, settings, source, spacing: orientSpacing(image.spacing, spec), targets, facts, layout };
}
