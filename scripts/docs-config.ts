/**
 * Writes what is made from the configuration's schema: `docs/config.schema.json`, `docs/configuration.md` and the steps in
 * `docs/decoding.md`.
 *
 * Run: `npx tsx scripts/docs-config.ts`. A test compares the committed files with what this would write.
 *
 * @module
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { withSteps } from "../src/config/decoding-page.ts";
import { configSchemaJson } from "../src/config/json-schema.ts";
import { configMarkdown } from "../src/config/markdown.ts";

const docs = resolve(import.meta.dirname, "..", "docs");
await mkdir(docs, { recursive: true });
await writeFile(join(docs, "config.schema.json"), `${JSON.stringify(configSchemaJson(), null, "\t")}\n`);
await writeFile(join(docs, "configuration.md"), configMarkdown());
const decoding = join(docs, "decoding.md");
await writeFile(decoding, withSteps(await readFile(decoding, "utf8")));
console.log("wrote docs/config.schema.json, docs/configuration.md and the steps in docs/decoding.md");
