/**
 * Folders of trained models, and zips of them, made for a test.
 *
 * @module
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Member, zipOf } from "../checkpoint/zip-writer.ts";
import { type ModelOptions, writeModel } from "../cli/scene.ts";

/** Writes a tiny trained model at each of `places` (`Dataset004_X/nnUNetTrainer__nnUNetPlans__2d`); gives the folder. */
export function writeResults(
	folder: string,
	places: readonly string[],
	options: ModelOptions = { folds: [0] },
): string {
	for (const place of places) writeModel(join(folder, place), options);
	return folder;
}

/** The files below `folder` as members of a zip, by paths relative to it. */
export function membersOf(folder: string, deflate = true): Member[] {
	return readdirSync(folder, { recursive: true })
		.map(String)
		.sort()
		.filter((name) => statSync(join(folder, name)).isFile())
		.map((name) => ({ name: name.split("\\").join("/"), data: readFileSync(join(folder, name)), deflate }));
}

/** Writes a zip; gives its path. */
export function writeZip(path: string, members: readonly Member[]): string {
	writeFileSync(path, zipOf(members));
	return path;
}
