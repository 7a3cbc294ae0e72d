/**
 * Steps from objects to objects: joined over sections, told apart, taken away.
 *
 * @module
 */
import { z } from "zod";
import { field } from "../schema/field.ts";
import { count } from "../schema/values.ts";
import { channel, connectivity, perSection, threshold } from "./kwargs.ts";
import type { StepSpec } from "./spec.ts";

const FROM_OBJECTS = { takes: ["objects"], gives: "objects" } as const;

const voxels = (fallback: number, text: string, aka: readonly string[]) =>
	field(count, fallback, { text, expects: "a whole number of voxels, 0 or more", aka });

/** Steps that change objects, by name. */
export const OBJECT_STEPS = {
	section_stitch: {
		...FROM_OBJECTS,
		text: "Objects of neighbouring sections that overlap become one.",
		kwargs: z.strictObject({
			threshold: field(z.number().min(0).max(1), 0.25, {
				text: "How much two must overlap, at least.",
				expects: "a number from 0 to 1",
				aka: ["stitch_threshold"],
			}),
			measure: field(z.literal(["iou", "smaller"]), "iou", {
				text: "The overlap as a share of both together (iou), or of the smaller of the two.",
				expects: "iou or smaller",
				isText: true,
			}),
			join: field(z.literal(["best", "all"]), "best", {
				text: "best: each object goes on in one object of the next section, the one that fits best; all: in every one, so that branches are one object.",
				expects: "best or all",
				isText: true,
			}),
		}),
		aka: ["stitch_3d"],
	},
	relabel: {
		...FROM_OBJECTS,
		text: "Pieces of an object that do not touch become objects of their own.",
		kwargs: z.strictObject({
			connectivity: connectivity(6),
			min_size: voxels(0, "Objects of fewer voxels go; 0 keeps all.", []),
			sectionwise: perSection(),
		}),
		aka: ["instance_cc3d"],
	},
	remove_small: {
		...FROM_OBJECTS,
		text: "Objects of fewer voxels become background, or part of the neighbour they touch most.",
		kwargs: z.strictObject({
			min_size: voxels(128, "Objects of fewer voxels go.", ["thres_small", "min_instance_size"]),
			mode: field(z.literal(["background", "background_2d", "neighbor", "neighbor_2d", "none"]), "background", {
				text: "What becomes of them: background or neighbor; with _2d every section of an object counts by itself.",
				expects: "background, neighbor, background_2d, neighbor_2d or none",
				isText: true,
			}),
			sectionwise: perSection(),
		}),
		aka: ["remove_small_instances", "remove_small_objects"],
	},
	remove_large: {
		...FROM_OBJECTS,
		text: "Objects of more voxels become background.",
		kwargs: z.strictObject({
			max_size: voxels(2000, "Objects of more voxels go.", []),
			sectionwise: perSection(),
		}),
		aka: ["remove_large_instances"],
	},
	keep_largest: {
		...FROM_OBJECTS,
		text: "All but the largest objects become background; of equally large ones the first stays.",
		kwargs: z.strictObject({
			count: field(z.int().min(1), 1, {
				text: "How many stay.",
				expects: "a whole number of 1 or more",
				aka: ["top_k"],
			}),
			sectionwise: perSection(),
		}),
	},
	mask_objects: {
		takes: ["objects", "channels"],
		gives: "objects",
		text: "Takes voxels away from objects where a channel is not above a threshold.",
		kwargs: z.strictObject({
			channel: channel(),
			threshold: threshold(0.5, "Voxels above it stay.", ["foreground_threshold"]),
		}),
	},
} as const satisfies Readonly<Record<string, StepSpec>>;
