/**
 * Reads foreign JSON: damaged, missing and unexpected files each get their own error.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import type { z } from "zod";
import { errorText, NnvolError } from "../core/errors.ts";

/** Python writes these where JSON has nothing; outside of texts they are read as null. */
const PYTHON_NUMBERS = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;

/**
 * The value in the JSON file `path`. `what` names its role ("plans") in errors.
 * @throws MODEL where the file is missing, unreadable or no JSON
 */
export async function readJson(path: string, what: string): Promise<unknown> {
	let text: string;
	try {
		text = await readFile(path, "utf8");
	} catch (error) {
		throw new NnvolError("MODEL", `${what} file ${path} cannot be read: ${errorText(error)}`, {
			cause: error,
			fields: { path },
		});
	}
	try {
		return JSON.parse(
			text.replace(/^\uFEFF/, "").replace(PYTHON_NUMBERS, (token) => (token.startsWith('"') ? token : "null")),
		);
	} catch (error) {
		const found = text.trim() === "" ? "an empty file" : errorText(error);
		throw new NnvolError(
			"MODEL",
			`${what} file ${path} is not valid JSON (${found}); copy it again from the trained model`,
			{
				cause: error,
				fields: { path },
			},
		);
	}
}

/** `value` as `schema` has it. `at` names the file, and the place in it, in errors. @throws MODEL naming the first wrong entries */
export function checkShape<T>(schema: z.ZodType<T>, value: unknown, at: string): T {
	const result = schema.safeParse(value);
	if (result.success) return result.data;
	const issues = result.error.issues
		.slice(0, 3)
		.map(({ path, message }) => `${path.join(".") || "the whole"}: ${message}`);
	const more = result.error.issues.length - issues.length;
	throw new NnvolError("MODEL", `${at}: ${issues.join("; ")}${more > 0 ? `; and ${more} more` : ""}`, {
		fields: { at },
	});
}

/** Last part of a dotted Python name: `torch.nn.modules.conv.Conv2d` is `Conv2d`. */
export function baseName(dotted: string): string {
	return dotted.slice(dotted.lastIndexOf(".") + 1);
}
