/**
 * A case that is to be streamed, opened: its voxels in the model's order, what is written of it, and how blocks lie in both.
 *
 * @module
 */
import { basename } from "node:path";
import { isNnvolError, NnvolError } from "../../core/errors.ts";
import { hashOf } from "../../core/hash.ts";
import { shapeText, type Zyx, zyx } from "../../core/shape.ts";
import type { ModelSpec } from "../../model/spec.ts";
import type { Plan, PlannedCase } from "../../plan/plan.ts";
import type { Settings } from "../../plan/settings.ts";
import { type VolumeLayout, volumeLayout } from "../../plan/volume-layout.ts";
import { type OpenImage, openImage } from "../../preprocess/image.ts";
import { orientSource } from "../../preprocess/orient-source.ts";
import { orientSpacing } from "../../preprocess/subject.ts";
import type { VoxelSource } from "../../preprocess/voxel-source.ts";
import { blockCount } from "../../tiling/blocks.ts";
import { isSeekable } from "../../volume/stage.ts";
import { isRemote } from "../../volume/stores/open-store.ts";
import type { IoOptions } from "../../volume/volume.ts";
import { requireHeld } from "../case-files.ts";
import { ifFree, within } from "../claims/within.ts";
import type { RunOptions } from "../run-options.ts";
import { scaledLayout } from "../scales.ts";
import { imageOptions } from "./image-options.ts";
import { INLINE, type VolumeIo } from "./io-inline.ts";
import { startIo } from "./io-thread.ts";
import { expectedPlace } from "./parts.ts";
import { productsFor } from "./products.ts";
import type { VolumeChoices } from "./run-facts.ts";
import { leaveStage, stagePlace, tellStage } from "./stage-place.ts";
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

/** Opens a case. @throws INPUT, VOLUME, CONFIG, UNBUILT; RUN as `isUnpackedElsewhere` tells */
export async function openVolumeCase(
	entry: PlannedCase,
	plan: Plan,
	spec: ModelSpec,
	options: Pick<RunOptions, "attributes" | "layout" | "signal" | "onEvent">,
	choices: Pick<VolumeChoices, "blockVoxels" | "inline" | "fence" | "waits"> = {},
): Promise<OpenVolumeCase> {
	const { settings } = plan;
	const io: IoOptions = options.signal === undefined ? {} : { signal: options.signal };
	const stage = await stagePlace(plan.folder, entry.files);
	const vio = choices.inline === true ? INLINE : startIo();
	try {
		const image = await openImage(entry.files, spec, {
			...imageOptions(settings, io),
			prepare: async (reader, path) => {
				const isNear = isSeekable(reader.info);
				if (!isNear) tellStage(stage, options.onEvent);
				const unpack = () => seekable(reader, path, stage, io);
				const name = `unpack-${hashOf(path).slice(0, 16)}`;
				const [near, place] = await (isNear ? unpack() : inTurn(name, unpack, choices, io.signal));
				const { dataset } = near.info;
				return vio.reader(near, place, place === path && dataset !== undefined ? { dataset } : {});
			},
		});
		try {
			const laidOut = await layOut(image, entry, plan, spec, options, choices);
			if (isRemote(entry.output) && willResample(laidOut, entry.output)) tellStage(stage, options.onEvent);
			return { ...laidOut, stage, io, vio };
		} catch (error) {
			await image.close();
			throw error;
		}
	} catch (error) {
		await vio.close();
		await leaveStage(stage);
		throw error;
	}
}

/** True for the error that another worker is unpacking an input of the case, so that there is time for other cases. */
export function isUnpackedElsewhere(error: unknown): boolean {
	return isNnvolError(error, "RUN") && error.fields["elsewhere"] === true;
}

/** One unpacks, the others wait for it, or are told. */
async function inTurn<T>(
	name: string,
	unpack: () => Promise<T>,
	{ fence, waits }: Pick<VolumeChoices, "fence" | "waits">,
	signal: AbortSignal | undefined,
): Promise<T> {
	if (fence === undefined || waits !== false) return within(fence, name, unpack, signal);
	const done = await ifFree(fence, name, unpack);
	if (done !== undefined) return done;
	throw new NnvolError("RUN", "another worker is unpacking it", { fields: { elsewhere: true } });
}

/** Lets go of a case's files and of who reads them. */
export async function closeVolumeCase({
	image,
	vio,
	stage,
}: Pick<OpenVolumeCase, "image" | "vio" | "stage">): Promise<void> {
	await image.close();
	await vio.close();
	await leaveStage(stage);
}

/** True where the image is brought to the model's spacing first. @throws UNBUILT for a model that cannot be streamed, which what lies behind a URL must be */
function willResample(place: Parameters<typeof expectedPlace>[0], output: string): boolean {
	try {
		return expectedPlace(place).isResampled;
	} catch (error) {
		if (!isNnvolError(error, "UNBUILT")) throw error;
		throw new NnvolError(
			"UNBUILT",
			`${output}: outputs behind URLs are streamed. ${error.message}; or write to a folder, and copy with nnvol convert`,
			{ cause: error },
		);
	}
}

/** What is written of an open image, and how its blocks lie. */
export async function layOut(
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
	const { pyramid } = settings;
	const laid = pyramid === undefined ? options.layout : await scaledLayout(entry.output, entry.format, options.layout);
	const facts: TargetFacts = {
		path: entry.output,
		format: entry.format,
		map,
		rank: image.rank,
		placement: image.placement,
		...(laid === undefined ? {} : { layout: laid }),
		attributes: { ...options.attributes, plan: plan.hash, input: basename(entry.files[0] ?? "") },
		folder: plan.folder,
		spacingFile: entry.format === "tiff" && settings.output.kind === "labels" && image.rank === 3,
	};
	const targets = await targetsFor(productsFor(spec, settings), facts);
	const [main] = targets;
	const layout = volumeLayout(map, main === undefined ? zyx([1, 1, 1]) : unitOf(main), blockVoxels);
	requireCountable(entry.files[0] ?? "", layout);
	return { image, spec, settings, source, spacing: orientSpacing(image.spacing, spec), targets, facts, layout };
}

/** More blocks than this cannot be recorded one by one; so many voxels are most often a header that is wrong. */
const MOST_BLOCKS = 10_000_000;

/** @throws INPUT where an image is cut into more blocks than can be recorded */
function requireCountable(file: string, { grid }: VolumeLayout): void {
	const blocks = blockCount(grid);
	if (blocks <= MOST_BLOCKS) return;
	const extents = grid.shape.filter((extent, axis) => axis > 0 || extent > 1);
	throw new NnvolError(
		"INPUT",
		`${basename(file)}: ${shapeText(extents)} voxels make ${blocks} blocks, more than ${MOST_BLOCKS} that can be recorded; is its shape right? Larger inference.data.shards make fewer blocks`,
		{ fields: { path: file, blocks } },
	);
}
