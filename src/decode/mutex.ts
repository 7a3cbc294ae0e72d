/**
 * Objects of affinities of short and long range, by the mutex watershed.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";
import { stridesOf } from "../core/shape.ts";
import { type EdgeChannel, mutexWatershed } from "../image/mutex-watershed.ts";
import { dropSmall } from "./grow.ts";
import { joinParts } from "./objects.ts";
import type { Kwargs } from "./step.ts";
import { type Channels, type DecodeContext, type Objects, type Part, valuesOf, within } from "./values.ts";

type MutexKwargs = Kwargs<"decode_mutex_watershed">;

/** The channels of BANIS: to the nearest along each axis, and to the tenth. */
const SIX: readonly (readonly number[])[] = [1, 10].flatMap((far) => [
	[far, 0, 0],
	[0, far, 0],
	[0, 0, far],
]);

/** Objects that edges join and keep apart. @throws CONFIG where offsets and channels do not fit */
export function mutexObjects(input: Channels, kwargs: MutexKwargs, context: DecodeContext): Objects {
	const offsets = offsetsOf(kwargs, input.channels);
	return joinParts(input.shape, within(context, kwargs.sectionwise), (part) => {
		const channels = channelsOf(input, offsets, kwargs, part);
		const { threshold } = kwargs;
		const mask = threshold === null ? undefined : joinedAbove(channels, threshold, part);
		return dropSmall(mutexWatershed(channels, part.shape, mask), kwargs.min_size);
	});
}

/** One offset a channel, z, y, x. */
function offsetsOf({ offsets, num_attractive: attractive }: MutexKwargs, channels: number): typeof SIX {
	const list = offsets?.map((offset) => (typeof offset === "string" ? offset.split("-").map(Number) : offset)) ?? SIX;
	if (list.length !== channels) {
		throw new NnvolError(
			"CONFIG",
			`decode_mutex_watershed needs one offset a channel: there are ${list.length} offsets${offsets === null ? " by default" : ""} and ${channels} channels; give offsets, or choose channels with select_channels`,
		);
	}
	if (attractive < channels) return list;
	throw new NnvolError(
		"CONFIG",
		`decode_mutex_watershed: num_attractive is ${attractive} of ${channels} channels, so that none is repulsive; lower it`,
	);
}

/** The edges of a part: in a section those that stay in it. */
function channelsOf(input: Channels, offsets: typeof SIX, kwargs: MutexKwargs, part: Part): EdgeChannel[] {
	const rank = part.shape.length;
	return offsets.flatMap((offset, channel) => {
		if (rank === 2 && offset[0] !== 0) return [];
		const isRepulsive = channel >= kwargs.num_attractive;
		const values = valuesOf(input, channel, part);
		const isInverted = isRepulsive ? kwargs.invert_repulsive : kwargs.invert_attractive;
		const weights = isInverted ? values.map((value) => 1 - value) : values;
		const strides = isRepulsive && kwargs.strides !== null ? { strides: kwargs.strides.slice(-rank) } : {};
		return [{ weights, offset: offset.slice(-rank), isRepulsive, ...strides }];
	});
}

/** Ends of attractive edges above `limit`. */
function joinedAbove(
	channels: readonly EdgeChannel[],
	limit: number,
	{ shape, voxels }: Part,
): Uint8Array<ArrayBuffer> {
	const mask = new Uint8Array(voxels);
	const strides = stridesOf(shape);
	for (const { weights, offset, isRepulsive } of channels) {
		if (isRepulsive) continue;
		for (let i = 0; i < voxels; i++) {
			if (!((weights[i] ?? 0) > limit)) continue;
			const there = strides.map((stride, axis) => (Math.floor(i / stride) % (shape[axis] ?? 1)) + (offset[axis] ?? 0));
			if (there.some((at, axis) => at < 0 || at >= (shape[axis] ?? 1))) continue;
			mask[i] = 1;
			mask[there.reduce((sum, at, axis) => sum + at * (strides[axis] ?? 1), 0)] = 1;
		}
	}
	return mask;
}
