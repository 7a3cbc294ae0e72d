/**
 * Steps from channels to channels: which are taken, and clean-up of masks before objects are made.
 *
 * @module
 */
import { z } from "zod";
import { field } from "../schema/field.ts";
import { channels, sectionwise, threshold } from "./kwargs.ts";
import type { StepSpec } from "./spec.ts";

const FROM_CHANNELS = { takes: ["channels"], gives: "channels" } as const;

const extent = z.int().min(1);

const iterations = (aka: string) =>
	field(z.int().min(1), 1, {
		text: "How often: each time by the nearest neighbours (4 in a section, 6 in a volume).",
		expects: "a whole number of 1 or more",
		aka: [aka],
	});

const above = () => threshold(0.5, "Values above it are the mask.", ["thres", "foreground_threshold"]);

const morphology = (aka: string) =>
	z.strictObject({ iterations: iterations(aka), threshold: above(), sectionwise: sectionwise() });

/** Steps that give channels, by name. */
export const CHANNEL_STEPS = {
	select_channels: {
		...FROM_CHANNELS,
		text: "Takes some of the channels, in the order given.",
		kwargs: z.strictObject({ channels: channels(null, "Which; null takes all.") }),
	},
	channel_gate: {
		...FROM_CHANNELS,
		text: "Multiplies channels by one other.",
		kwargs: z.strictObject({
			signal_channels: channels(null, "Which are multiplied, and given in this order; null takes all."),
			gate_channel: field(z.int(), 0, { text: "By which.", expects: "a channel such as 0" }),
		}),
	},
	threshold: {
		...FROM_CHANNELS,
		text: "Every channel becomes a mask of 0 and 1.",
		kwargs: z.strictObject({ threshold: above() }),
		aka: ["decode_binary_thresholding", "binary_thresholding"],
		inert: {
			threshold_range: {
				allowed: z.never(),
				text: "give its first number as threshold",
			},
		},
	},
	median: {
		...FROM_CHANNELS,
		text: "Every channel becomes a mask, then each voxel is what most voxels around it are (`scipy.ndimage.median_filter`, edges reflected).",
		kwargs: z.strictObject({
			size: field(z.union([extent, z.array(extent).min(2).max(3)]), 3, {
				text: "Extents of what is looked at: one number, or [y, x] or [z, y, x].",
				expects: "a whole number of 1 or more, or two or three of them",
				aka: ["median_filter_size"],
			}),
			threshold: above(),
			sectionwise: sectionwise(),
		}),
		aka: ["binarize_and_median", "median_filter"],
	},
	opening: {
		...FROM_CHANNELS,
		text: "Every channel becomes a mask, then what is thin goes (`scipy.ndimage.binary_opening`).",
		kwargs: morphology("opening_iterations"),
		aka: ["binary_opening"],
	},
	closing: {
		...FROM_CHANNELS,
		text: "Every channel becomes a mask, then gaps are closed (`scipy.ndimage.binary_closing`).",
		kwargs: morphology("closing_iterations"),
		aka: ["binary_closing"],
	},
	fill_holes: {
		...FROM_CHANNELS,
		text: "Every channel becomes a mask, then background that an object encloses is filled (`scipy.ndimage.binary_fill_holes`).",
		kwargs: z.strictObject({ threshold: above(), sectionwise: sectionwise() }),
		aka: ["binary_fill_holes"],
	},
} as const satisfies Readonly<Record<string, StepSpec>>;
