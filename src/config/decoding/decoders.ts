/**
 * Steps from channels to objects. Names, kwargs and defaults of PyTorch Connectomics mean here what they mean there.
 *
 * @module
 */
import { z } from "zod";
import { field } from "../schema/field.ts";
import { count } from "../schema/values.ts";
import { channel, channels, connectivity, minSeedSize, minSize, pair, sectionwise, threshold } from "./kwargs.ts";
import type { Inert, StepSpec } from "./spec.ts";

const DECODES = { takes: ["channels"], gives: "objects" } as const;

const ones = z.union([z.literal(1), z.array(z.literal(1))]);

/** Kwargs of PyTorch Connectomics that have one value only here. */
const INERT: Readonly<Record<string, Inert>> = {
	scale_factors: { allowed: ones, text: "results are not resized" },
	remove_small_mode: {
		allowed: z.literal(["background", "none"]),
		text: "small objects become background; remove_small has the other modes",
	},
	return_seed: { allowed: z.literal(false), text: "seeds are not returned; decode_connected_components gives them" },
	precomputed_seed: { allowed: z.null(), text: "a graph gives seeds to decode_seeded_watershed" },
	prediction_scale: { allowed: z.number(), text: "values are what the network gives, 0 to 1" },
};

const above = (fallback = 0.5) =>
	threshold(fallback, "Voxels above it are objects.", ["foreground_threshold", "thres"]);

const seedsAbove = () => threshold(0.9, "Voxels above it are seeds.");

const spacing = () =>
	field(z.array(z.number().positive()).min(2).max(3).nullable(), null, {
		text: "Extents of a voxel for distances, [z, y, x] or [y, x]; null: the volume's, in units of its finest axis.",
		expects: "two or three numbers above 0, or null",
		shown: "the volume's",
		aka: ["edt_anisotropy"],
	});

const border = () =>
	field(z.literal(["background", "ignored"]), "background", {
		text: "What lies outside of the volume: background, or nothing that distances are measured to.",
		expects: "background or ignored",
		isText: true,
	});

