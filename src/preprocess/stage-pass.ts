/**
 * One pass of staged resampling: blocks are read one ahead, resampled, and written while the next one is worked on.
 *
 * @module
 */
import { hasDType, type NdArray, zeros } from "../core/array.ts";
import { type Box, boxShape, wholeBox } from "../core/box.ts";
import { throwIfAborted } from "../core/errors.ts";
import { sizeOf, type Zyx, zyx } from "../core/shape.ts";
import { clipTo, type Ranges } from "../image/resample-range.ts";
import { type AxisTables, type Clip, resampleAxis } from "../image/resample-volume.ts";
import type { IoOptions } from "../volume/volume.ts";
import { bricksOf, readAhead } from "./bricks.ts";
import type { Scaler } from "./scaler.ts";
import type { Pass } from "./stage-plan.ts";
import type { StagedArray } from "./staged.ts";

/** What a pass reads: boxes (z, y, x) of C, Z, Y, X; float32, or of any type with a scaler for each channel. */
export type PassInput = {
	readonly read: (box: Box, options?: IoOptions) => Promise<NdArray>;
	readonly scalers?: readonly Scaler[];
};

/** What all passes share. */
export type PassOptions = {
	readonly axes: AxisTables;
	readonly clip: Clip;
	/** Per channel; where results are clipped. */
	readonly ranges: readonly Ranges[] | undefined;
	/** Called with the voxels of each block that was written. */
	readonly onBlock: (voxels: number) => void;
	readonly signal: AbortSignal | undefined;
};

/** The blocks of a pass, in order: boxes (z, y, x) of what it reads. What is written of two of them shares no chunk. */
export function blocksOf(pass: Pass): Iterable<Box> {
	return bricksOf(wholeBox(pass.from), pass.tile);
}

/** Runs `blocks` of a pass from `input` to `target`, all by default. @throws VOLUME, CANCELLED */
export async function runPass(
	input: PassInput,
	pass: Pass,
	target: StagedArray,
	options: PassOptions,
	blocks: Iterable<Box> = blocksOf(pass),
): Promise<void> {
	const io = options.signal === undefined ? {} : { signal: options.signal };
	let writing = Promise.resolve();
	try {
		for await (const { box, array } of readAhead(input, blocks, io)) {
			throwIfAborted(options.signal);
			const block = resampleBlock(array, box, input.scalers, pass, options);
			await writing;
			const start = [0, ...box.start.map((at, axis) => (pass.steps.some((step) => step.axis === axis) ? 0 : at))];
			writing = target.write(start, block, io);
			writing.catch(() => undefined); // told where it is awaited
			options.onBlock(sizeOf(block.shape.slice(1)));
		}
		await writing;
	} finally {
		await writing.catch(() => undefined); // nothing is written any more once this ends
	}
}

/** A block after the steps of a pass: C, Z, Y, X. */
function resampleBlock(
	array: NdArray,
	box: Box,
	scalers: readonly Scaler[] | undefined,
	pass: Pass,
	options: PassOptions,
): NdArray<"float32"> {
	const from = zyx(boxShape(box));
	const to = zyx(
		from.map((extent, axis) => (pass.steps.some((step) => step.axis === axis) ? (pass.to[axis] ?? 0) : extent)),
	);
	const channels = array.shape[0] ?? 0;
	const block = zeros("float32", [channels, ...to]);
	for (let channel = 0; channel < channels; channel++) {
		const out = block.data.subarray(channel * sizeOf(to), (channel + 1) * sizeOf(to));
		const source = channelOf(array, channel, scalers?.[channel]);
		if (pass.steps.length === 0) out.set(source);
		else resampleChannel(source, { shape: from, box, channel }, out, pass, options);
	}
	return block;
}

function channelOf(array: NdArray, channel: number, scaler: Scaler | undefined): Float32Array {
	const voxels = sizeOf(array.shape.slice(1));
	if (scaler === undefined) {
		if (!hasDType(array, "float32")) throw new TypeError(`staging: expected float32, found ${array.dtype}`);
		return array.data.subarray(channel * voxels, (channel + 1) * voxels);
	}
	const values = new Float32Array(voxels);
	scaler(array.data, channel * voxels, values, 0, voxels);
	return values;
}

type Place = { readonly shape: Zyx; readonly box: Box; readonly channel: number };

function resampleChannel(
	source: Float32Array,
	{ shape, box, channel }: Place,
	out: Float32Array,
	{ steps }: Pass,
	{ axes, clip, ranges }: PassOptions,
): void {
	let now = source;
	let size = shape;
	for (const [n, { axis, isClipped }] of steps.entries()) {
		const table = axes[axis];
		if (table === undefined) throw new RangeError(`staging: axis ${axis} has no table`);
		const next = zyx(size.map((extent, other) => (other === axis ? table.to : extent)));
		const target = n === steps.length - 1 ? out : new Float32Array(sizeOf(next));
		resampleAxis(now, size, axis, table, target);
		const all = ranges?.[channel];
		if (isClipped && clip !== "none" && all !== undefined) clipTo(target, next, clip, sectionsOf(all, clip, box));
		now = target;
		size = next;
	}
}

/** The ranges of the sections that a block holds. */
function sectionsOf(ranges: Ranges, clip: Exclude<Clip, "none">, { start, stop }: Box): Ranges {
	if (clip === "volume") return ranges;
	return { low: ranges.low.subarray(start[clip], stop[clip]), high: ranges.high.subarray(start[clip], stop[clip]) };
}
