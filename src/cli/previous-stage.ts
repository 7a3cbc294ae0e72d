/**
 * Where the segmentations of a cascade's previous stage come from: a folder of them, or a model that is run first.
 *
 * @module
 */
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { NnvolError } from "../core/errors.ts";
import type { LoadedModel } from "../model/load.ts";
import { kindOf } from "../model/path-kind.ts";
import type { PlannedCase } from "../plan/plan.ts";
import { stripEnding } from "../volume/formats.ts";

/** A folder of segmentations, or a model (folder, .pth or zip) that makes them. */
export type PreviousStage = { readonly kind: "folder" | "model"; readonly path: string };

/**
 * The previous stage of `model`: what the user names, else the sibling folder TRAINER__PLANS__PREVIOUS of nnU-Net's
 * results; undefined for a model that needs none.
 *
 * @throws CONFIG where one is named for a model that needs none; MODEL where none is found
 */
export async function findPrevious(model: LoadedModel, named: string | undefined): Promise<PreviousStage | undefined> {
	const { previousStage, configuration } = model.spec;
	if (previousStage === undefined) {
		if (named === undefined) return undefined;
		throw new NnvolError(
			"CONFIG",
			`--previous-stage ${named}: the configuration ${configuration} is no second stage of a cascade and takes none; leave it out`,
		);
	}
	if (named === undefined) return sibling(model, previousStage);
	if (await isModel(named)) return { kind: "model", path: named };
	if ((await kindOf(named)) === "folder") return { kind: "folder", path: named };
	throw new NnvolError(
		"CONFIG",
		`--previous-stage ${named}: there is no such folder of segmentations, and no such model`,
	);
}

async function sibling({ files, spec }: LoadedModel, previous: string): Promise<PreviousStage> {
	const own = dirname(files.plans);
	const parts = basename(own).split("__");
	const name = parts.length === 3 ? [...parts.slice(0, 2), previous].join("__") : previous;
	const path = join(dirname(own), name);
	if (await isModel(path)) return { kind: "model", path };
	throw new NnvolError(
		"MODEL",
		`the configuration ${spec.configuration} is the second stage of a cascade: it needs the segmentations of ${previous}. Looked for its model in ${path}: none is there; name a folder of segmentations or a model by --previous-stage`,
		{ fields: { path } },
	);
}

/** True for a file (a checkpoint or a zip), and for a folder with checkpoints in it or in its folds. */
async function isModel(path: string): Promise<boolean> {
	const kind = await kindOf(path);
	if (kind !== "folder") return kind === "file";
	const names = await readdir(path);
	return names.some((name) => /^fold_(\d+|all)$/.test(name) || name === "checkpoints" || /\.pth$/i.test(name));
}

/** Segmentations of a previous stage, and the cases that it failed for, by id. */
export type Segmentations = { readonly folder: string; readonly failures: ReadonlyMap<string, string> };

/**
 * The segmentation of each case that has one, by id; `ending` is the data set's, which counts where there are several.
 *
 * @throws INPUT where the folder cannot be read, or holds several of one case
 */
export async function segmentationsOf(
	folder: string,
	cases: readonly PlannedCase[],
	ending: string,
): Promise<Map<string, string>> {
	const entries = await readdir(folder).catch((cause) => {
		throw new NnvolError("INPUT", `the folder of the previous stage's segmentations, ${folder}, cannot be read`, {
			cause,
		});
	});
	const names = entries.filter((name) => !name.startsWith(".") && isSegmentation(name));
	const byId = new Map<string, string[]>();
	for (const name of names) byId.set(stripEnding(name), [...(byId.get(stripEnding(name)) ?? []), name]);
	const found = new Map<string, string>();
	for (const { id } of cases) {
		const own = byId.get(id);
		if (own !== undefined) found.set(id, join(folder, oneOf(folder, id, own, ending)));
	}
	return found;
}

function oneOf(folder: string, id: string, names: readonly string[], ending: string): string {
	const named = names.length === 1 ? names[0] : names.find((name) => name === `${id}${ending}`);
	if (named !== undefined) return named;
	throw new NnvolError(
		"INPUT",
		`${folder} has several segmentations of case ${id}: ${names.join(", ")}; keep one of them`,
		{ fields: { folder, id } },
	);
}

/** nnU-Net's own files beside segmentations. */
function isSegmentation(name: string): boolean {
	return !/\.(json|npz|pkl|txt|log)$/i.test(name);
}

/** `cases` with the segmentation of model `index` of `count`; one that has none cannot be predicted and says why. */
export function withPrevious(
	cases: readonly PlannedCase[],
	found: ReadonlyMap<string, string>,
	{ folder, failures }: Segmentations,
	{ index, count }: { readonly index: number; readonly count: number },
): PlannedCase[] {
	return cases.map((entry) => {
		const failure = failures.get(entry.id);
		// what an earlier run left for a case that fails now is not taken
		const path = failure === undefined ? found.get(entry.id) : undefined;
		const previous = Array.from({ length: count }, (_, n) => (n === index ? path : entry.previous?.[n]) ?? null);
		if (path !== undefined || entry.problem !== undefined) return { ...entry, previous };
		const problem =
			failure === undefined
				? `case ${entry.id}: there is no segmentation of the previous stage, ${join(folder, `${entry.id}.*`)}`
				: `case ${entry.id}: the previous stage failed: ${failure}`;
		return { ...entry, previous, problem };
	});
}
