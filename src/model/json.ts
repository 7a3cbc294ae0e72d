/**
 * Reads foreign JSON: damaged, missing and unexpected files each get their own error.
 *
 * @module
 */
import type { z } from "zod";
import { errorText, NnvolError } from "../core/errors.ts";
import { readTextFile } from "../core/text-file.ts";

/** Python writes these where JSON has nothing; outside of texts they are read as null. */
const PYTHON_NUMBERS = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;

/**
 * The value in the JSON file `path`. `what` names its role ("plans") in errors.
 * @throws MODEL where the file is missing, unreadable or no JSON
 */
export async function readJson(path: string, what: string): Promise<unknown> {
	return (await readOrderedJson(path, what)).value;
}

/** A value, and the order that its objects' keys have in the file. */
export type OrderedJson = {
	readonly value: unknown;
	/** Keys of the object under `key` of the outermost object; none where there is none. */
	readonly keysOf: (key: string) => readonly string[];
};

/** As `readJson`, for where the order of keys means something: JavaScript's objects have keys that are whole numbers first. */
export async function readOrderedJson(path: string, what: string): Promise<OrderedJson> {
	let text: string;
	try {
		text = await readTextFile(path);
	} catch (error) {
		throw new NnvolError("MODEL", `${what} file ${path} cannot be read: ${errorText(error)}`, {
			cause: error,
			fields: { path },
		});
	}
	try {
		const json = text
			.replace(/^\uFEFF/, "")
			.replace(PYTHON_NUMBERS, (token) => (token.startsWith('"') ? token : "null"));
		return { value: JSON.parse(json), keysOf: (key) => keysInOrder(json, key) };
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

/** The keys of an object in `json`, valid JSON: parsed with a letter before each key, so that none is a number. */
function keysInOrder(json: string, key: string): readonly string[] {
	const marked: unknown = JSON.parse(json.replace(/"((?:[^"\\]|\\.)*)"(?=\s*:)/g, '"_$1"'));
	const object = typeof marked === "object" && marked !== null ? Object.entries(marked) : [];
	const [, found] = object.find(([name]) => name === `_${key}`) ?? [];
	return typeof found === "object" && found !== null ? Object.keys(found).map((name) => name.slice(1)) : [];
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
