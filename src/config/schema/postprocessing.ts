/**
 * Section `inference.postprocessing`: from the selected channel to what is stored.
 *
 * @module
 */
import { z } from "zod";
import { STEP_NAMES } from "../decoding/catalogue.ts";
import { readDecoding } from "../decoding/decoding.ts";
import { field } from "./field.ts";
import { count } from "./values.ts";

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

const kwargs = { type: "object" };
const enabled = { type: "boolean" };
const stepName = { enum: [...STEP_NAMES.keys()] };
const steps = {
	type: "array",
	items: {
		type: "object",
		properties: { name: stepName, kwargs, enabled },
		required: ["name"],
		additionalProperties: false,
	},
};
const inputs = { type: "array", items: { type: "string" } };
const nodes = {
	type: "array",
	items: {
		type: "object",
		properties: { name: { type: "string" }, op: stepName, inputs, kwargs, enabled },
		required: ["name", "op"],
		additionalProperties: false,
	},
};
const graph = {
	type: "object",
	properties: { nodes, output: { type: "string" } },
	required: ["nodes"],
	additionalProperties: false,
};

/** Kept as written; what each step may be is told by the reader of steps. */
const decoding = z
	.union([z.array(z.unknown()), z.record(z.string(), z.unknown())])
	.superRefine((written, context) => {
		for (const { path, text } of readDecoding(written).problems) {
			context.addIssue({ code: "custom", message: text, path: [...path], params: { own: "whole" } });
		}
	})
	.meta({ anyOf: [steps, { type: "object", properties: { steps, graph }, additionalProperties: false }] });

/** From the selected channel to what is stored. */
export const postprocessingSchema = z
	.strictObject({
		binary: binarySchema,
		decoding: field(decoding, [], {
			text: "Steps that make objects, in order: `{name: decode_binary_watershed, kwargs: {min_seed_size: 50}}`; or a graph of them. What is stored then are ids, each object's own number. Steps and kwargs: [decoding.md](decoding.md).",
			expects: "a list of {name: ..., kwargs: {...}}, or {graph: {nodes: [{name, op, inputs, kwargs}], output}}",
			changesResult: true,
			example: "[{name: decode_connected_components, kwargs: {threshold: 0.5, min_size: 100}}]",
		}),
		instance_dtype: field(z.literal(["auto", "uint16", "uint32", "uint64"]), "auto", {
			text: "Element type of the ids that decoding makes; `auto` is uint16 or uint32 by their number in memory, uint32 where a volume is streamed. More objects than a type numbers are an error.",
			expects: "auto, uint16, uint32 or uint64",
			changesResult: true,
			isText: true,
		}),
		object_table: field(z.literal(["csv", "parquet"]).nullable(), null, {
			text: "Also a row an object, in `NAME_objects.csv` or `.parquet` beside the output `NAME`: voxels, volume, box, centroid, mean probability. Columns: [objects.md](objects.md).",
			expects: "csv or parquet, or null",
			shown: "none",
			isText: true,
			example: "csv",
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
