/**
 * Section `score`: how `test` compares predictions with labels.
 *
 * @module
 */
import { z } from "zod";
import { field } from "./field.ts";

/** What ids can be. The scores' own names (score/compare.ts), which this folder may not import. */
const COMPARE = ["auto", "classes", "foreground", "instances"] as const;

/** How `test` compares predictions with labels. */
export const scoreSchema = z
	.strictObject({
		compare: field(z.literal(COMPARE), "auto", {
			text: "What ids are: `classes`; `foreground` (everything but 0); `instances` (objects, whose numbers need not agree). `auto` decides by what is predicted and by element types ([scores](scores.md#what-is-compared)).",
			expects: `one of ${COMPARE.join(", ")}`,
			isText: true,
		}),
		components: field(z.array(z.literal(["label", "prediction"])), [], {
			text: "Sides whose masks' connected components are taken as objects.",
			expects: "a list of label and prediction",
			example: "[label]",
		}),
		connectivity: field(z.literal([1, 2, 3]), 1, {
			text: "Neighbours of `components`: 1 faces, 2 faces and edges, 3 faces, edges and corners.",
			expects: "1, 2 or 3",
		}),
		ignore: field(z.array(z.int()), [], {
			text: "Voxels with these true labels do not count.",
			expects: "a list of labels",
			example: "[255]",
		}),
		thresholds: field(z.array(z.number().gt(0).max(1)).min(1).nullable(), null, {
			text: "Overlaps (IoU) from which on an object is found.",
			expects: "a list of numbers above 0 and up to 1, or null",
			shown: "0.5, 0.55, ... 0.95",
			example: "[0.5, 0.75]",
		}),
	})
	.prefault({})
	.describe("How `test` compares predictions with labels.");
