/**
 * Small images and what nnU-Net's reader classes made of them (see `../fixtures/readers/README.md`).
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import { viewAs } from "../../src/core/dtype.ts";

const numbers = z.array(z.number());
const place = z.object({ spacing: numbers, origin: numbers, direction: numbers });

const Case = z.object({
	name: z.string(),
	reader: z.string(),
	ending: z.string(),
	files: z.record(z.string(), z.string()),
	shape: numbers,
	values: z.string(),
	spacing: numbers,
	labels: z.string(),
	sitk: z.object({ ...place.shape, original_orientation: z.string().optional() }).optional(),
	nibabel: z.object({ original_affine: numbers, reoriented_affine: numbers.optional() }).optional(),
	written: z
		.object({
			geometry: place.optional(),
			affine: numbers.optional(),
			header: z.string().optional(),
			spacingFile: numbers.optional(),
			dtype: z.string(),
			shape: numbers,
			values: z.string(),
		})
		.nullable(),
});

/** One case: files, a class, what it read, labels, and what it wrote. */
export type ReaderCase = z.infer<typeof Case>;

/** All cases. */
export const READER_CASES: readonly ReaderCase[] = z
	.array(Case)
	.parse(JSON.parse(readFileSync(join(import.meta.dirname, "..", "fixtures", "readers", "cases.json"), "utf8")));

/** Writes the files of a case into `folder`; gives the paths of its images, in channel order. */
export function writeFiles(one: ReaderCase, folder: string): string[] {
	for (const [name, content] of Object.entries(one.files)) {
		writeFileSync(join(folder, name), gunzipSync(Buffer.from(content, "base64")));
	}
	return Object.keys(one.files)
		.filter((name) => name.endsWith(one.ending))
		.sort()
		.map((name) => join(folder, name));
}

/** Numbers kept as base64. */
export function decoded<D extends "float32" | "uint16">(dtype: D, text: string) {
	return viewAs(dtype, new Uint8Array(Buffer.from(text, "base64")));
}