/** Steps that make objects, by name. */
export const DECODERS = {
	decode_connected_components: {
		...DECODES,
		text: "Voxels above a threshold that touch are one object.",
		kwargs: z.strictObject({
			channel: channel(),
			threshold: above(),
			min_size: minSize(0),
			connectivity: connectivity(26),
			sectionwise: sectionwise(),
		}),
		aka: ["decode_binary_cc", "binary_connected"],
		inert: INERT,
	},
	decode_binary_watershed: {
		...DECODES,
		text: "Objects grow from seeds, parts of high values, downhill over the values, as far as the foreground goes.",
		kwargs: z.strictObject({
			channel: channel(),
			threshold: above(),
			seed_threshold: seedsAbove(),
			min_seed_size: minSeedSize(32),
			min_size: minSize(0),
			connectivity: connectivity(26),
			sectionwise: sectionwise(),
		}),
		aka: ["binary_watershed"],
		inert: INERT,
	},
	decode_binary_contour_watershed: {
		...DECODES,
		text: "As decode_binary_watershed, with a second channel of outlines: seeds are where it is low.",
		kwargs: z.strictObject({
			channel: channel(["binary_channel"]),
			contour_channel: field(count, 1, { text: "The channel of outlines.", expects: "a whole number of 0 or more" }),
			threshold: above(),
			seed_threshold: seedsAbove(),
			contour_threshold: threshold(0.8, "Voxels below it in the channel of outlines can be seeds."),
			min_seed_size: minSeedSize(32),
			min_size: minSize(0),
			connectivity: connectivity(26),
			sectionwise: sectionwise(),
		}),
		aka: ["bc_watershed"],
		inert: INERT,
	},
	decode_distance_watershed: {
		...DECODES,
		text: "Objects grow from seeds downhill over the exact distance to the background, so that touching round objects part at their necks.",
		kwargs: z.strictObject({
			distance_channels: channels([0], "The channel that holds the objects; several are averaged."),
			threshold: above(),
			seed_distance: threshold(2, "Voxels farther than this from the background are seeds."),
			distance_threshold: field(z.tuple([z.number(), z.number()]).nullable(), null, {
				text: "In place of threshold and seed_distance: seeds and foreground are where the values (a predicted distance) are above these.",
				expects: "two numbers: [seeds, foreground], or null",
				shown: "none",
			}),
			spacing: spacing(),
			border: border(),
			min_seed_size: minSeedSize(0),
			min_size: minSize(0),
			connectivity: connectivity(26),
			sectionwise: sectionwise(),
		}),
		inert: {
			...INERT,
			use_fast_edt: { allowed: z.boolean(), text: "distances are exact either way" },
			edt_parallel: { allowed: z.int(), text: "distances are exact either way" },
			edt_downsample_factor: { allowed: z.literal(1), text: "distances are exact" },
		},
	},
	decode_instance_binary_contour_distance: {
		...DECODES,
		text: "Foreground and seeds are where binary values are above, outlines below and distances above their thresholds; objects grow downhill over the distance.",
		kwargs: z.strictObject({
			mode: field(z.literal(["watershed", "cc"]), "watershed", {
				text: "cc: connected components of the foreground, without seeds.",
				expects: "watershed or cc",
				isText: true,
			}),
			binary_channels: channels([0], "Foreground."),
			contour_channels: channels([1], "Outlines; null uses none."),
			distance_channels: channels([2], "Distance; null uses the distance to the edge of the foreground."),
			binary_channel_reduction: field(z.literal(["mean", "min", "max"]), "mean", {
				text: "How several binary channels become one.",
				expects: "mean, min or max",
				isText: true,
			}),
			binary_threshold: pair(0.9, 0.85, "Binary values above them."),
			contour_threshold: field(z.tuple([z.number(), z.number()]).nullable(), [0.8, 1.1], {
				text: "Outlines below them; null uses none.",
				expects: "two numbers: [seeds, foreground], or null",
			}),
			distance_threshold: pair(0.5, 0, "Distances above them."),
			min_seed_size: minSeedSize(32),
			min_size: minSize(0),
			sectionwise: sectionwise(),
		}),
		aka: ["decode_binary_contour_distance_watershed", "bcd_watershed"],
		inert: INERT,
	},
	decode_affinity_cc: {
		...DECODES,
		text: "Voxels whose affinity is above a threshold are one object. Channels are the axes z, y, x (y, x in sections).",
		kwargs: z.strictObject({
			threshold: above(),
			backend: field(z.literal(["cc3d", "graph", "numba", "numba_serial", "cupy", "auto"]), "cc3d", {
				text: "graph (numba, numba_serial, cupy, auto mean the same): affinities join two neighbours. cc3d: voxels with any affinity above the threshold are joined by all neighbours, as PyTorch Connectomics does by default.",
				expects: "graph or cc3d (or numba, numba_serial, cupy, auto)",
				isText: true,
			}),
			affinity_channels: channels(null, "The channels of the axes, in order; null: the first."),
			edge_offset: field(z.literal([0, 1]), 0, {
				text: "0: a voxel holds its affinity to the next; 1: to the one before.",
				expects: "0 or 1",
			}),
			orphan_fill: field(z.boolean(), false, {
				text: "Voxels without an object that have any affinity above 0 become objects as well.",
				expects: "true or false",
			}),
			min_size: minSize(0),
			sectionwise: sectionwise(),
		}),
		inert: INERT,
	},
	decode_seeded_watershed: {
		takes: ["channels", "objects"],
		gives: "objects",
		text: "Objects grow from those of the step before, as seeds, downhill over the values of a channel, as far as the foreground goes.",
		kwargs: z.strictObject({
			channel: channel(),
			threshold: above(),
			min_size: minSize(0),
			sectionwise: sectionwise(),
		}),
	},
} as const satisfies Readonly<Record<string, StepSpec>>;
