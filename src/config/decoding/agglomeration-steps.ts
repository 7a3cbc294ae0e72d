/**
 * Steps that make objects of affinities by joining fragments or voxels one by one. Names, kwargs and defaults of PyTorch
 * Connectomics mean here what they mean there.
 *
 * @module
 */
import { z } from "zod";
import { field } from "../schema/field.ts";
import { count } from "../schema/values.ts";
import { minSize, sectionwise, threshold } from "./kwargs.ts";
import type { StepSpec } from "./spec.ts";

const DECODES = { takes: ["channels"], gives: "objects" } as const;

const whole = z.int();

/** "z-y-x", or three numbers. */
const offset = z.union([z.string().regex(/^\d+-\d+-\d+$/), z.tuple([whole, whole, whole])]);

const yesNo = (fallback: boolean, text: string) => field(z.boolean(), fallback, { text, expects: "true or false" });

const size = (text: string) => field(count, 0, { text, expects: "a whole number of voxels, 0 or more" });

/** Steps of agglomeration, by name. */
export const AGGLOMERATION_STEPS = {
	decode_mutex_watershed: {
		...DECODES,
		text: "Edges of short range join voxels and those of long range keep them apart, the surest first (mutex watershed). Every channel holds the affinities of voxels to those that lie an offset away.",
		kwargs: z.strictObject({
			offsets: field(z.array(offset).min(2).nullable(), null, {
				text: 'Of each channel: [z, y, x], or "z-y-x". null: six channels, to the nearest and to the tenth voxel along z, y, x. Sections use those with z 0.',
				expects: 'a list of offsets such as [0, 1, 0] or "0-1-0", or null',
				shown: "none",
			}),
			num_attractive: field(z.int().min(1), 3, {
				text: "So many first channels join; the others keep apart.",
				expects: "a whole number of 1 or more",
			}),
			strides: field(z.tuple([whole.min(1), whole.min(1), whole.min(1)]).nullable(), null, {
				text: "Edges that keep apart are taken of every so many voxels along z, y, x only; null takes all.",
				expects: "three whole numbers of 1 or more, or null",
				shown: "none",
			}),
			invert_repulsive: yesNo(true, "Channels that keep apart hold affinities, high where two voxels are one object."),
			invert_attractive: yesNo(false, "Channels that join hold boundaries, high where two voxels are two objects."),
			threshold: field(z.number().nullable(), null, {
				text: "Voxels of no joining edge above it are background; null: every voxel belongs to an object.",
				expects: "a number, or null",
				shown: "none",
			}),
			min_size: minSize(0),
			sectionwise: sectionwise(),
		}),
		aka: ["mutex_watershed"],
		inert: {
			randomize_strides: { allowed: z.boolean(), text: "edges are taken on a fixed grid, so that results repeat" },
			mask: { allowed: z.null(), text: "threshold tells what is background" },
		},
	},
	decode_waterz: {
		...DECODES,
		text: "Fragments of a watershed on affinities, joined while the affinities between them are high (waterz). The first channels are the axes.",
		kwargs: z.strictObject({
			thresholds: field(z.union([z.number(), z.array(z.number()).min(1)]), 0.3, {
				text: "Fragments are joined whose score, 1 less the affinity that merge_function takes, is below it; of several the highest counts.",
				expects: "a number, or a list of them",
				aka: ["threshold"],
			}),
			merge_function: field(z.string().regex(/^(mean|affmean|mean_affinity|aff\d{1,2}_his\d{1,4})$/), "aff50_his256", {
				text: "mean: of all affinities between two. affQ_hisB: the Q-th percentile of the highest between each two first fragments, in B steps (0: exact).",
				expects: "mean, or such as aff50_his256, aff85_his256 or aff50_his0",
				isText: true,
			}),
			aff_threshold: field(z.tuple([z.number(), z.number()]), [0.0001, 0.9999], {
				text: "Of the watershed: voxels of no affinity above the first are background, those of one at the second or above are one fragment.",
				expects: "two numbers: [low, high]",
			}),
			channel_order: field(z.literal(["xyz", "zyx"]), "xyz", {
				text: "The axes of the first channels. In sections two channels do: xyz are x, y.",
				expects: "xyz or zyx",
				isText: true,
			}),
			edge_offset: field(z.literal([0, 1]), 1, {
				text: "0: a voxel holds its affinity to the next; 1: to the one before.",
				expects: "0 or 1",
			}),
			boundary_threshold: threshold(
				0,
				"Voxels whose affinities along y and x are below it in the mean become background; 0: none.",
			),
			dust_merge: yesNo(true, "false: the three below have no effect."),
			dust_merge_size: size("Objects of fewer voxels join the neighbour of the highest affinity; 0: none."),
			dust_merge_affinity: threshold(0, "Only where that is above it."),
			dust_remove_size: size("Objects of fewer voxels go after that, where dust_merge_size is not 0."),
			min_size: minSize(0),
			sectionwise: sectionwise(),
		}),
		aka: ["waterz"],
		inert: {
			use_aff_uint8: { allowed: z.boolean(), text: "values are taken as they are" },
			use_seg_uint32: { allowed: z.boolean(), text: "ids are uint32" },
			compute_fragments: { allowed: z.literal(false), text: "fragments are those of the watershed on affinities" },
			seed_method: { allowed: z.string(), text: "fragments are those of the watershed on affinities" },
			fragments: { allowed: z.null(), text: "fragments are those of the watershed on affinities" },
			return_all_thresholds: { allowed: z.literal(false), text: "the objects of one threshold are given" },
		},
	},
	naive_waterz: {
		...DECODES,
		text: "decode_waterz by PyTorch Connectomics' recipe for axons: channels z, y, x, thresholds 0.4, aff85_his256, aff_threshold [0.1, 0.9], boundary_threshold 0.80078125, dust of 1500, 0.1 and 600. The volume is one, not chunks of 80 sections.",
		kwargs: z.strictObject({ sectionwise: sectionwise() }),
	},
} as const satisfies Readonly<Record<string, StepSpec>>;
