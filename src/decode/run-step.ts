/**
 * Runs one step on what it takes.
 *
 * @module
 */
import type { DecodeStep } from "../config/decoding/catalogue.ts";
import { assertNever } from "../core/errors.ts";
import { affinityComponents } from "./affinity.ts";
import { channelsOf, gateChannels, selectChannels } from "./channels.ts";
import { binaryWatershed, connectedComponents, contourWatershed, seededWatershed } from "./decoders.ts";
import { contourDistance, distanceWatershed } from "./distance-decoders.ts";
import { masked, maskStepOf, ownSections } from "./masks.ts";
import { mutexObjects } from "./mutex.ts";
import { keepLargestObjects, maskObjects, relabel, removeLarge, removeSmall } from "./object-steps.ts";
import { sectionStitch } from "./section-stitch.ts";
import {
	type Channels,
	channelsIn,
	type DecodeContext,
	type Objects,
	objectsIn,
	type Value,
	within,
} from "./values.ts";
import { naiveWaterz, waterz } from "./waterz.ts";

/** Runs `step`. `inputs` are as the step takes them, which reading the steps has made sure of. @throws CONFIG where channels are missing */
export function runStep(step: DecodeStep, inputs: readonly Value[], context: DecodeContext): Value {
	switch (step.name) {
		case "select_channels":
		case "channel_gate":
		case "threshold":
		case "median":
		case "opening":
		case "closing":
		case "fill_holes":
			return runOnChannels(step, channelsIn(inputs), context);
		case "decode_seeded_watershed":
			return seededWatershed(channelsIn(inputs), objectsIn(inputs), step.kwargs, context);
		case "section_stitch":
			return sectionStitch(objectsIn(inputs), step.kwargs);
		case "relabel":
			return relabel(objectsIn(inputs), step.kwargs);
		case "remove_small":
			return removeSmall(objectsIn(inputs), step.kwargs);
		case "remove_large":
			return removeLarge(objectsIn(inputs), step.kwargs);
		case "keep_largest":
			return keepLargestObjects(objectsIn(inputs), step.kwargs);
		case "mask_objects":
			return maskObjects(objectsIn(inputs), channelsIn(inputs), step.kwargs);
		default:
			return runDecoder(step, channelsIn(inputs), context);
	}
}

type Of<Name extends DecodeStep["name"]> = Extract<DecodeStep, { readonly name: Name }>;

function runOnChannels(
	step: Of<"select_channels" | "channel_gate" | "threshold" | "median" | "opening" | "closing" | "fill_holes">,
	input: Channels,
	context: DecodeContext,
): Channels {
	switch (step.name) {
		case "select_channels":
			return selectChannels(input, channelsOf(step.kwargs.channels, input.channels, "channels"));
		case "channel_gate": {
			const list = channelsOf(step.kwargs.signal_channels, input.channels, "signal_channels");
			const [gate = 0] = channelsOf(step.kwargs.gate_channel, input.channels, "gate_channel");
			return gateChannels(input, list, gate);
		}
		case "threshold":
		case "median":
		case "opening":
		case "closing":
		case "fill_holes":
			return masked(input, step.kwargs.threshold, within(context, ownSections(step)), maskStepOf(step));
		default:
			return assertNever(step);
	}
}

function runDecoder(
	step: Of<
		| "decode_connected_components"
		| "decode_binary_watershed"
		| "decode_binary_contour_watershed"
		| "decode_distance_watershed"
		| "decode_instance_binary_contour_distance"
		| "decode_affinity_cc"
		| "decode_mutex_watershed"
		| "decode_waterz"
		| "naive_waterz"
	>,
	input: Channels,
	context: DecodeContext,
): Objects {
	switch (step.name) {
		case "decode_connected_components":
			return connectedComponents(input, step.kwargs, context);
		case "decode_binary_watershed":
			return binaryWatershed(input, step.kwargs, context);
		case "decode_binary_contour_watershed":
			return contourWatershed(input, step.kwargs, context);
		case "decode_distance_watershed":
			return distanceWatershed(input, step.kwargs, context);
		case "decode_instance_binary_contour_distance":
			return contourDistance(input, step.kwargs, context);
		case "decode_affinity_cc":
			return affinityComponents(input, step.kwargs, context);
		case "decode_mutex_watershed":
			return mutexObjects(input, step.kwargs, context);
		case "decode_waterz":
			return waterz(input, step.kwargs, context);
		case "naive_waterz":
			return naiveWaterz(input, step.kwargs, context);
		default:
			return assertNever(step);
	}
}
