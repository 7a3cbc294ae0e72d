/**
 * The committed models: a folder each with `case.json`, `plans.json` and `dataset.json`.
 *
 * @module
 */
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ParityModel } from "./model.ts";

/** Names and contents of a model's files. */
export function filesOf(model: ParityModel): Readonly<Record<string, string>> {
	return { "case.json": text(model.case), "plans.json": text(model.plans), "dataset.json": text(model.dataset) };
}

/** JSON with lists of numbers and names in one line. */
function text(value: unknown): string {
	const spread = JSON.stringify(value, null, "\t");
	const inner = spread.replace(/\[\s+([^[\]{}]*?)\s+\]/g, (_, items: string) => `[${items.replace(/\s+/g, " ")}]`);
	return `${inner.replace(/\[\s+(\[[^{}]*?\])\s+\]/g, (_, items: string) => `[${items.replace(/\s+/g, " ")}]`)}\n`;
}

/** Writes `models` into `folder`, in place of the folders that lie there. */
export async function writePlans(folder: string, models: readonly ParityModel[]): Promise<void> {
	const entries = await readdir(folder, { withFileTypes: true });
	for (const entry of entries) if (entry.isDirectory()) await rm(join(folder, entry.name), { recursive: true });
	for (const model of models) {
		const own = join(folder, model.case.name);
		await mkdir(own, { recursive: true });
		for (const [name, text] of Object.entries(filesOf(model))) await writeFile(join(own, name), text);
	}
}
