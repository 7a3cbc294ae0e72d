/**
 * Section `inference.postprocessing`: from the selected channel to what is stored.
 *
 * @module
 */
import { z } from "zod";
import { field } from "./field.ts";
import { count, text } from "./values.ts";

/** Element types that can be asked for. */
const STORED = ["uint8", "uint16", "uint32", "int8", "int16", "int32", "float32"] as const;

const binarySchema = z
	.strictObject({
		enabled: field(z.boolean(), false, {
			text: "Turn the selected channel into 0 and 1, stored as uint8.",
			expects: "true or false",
			changesResult: true,
		}),
		threshold: field(z.number(), 0.5, {
			text: "Values above it are 1.",
			expects: "a number",
			changesResult: true,
		}),
		remove_small_objects: field(count, 0, {
			text: "Objects of fewer voxels than this go; 0 keeps all.",
			expects: "a whole number of voxels, 0 or more",
			changesResult: true,
		}),
		fill_holes: field(z.boolean(), false, {
			text: "Fill background that an object encloses.",
			expects: "true or false",
			changesResult: true,
		}),
	})
	.prefault({})
	.describe("From the selected channel to a mask.");

const step = z.strictObject({ name: text, kwargs: z.record(z.string(), z.unknown()).default({}) });

/** From the selected channel to what is stored. */
export const postprocessingSchema = z
	.strictObject({
		binary: binarySchema,
		decoding: field(z.array(step), [], {
			text: "Steps that make objects, in order: `{name: decode_binary_watershed, kwargs: {min_seed_size: 50}}`. Not built yet: naming one is an error.",
			expects: "a list of {name: ..., kwargs: {...}}",
			changesResult: true,
		}),
		intensity_scale: field(z.number().positive().nullable(), null, {
			text: "Multiply the values by this before they are stored.",
			expects: "a number above 0, or null to leave the values as they are",
			shown: "none",
			changesResult: true,
			example: "255",
		}),
		intensity_dtype: field(z.literal(STORED).nullable(), null, {
			text: "Element type of the output; whole numbers are rounded half to even and clamped to the type's range.",
			expects: `one of ${STORED.join(", ")}, or null`,
			shown: "none",
			changesResult: true,
			isText: true,
			example: "uint8",
		}),
	})
	.prefault({})
	.describe("From the selected channel to what is stored.");
