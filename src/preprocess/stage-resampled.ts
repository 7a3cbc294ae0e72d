/**
 * Resampling of an image that does not fit into memory: in passes along one axis (or several, where whole planes fit), each from one
 * staged array to the next.
 *
 * Law: the numbers of `normaliseChannels` and `resampleData` on the whole, to the bit: the same axes in the same order, float32 in
 * between, the same clipping. A line is resampled by itself, so a pass may take any part that holds whole lines.
 *
 * @module
 */
import { type Box, boxShape, shift } from "../core/box.ts";
import { DTYPES } from "../core/dtype.ts";
import { type Shape, sizeOf, type Zyx } from "../core/shape.ts";
import type { Ranges } from "../image/resample-range.ts";
import type { Clip } from "../image/resample-volume.ts";
import type { Resampling } from "../model/spec.ts";
import { type AxisPlan, type Change, isUnchanged, planAxes } from "./resample-axes.ts";
import { type ChannelScale, scaled } from "./scale.ts";
import { scalerOf } from "./scaler.ts";
import { blocksOf, type PassInput, runPass } from "./stage-pass.ts";
import { type Pass, planPasses, type StageRequest } from "./stage-plan.ts";
import type { StagedArray, StageMaker } from "./staged.ts";
import type { Survey } from "./survey.ts";
import type { VoxelSource } from "./voxel-source.ts";

/** What is resampled, and how. */
export type StageJob = {
	readonly source: VoxelSource;
	/** The part of the source (z, y, x) that is the image: its crop. */
	readonly box: Box;
	/** Per channel. */
	readonly scales: readonly ChannelScale[];
	/** `shape` is that of the box. */
	readonly change: Change;
	readonly how: Resampling;
	/** With the ranges that are clipped to, where `surveyNeeds` says that there are any. */
	readonly survey: Pick<Survey, "figures" | "sections">;
};

/** How it goes about it. */
export type StageOptions = {
	/** Bytes of voxels it may hold, the block that is read ahead included. */
	readonly bytes: number;
	/** Chunks of the last array (z, y, x): what is best read later. Where the last pass cannot write them whole, they are smaller. */
	readonly chunks?: Zyx;
	readonly signal?: AbortSignal;
	/** Voxels written, and to be written, in all passes. */
	readonly onProgress?: (done: number, total: number) => void;
};

const CHUNKS: Zyx = [64, 128, 128];

/** The passes of a job; they, and their blocks, follow from the job, the bytes and the chunks alone. */
export type StagePasses = {
	readonly passes: readonly StagePass[];
	/** Voxels that all passes write. */
	readonly voxels: number;
};

/** One pass. */
export type StagePass = {
	/** Of the array that it writes: "network" of the last one. */
	readonly name: string;
	/** Of that array: C, Z, Y, X. */
	readonly shape: Shape;
	readonly chunks: Shape;
	/** What it reads in turn: boxes z, y, x. Blocks write no chunk together. */
	readonly blocks: () => Iterable<Box>;
	/** Voxels that a block writes. */
	readonly voxelsOf: (block: Box) => number;
	/** Does blocks, all by default, from the array of the pass before; `onBlock` is told the voxels of each. @throws VOLUME, CANCELLED */
	readonly run: (
		before: StagedArray | undefined,
		target: StagedArray,
		onBlock: (voxels: number) => void,
		blocks?: Iterable<Box>,
	) => Promise<void>;
};

/** The passes of `job`. @throws RangeError where a range to clip to is missing */
export function stagePasses(job: StageJob, options: Omit<StageOptions, "onProgress">): StagePasses {
	const plan = isUnchanged(job.change.shape, job.change.toShape, job.how) ? STAY : changed(job);
	const passes = planPasses(requestOf(job, plan, options));
	const { channels } = job.source;
	const shared = { axes: plan.axes, clip: plan.clip, ranges: rangesFor(job, plan.clip), signal: options.signal };
	return {
		voxels: passes.reduce((sum, { to }) => sum + sizeOf(to), 0),
		passes: passes.map((pass, n) => ({
			name: n === passes.length - 1 ? "network" : `pass${n}`,
			shape: [channels, ...pass.to],
			chunks: [1, ...pass.chunks],
			blocks: () => blocksOf(pass),
			voxelsOf: (block) => writtenBy(block, pass),
			run: (before, target, onBlock, blocks) => {
				const input = before === undefined ? croppedInput(job) : stagedInput(before);
				return runPass(input, pass, target, { ...shared, onBlock }, blocks);
			},
		})),
	};
}

