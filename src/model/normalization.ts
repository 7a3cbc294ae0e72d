/**
 * Normalisation schemes of a configuration, one a channel.
 *
 * @module
 */
import { z } from "zod";
import { NnvolError } from "../core/errors.ts";
import { baseName, checkShape } from "./json.ts";
import type { Configuration, Plans } from "./plans.ts";
import type { Normalization } from "./spec.ts";

const intensities = z.looseObject({
	mean: z.number(),
	std: z.number().nonnegative(),
	percentile_00_5: z.number(),
	percentile_99_5: z.number(),
});

/** Schemes of the first `channels` channels. @throws MODEL where a name is unknown or CT's intensities are missing */
export function parseNormalization(plans: Plans, configuration: Configuration, channels: number): Normalization[] {
	const names = configuration.normalization_schemes;
	if (names.length < channels) {
		throw new NnvolError(
			"MODEL",
			`${plans.path}: normalization_schemes has ${names.length} entries for ${channels} channels`,
		);
	}
	return names.slice(0, channels).map((name, channel) => scheme(plans, configuration, name, channel));
}

function scheme(plans: Plans, configuration: Configuration, name: string, channel: number): Normalization {
	switch (baseName(name)) {
		case "ZScoreNormalization":
			return { kind: "zscore", useMask: configuration.use_mask_for_norm?.[channel] ?? false };
		case "CTNormalization":
			return ct(plans, channel);
		case "NoNormalization":
			return { kind: "none" };
		case "RescaleTo01Normalization":
			return { kind: "rescale01" };
		case "RGBTo01Normalization":
			return { kind: "rgb01" };
		default:
			throw new NnvolError(
				"MODEL",
				`${plans.path}: unknown normalisation "${name}"; supported are ZScoreNormalization, CTNormalization, NoNormalization, ` +
					"RescaleTo01Normalization and RGBTo01Normalization",
			);
	}
}

function ct(plans: Plans, channel: number): Normalization {
	const all = plans.foreground_intensity_properties_per_channel ?? plans.foreground_intensity_properties_by_modality;
	const at = `${plans.path}, foreground_intensity_properties_per_channel of channel ${channel} (CTNormalization needs it)`;
	const found = checkShape(intensities, all?.[String(channel)], at);
	return { kind: "ct", mean: found.mean, std: found.std, lower: found.percentile_00_5, upper: found.percentile_99_5 };
}
