/**
 * Every decoding step by name, and the names of other programs.
 *
 * @module
 */
import { z } from "zod";
import { AGGLOMERATION_STEPS } from "./agglomeration-steps.ts";
import { CHANNEL_STEPS } from "./channel-steps.ts";
import { DECODERS } from "./decoders.ts";
import { OBJECT_STEPS } from "./object-steps.ts";
import type { StepSpec } from "./spec.ts";

/** Every kind of step by its name. */
const STEPS = { ...CHANNEL_STEPS, ...DECODERS, ...AGGLOMERATION_STEPS, ...OBJECT_STEPS } as const;

/** Name and specification of every kind of step, in the order of the documentation. */
export const CATALOGUE: ReadonlyMap<string, StepSpec> = new Map<string, StepSpec>(Object.entries(STEPS));

/** Names that are accepted, to the step's own. */
export const STEP_NAMES: ReadonlyMap<string, string> = new Map(
	[...CATALOGUE].flatMap(([name, { aka = [] }]) => [name, ...aka].map((known) => [known, name] as const)),
);

/** Steps of PyTorch Connectomics that are not built, and what is there in their place. */
export const LATER_STEPS: ReadonlyMap<string, string> = new Map([
	["decode_abiss", "a program of its own; decode_waterz is there"],
	["decode_binary_contour_cc", "decode_binary_contour_watershed is there"],
	["polarity2instance", "synapses"],
	...["seg_2d", "branch_link", "branch_split", "branch_merge", "branch_extend"].map(
		(name) => [name, "tracking of axons; section_stitch is there"] as const,
	),
	["longrange_guided_split", "guided splits"],
	["segmentation_grow", "decode_seeded_watershed is there"],
	["segmentation_merge", "section_stitch is there"],
	["shape_smooth", "opening and closing are there"],
	["combine_split", "decode_seeded_watershed is there"],
]);

const named = <N extends string, K extends z.ZodObject>(name: N, { kwargs }: { readonly kwargs: K }) =>
	z.strictObject({ name: z.literal(name), kwargs: kwargs });

/** A step by its own name, with all its kwargs: those left out have their defaults. */
export const stepSchema = z.discriminatedUnion("name", [
	named("select_channels", STEPS.select_channels),
	named("channel_gate", STEPS.channel_gate),
	named("threshold", STEPS.threshold),
	named("median", STEPS.median),
	named("opening", STEPS.opening),
	named("closing", STEPS.closing),
	named("fill_holes", STEPS.fill_holes),
	named("decode_connected_components", STEPS.decode_connected_components),
	named("decode_binary_watershed", STEPS.decode_binary_watershed),
	named("decode_binary_contour_watershed", STEPS.decode_binary_contour_watershed),
	named("decode_distance_watershed", STEPS.decode_distance_watershed),
	named("decode_instance_binary_contour_distance", STEPS.decode_instance_binary_contour_distance),
	named("decode_affinity_cc", STEPS.decode_affinity_cc),
	named("decode_mutex_watershed", STEPS.decode_mutex_watershed),
	named("decode_waterz", STEPS.decode_waterz),
	named("naive_waterz", STEPS.naive_waterz),
	named("decode_seeded_watershed", STEPS.decode_seeded_watershed),
	named("section_stitch", STEPS.section_stitch),
	named("relabel", STEPS.relabel),
	named("remove_small", STEPS.remove_small),
	named("remove_large", STEPS.remove_large),
	named("keep_largest", STEPS.keep_largest),
	named("mask_objects", STEPS.mask_objects),
]);

/** One step: its name and all its kwargs. */
export type DecodeStep = Readonly<z.output<typeof stepSchema>>;
