/**
 * Runs one step of a decoding over a volume that does not fit into memory. `decode/run-step.ts` is its law.
 *
 * @module
 */
import type { DecodeStep } from "../../config/decoding/catalogue.ts";
import { NnvolError } from "../../core/errors.ts";
import { channelsOf } from "../../decode/channels.ts";
import { channelsIn, type StepContext, type VolumeValue } from "./volume-values.ts";

/** Runs `step`. `inputs` are as the step takes them. @throws UNBUILT where it needs the whole volume; RUN, VOLUME, CANCELLED */
export async function runVolumeStep(
	_context: StepContext,
	step: DecodeStep,
	inputs: readonly VolumeValue[],
): Promise<VolumeValue> {
	switch (step.name) {
		case "select_channels": {
			const input = channelsIn(inputs);
			const list = channelsOf(step.kwargs.channels, input.channels.length, "channels");
			return { ...input, channels: list.map((n) => input.channels[n] ?? 0) };
		}
		default:
			throw new NnvolError("UNBUILT", `decoding: ${step.name} is not built for volumes that do not fit the memory`);
	}
}
