/**
 * Keeps outputs from inputs where links hide that they are in one folder.
 *
 * @module
 */
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { NnvolError } from "../core/errors.ts";
import { type PlannedCase, requireFoldersApart } from "../plan/plan.ts";
import { absolutePath, baseOf, isRemote, joinPath, parentOf } from "../volume/stores/location.ts";

/** @throws INPUT where one of `inputs` lies in the folder of outputs, links followed */
export async function requireApart(folder: string, inputs: readonly string[]): Promise<void> {
	requireFoldersApart(folder, inputs);
	const real = realFolders();
	const out = await real(folder);
	for (const path of inputs)
		if ((await real(parentOf(path))) === out) requireFoldersApart(folder, [joinPath(folder, baseOf(path))]);
}

/** @throws INPUT where an output would replace an input, links followed */
export async function requireInputsKept(cases: readonly PlannedCase[]): Promise<void> {
	const real = realFolders();
	const placeOf = async (path: string) =>
		isRemote(path) ? absolutePath(path) : join(await real(parentOf(path)), baseOf(path));
	const outputs = new Set<string>();
	for (const { output } of cases) outputs.add(await placeOf(output));
	for (const { files } of cases) {
		for (const file of files) {
			if (!outputs.has(await placeOf(file))) continue;
			throw new NnvolError("INPUT", `the output ${file} is an input as well; choose another output folder`, {
				fields: { path: file },
			});
		}
	}
}

/** Looks each folder up once; one that is not there yet counts as itself. */
function realFolders(): (folder: string) => Promise<string> {
	const known = new Map<string, Promise<string>>();
	return (folder) => {
		const path = absolutePath(folder);
		const found = known.get(path) ?? (isRemote(path) ? Promise.resolve(path) : realpath(path).catch(() => path));
		known.set(path, found);
		return found;
	};
}
