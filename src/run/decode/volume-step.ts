/**
 * Runs one step of a decoding over a volume that does not fit into memory. `decode/run-step.ts` is its law.
 *
 * @module
 */
import type { DecodeStep } from "../../config/decoding/catalogue.ts";
import { assertNever } from "../../core/errors.ts";
import { channelsOf } from "../../decode/channels.ts";
import type { Kwargs } from "../../decode/step.ts";
import { channelsIn, objectsIn } from "../../decode/values.ts";
import { type FilterStep, wholeFilter } from "../../decode/volume/step-filter.ts";
import { needsWhole } from "../../decode/volume/whole-steps.ts";
import { runAffinityComponents } from "./affinity-step.ts";
import { runPlainDecoder, runSeededWatershed } from "./decoder-steps.ts";
import { contourDistanceStep, distanceWatershedStep } from "./distance-steps.ts";
import { runPartFilter } from "./filter-step.ts";
import { runMaskStep } from "./mask-steps.ts";
import { filterObjects, runMaskObjects, runRelabel, runStitch } from "./object-steps.ts";
import type { ChannelsValue, StepContext, VolumeValue } from "./volume-values.ts";

/** Runs `step`. `inputs` are as the step takes them. @throws CONFIG where channels are missing; RUN, VOLUME, CANCELLED */
export async function runVolumeStep(
	context: StepContext,
	step: DecodeStep,
	inputs: readonly VolumeValue[],
): Promise<VolumeValue> {
	switch (step.name) {
		case "select_channels":
			return chosen(channelsIn(inputs), step.kwargs);
		case "channel_gate":
		case "threshold":
		case "median":
		case "opening":
		case "closing":
		case "fill_holes":
			return runMaskStep(context, step, inputs);
		case "decode_connected_components":
		case "decode_binary_watershed":
		case "decode_binary_contour_watershed":
			return runPlainDecoder(context, step, inputs);
		case "decode_seeded_watershed":
			return runSeededWatershed(context, step.kwargs, inputs);
		case "decode_affinity_cc":
			return runAffinityComponents(context, step, inputs);
		case "section_stitch":
			return runStitch(context, step.kwargs, inputs);
		case "relabel":
			return runRelabel(context, step.kwargs, inputs);
		case "mask_objects":
			return runMaskObjects(context, step.kwargs, inputs);
		case "remove_small":
		case "remove_large":
		case "keep_largest":
			return runFilter(context, step, inputs);
		case "decode_distance_watershed":
			return distanceWatershedStep(context, step.kwargs, channelsIn(inputs));
		case "decode_instance_binary_contour_distance":
			return contourDistanceStep(context, step.kwargs, channelsIn(inputs));
		case "decode_mutex_watershed":
		case "decode_waterz":
		case "naive_waterz":
			throw needsWhole(step);
		default:
			return assertNever(step);
	}
}

function chosen(input: ChannelsValue, { channels }: Kwargs<"select_channels">): ChannelsValue {
	const list = channelsOf(channels, input.channels.length, "channels");
	return { ...input, channels: list.map((n) => input.channels[n] ?? 0) };
}

async function runFilter(context: StepContext, step: FilterStep, inputs: readonly VolumeValue[]): Promise<VolumeValue> {
	const filter = wholeFilter(step);
	return filter === undefined ? runPartFilter(context, step, inputs) : filterObjects(objectsIn(inputs), filter);
}
