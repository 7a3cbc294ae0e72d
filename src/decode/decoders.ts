/**
 * From channels to objects by components and watersheds of one or two channels.
 *
 * @module
 */
import { threshold } from "../image/threshold.ts";
import { requireChannel } from "./channels.ts";
import { dropSmall, grow, seedsOf } from "./grow.ts";
import { aboveOf, below, both } from "./masks.ts";
import { joinParts } from "./objects.ts";
import type { Kwargs } from "./step.ts";
import { type Channels, type DecodeContext, type Objects, type Part, partsOf, valuesOf, within } from "./values.ts";

/** Voxels above a threshold that touch are one object. */
export function connectedComponents(
	input: Channels,
	kwargs: Kwargs<"decode_connected_components">,
	context: DecodeContext,
): Objects {
	const channel = requireChannel(kwargs.channel, input.channels, "channel");
	return joinParts(input.shape, within(context, kwargs.sectionwise), (part) =>
		seedsOf(aboveOf(input, channel, kwargs.threshold, part), part.shape, kwargs.connectivity, kwargs.min_size),
	);
}

/** Objects grow from seeds of high values. */
export function binaryWatershed(
	input: Channels,
	kwargs: Kwargs<"decode_binary_watershed">,
	context: DecodeContext,
): Objects {
	const channel = requireChannel(kwargs.channel, input.channels, "channel");
	return joinParts(input.shape, within(context, kwargs.sectionwise), (part) => {
		const seeds = aboveOf(input, channel, kwargs.seed_threshold, part);
		return growIn(input, channel, seeds, part, kwargs);
	});
}

/** Objects grow from seeds of high values away from outlines. */
export function contourWatershed(
	input: Channels,
	kwargs: Kwargs<"decode_binary_contour_watershed">,
	context: DecodeContext,
): Objects {
	const channel = requireChannel(kwargs.channel, input.channels, "channel");
	const contour = requireChannel(kwargs.contour_channel, input.channels, "contour_channel");
	return joinParts(input.shape, within(context, kwargs.sectionwise), (part) => {
		const clear = below(valuesOf(input, contour, part), kwargs.contour_threshold);
		return growIn(input, channel, both(clear, aboveOf(input, channel, kwargs.seed_threshold, part)), part, kwargs);
	});
}

/** Objects grow from objects: those of each part, from its own. */
export function seededWatershed(
	input: Channels,
	seeds: Objects,
	kwargs: Kwargs<"decode_seeded_watershed">,
	context: DecodeContext,
): Objects {
	const channel = requireChannel(kwargs.channel, input.channels, "channel");
	const labels = new Uint32Array(seeds.labels.length);
	for (const part of partsOf(input.shape, within(context, kwargs.sectionwise))) {
		const values = valuesOf(input, channel, part);
		const own = seeds.labels.subarray(part.start, part.start + part.voxels);
		labels.set(grow(values, own, part.shape, threshold(values, kwargs.threshold)), part.start);
	}
	return { kind: "objects", labels: dropSmall(labels, kwargs.min_size), shape: input.shape };
}

function growIn(
	input: Channels,
	channel: number,
	seedMask: Uint8Array,
	part: Part,
	kwargs: Pick<Kwargs<"decode_binary_watershed">, "threshold" | "connectivity" | "min_seed_size" | "min_size">,
): Uint32Array<ArrayBuffer> {
	const values = valuesOf(input, channel, part);
	const seeds = seedsOf(seedMask, part.shape, kwargs.connectivity, kwargs.min_seed_size);
	return dropSmall(grow(values, seeds, part.shape, threshold(values, kwargs.threshold)), kwargs.min_size);
}
