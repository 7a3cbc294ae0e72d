/**
 * Which channels are meant, and one channel of several.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";
import { sizeOf } from "../core/shape.ts";
import { type Channels, type Part, valuesOf } from "./values.ts";

/** A channel, a range (`"1:3"`), a list, or null for all; negative ones count from the end. */
export type ChannelSelector = number | string | readonly number[] | null;

/** The channels that `selector` means, of `count`. @throws CONFIG where it means none, or one that is not there */
export function channelsOf(selector: ChannelSelector, count: number, key: string): readonly number[] {
	if (selector === null) return Array.from({ length: count }, (_, n) => n);
	if (typeof selector === "string" && selector.includes(":")) return rangeOf(selector, count, key);
	const list = typeof selector === "object" ? selector : [Number(selector)];
	return list.map((channel) => requireChannel(channel < 0 ? channel + count : channel, count, key));
}

/** `channel`, where there are more than that many. @throws CONFIG */
export function requireChannel(channel: number, count: number, key: string): number {
	if (channel >= 0 && channel < count) return channel;
	throw new NnvolError(
		"CONFIG",
		`${key} means channel ${channel}; decoding is given ${count}, 0 to ${count - 1}. They are those of inference.test_time_augmentation.select_channel, or without it those of the model but the background`,
	);
}

function rangeOf(selector: string, count: number, key: string): readonly number[] {
	const [from = "", to = ""] = selector.split(":").map((end) => end.trim());
	const place = (end: string, otherwise: number): number => {
		const at = end === "" ? otherwise : Number(end);
		return Math.min(Math.max(at < 0 ? at + count : at, 0), count);
	};
	const [start, stop] = [place(from, 0), place(to, count)];
	if (start < stop) return Array.from({ length: stop - start }, (_, n) => start + n);
	throw new NnvolError("CONFIG", `${key}=${selector} means no channel; decoding is given ${count}`);
}

/** Some channels in a new array, in the order of `list`. */
export function selectChannels(input: Channels, list: readonly number[]): Channels {
	const voxels = sizeOf(input.shape);
	const data = new Float32Array(list.length * voxels);
	for (const [n, channel] of list.entries()) {
		data.set(input.data.subarray(channel * voxels, (channel + 1) * voxels), n * voxels);
	}
	return { ...input, data, channels: list.length };
}

/** Channels multiplied by one other, in a new array. */
export function gateChannels(input: Channels, list: readonly number[], gate: number): Channels {
	const voxels = sizeOf(input.shape);
	const out = selectChannels(input, list);
	for (let i = 0; i < out.data.length; i++) {
		out.data[i] = (out.data[i] ?? 0) * (input.data[gate * voxels + (i % voxels)] ?? 0);
	}
	return out;
}

/** One channel in a part, or several as one: their mean (of sums in float32, as numpy), lowest or highest. */
export function reduced(
	input: Channels,
	list: readonly number[],
	part: Part,
	how: "mean" | "min" | "max" = "mean",
): Float32Array<ArrayBuffer> {
	const [first = 0, ...others] = list;
	if (others.length === 0) return valuesOf(input, first, part);
	const out = valuesOf(input, first, part).slice();
	for (const channel of others) reduce(out, valuesOf(input, channel, part), how);
	return how === "mean" ? divide(out, list.length) : out;
}

/** Takes the values of a further channel into `out`; a mean is a sum until it is divided. */
export function reduce(out: Float32Array, values: Float32Array, how: "mean" | "min" | "max"): void {
	for (let i = 0; i < out.length; i++) out[i] = combined(out[i] ?? 0, values[i] ?? 0, how);
}

/** Divides `values` in place. */
export function divide(values: Float32Array<ArrayBuffer>, by: number): Float32Array<ArrayBuffer> {
	for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) / by;
	return values;
}

function combined(a: number, b: number, how: "mean" | "min" | "max"): number {
	return how === "mean" ? a + b : how === "min" ? Math.min(a, b) : Math.max(a, b);
}
