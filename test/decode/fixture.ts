/**
 * Decoding cases that Python's libraries made (`test/fixtures/decode`).
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type Zyx, zyx } from "../../src/core/shape.ts";
import type { DecodeInput } from "../../src/decode/decode-array.ts";

const schema = z.object({
	inputs: z.record(
		z.string(),
		z.object({
			shape: z.array(z.number()),
			channels: z.number(),
			spacing: z.array(z.number()),
			values: z.string(),
		}),
	),
	cases: z.array(
		z.object({
			input: z.string(),
			steps: z.array(z.object({ name: z.string(), kwargs: z.record(z.string(), z.unknown()) })),
			sectionwise: z.boolean(),
			labels: z.string(),
			count: z.number(),
		}),
	),
});

const path = join(import.meta.dirname, "..", "fixtures", "decode", "cases.json");
const { inputs, cases } = schema.parse(JSON.parse(readFileSync(path, "utf8")));

/** The cases. */
export const DECODE_CASES = cases;

/** The values of an input, and its spacing. */
export function decodeInput(name: string): DecodeInput & { readonly spacing: Zyx } {
	const found = inputs[name];
	if (found === undefined) throw new Error(`no input ${name}`);
	const bytes = Uint8Array.from(Buffer.from(found.values, "base64"));
	return {
		data: new Float32Array(bytes.buffer),
		channels: found.channels,
		shape: zyx(found.shape),
		spacing: zyx(found.spacing),
	};
}

/** The ids that are expected. */
export function expectedLabels(labels: string): Uint32Array {
	return Uint32Array.from(Buffer.from(labels, "base64"));
}