/** Along the axes of a pass a block becomes as long as the image. */
function writtenBy(block: Box, { steps, to }: Pass): number {
	return sizeOf(
		boxShape(block).map((extent, axis) => (steps.some((step) => step.axis === axis) ? (to[axis] ?? 0) : extent)),
	);
}

/**
 * The image as the network sees it, C, Z, Y, X: scaled and resampled. The array of the last pass is called "network"; those between
 * are removed once they are read.
 *
 * @throws RangeError where a range to clip to is missing
 * @throws VOLUME, CANCELLED as reading and writing do
 */
export async function stageResampled(
	job: StageJob,
	makeStage: StageMaker,
	options: StageOptions,
): Promise<StagedArray> {
	const { passes, voxels: total } = stagePasses(job, options);
	let done = 0;
	const onBlock = (voxels: number) => {
		done += voxels;
		options.onProgress?.(done, total);
	};
	let now: StagedArray | undefined;
	for (const { name, shape, chunks, run } of passes) {
		const before = now;
		now = await nextStage(before, async () => {
			const target = await makeStage(name, shape, chunks);
			return { target, run: () => run(before, target, onBlock) };
		});
	}
	if (now === undefined) throw new RangeError("staging: there was no pass");
	return now;
}

type Begun = { readonly target: StagedArray; readonly run: () => Promise<void> };

/** Runs a pass; what it read from is removed, and on failure what it wrote too. */
async function nextStage(before: StagedArray | undefined, begin: () => Promise<Begun>): Promise<StagedArray> {
	try {
		const { target, run } = await begin();
		await run().catch(async (error) => {
			await target.remove();
			throw error;
		});
		return target;
	} finally {
		await before?.remove();
	}
}

/** Nothing changes: the image is only scaled. */
const STAY: AxisPlan = { axes: [undefined, undefined, undefined], clip: "none" };

function changed({ change, how }: StageJob): AxisPlan {
	return how.name === "no_resampling_hack" ? STAY : planAxes(change, how);
}

function requestOf(
	{ source, change }: StageJob,
	plan: AxisPlan,
	{ bytes, chunks = CHUNKS }: Pick<StageOptions, "bytes" | "chunks">,
): StageRequest {
	const { channels, dtype, chunks: sourceChunks } = source;
	return { ...plan, shape: change.shape, channels, voxelBytes: DTYPES[dtype].bytes, sourceChunks, chunks, bytes };
}

/** The crop of the source; its voxels are still to be scaled. */
function croppedInput({ source, box, scales }: StageJob): PassInput {
	return {
		read: (part, options) => source.read(shift(part, box.start), options),
		scalers: scales.map((scale) => scalerOf(source.dtype, scale)),
	};
}

function stagedInput(staged: StagedArray): PassInput {
	const channels = staged.shape[0] ?? 0;
	return {
		read: ({ start, stop }, options) => staged.read({ start: [0, ...start], stop: [channels, ...stop] }, options),
	};
}

/** What each channel is clipped to, after normalisation: scaling never turns the order of two numbers. */
function rangesFor({ survey, scales, change }: StageJob, clip: Clip): Ranges[] | undefined {
	if (clip === "none") return undefined;
	return scales.map((scale, channel) => {
		const range = survey.figures[channel]?.range;
		const whole = range === undefined ? undefined : { low: [range.min], high: [range.max] };
		const sections = survey.sections?.axis === clip ? survey.sections.channels[channel] : undefined;
		const found = clip === "volume" ? whole : sections;
		const count = clip === "volume" ? 1 : change.shape[clip];
		if (found?.low.length !== count || found.high.length !== count) {
			throw new RangeError(`staging: the ranges of channel ${channel} that results are clipped to were not taken`);
		}
		return { low: scaledAll(found.low, scale), high: scaledAll(found.high, scale) };
	});
}

function scaledAll(values: readonly number[], scale: ChannelScale): Float32Array {
	return Float32Array.from(values, (value) => scaled(value, scale) + 0); // no -0: as `rangesOf`
}
