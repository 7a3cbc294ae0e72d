import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { isNnvolError } from "../../src/core/errors.ts";
import { texts } from "./arbitrary.ts";
import { inFolder } from "./folder.ts";

const TUTORIAL = resolve(import.meta.dirname, "..", "..", "tutorials", "nnunet_mito_inference.yaml");
const scraps = fc.oneof(
	texts,
	fc.constantFrom(
		"[",
		"]",
		"{",
		"}",
		"$" + "{",
		"\t",
		"\n",
		":",
		"- ",
		"&a ",
		"*a",
		"<<: ",
		"!!",
		"---\n",
		"'",
		'"',
		"#",
		"\\",
		"\0",
		"~",
		"?",
	),
);

/** A cut out of a text, with something put in its place. */
const edits = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 30 }), scraps), { minLength: 1, maxLength: 4 });

describe("any configuration and any argument", () => {
	it("is loaded or refused with CONFIG, and never takes long", async () => {
		const tutorial = await readFile(TUTORIAL, "utf8");
		await inFolder({}, async (folder) => {
			const file = join(folder, "a.yaml");
			await fc.assert(
				fc.asyncProperty(
					edits,
					fc.array(fc.tuple(fc.constantFrom("", "+", "++", "~", "system.", "vars.a="), scraps), { maxLength: 2 }),
					async (cuts, words) => {
						let text = tutorial;
						for (const [at, length, scrap] of cuts) {
							const start = at % (text.length + 1);
							text = text.slice(0, start) + scrap + text.slice(start + length);
						}
						await writeFile(file, text);
						const overrides = words.map(([head, tail]) => head + tail);
						const error: unknown = await loadConfig({ file, overrides, env: {} }).then(
							() => undefined,
							(e: unknown) => e,
						);
						if (error !== undefined) expect([error, isNnvolError(error, "CONFIG")]).toEqual([error, true]);
					},
				),
				{ numRuns: 200 },
			);
		});
	});
});
