/**
 * Finds a model's files from what the user names: a checkpoint, a folder with one, a trained model's folder, a
 * model zip, or a name in nnU-Net's folder of results.
 *
 * @module
 */
import { basename, dirname, extname, join } from "node:path";
import { NnvolError } from "../core/errors.ts";
import { kindOf, namesIn } from "./path-kind.ts";
import { type ModelReference, modelPath } from "./reference.ts";

/** A fold's checkpoint. `fold` is its number or `all`; for a checkpoint outside of a fold folder its name without ending. */
export type CheckpointFile = { readonly fold: string; readonly path: string };

/** The files that make a model. */
export type ModelFiles = {
	readonly plans: string;
	readonly dataset: string;
	/** At least one, in the order of the folds. */
	readonly checkpoints: readonly CheckpointFile[];
};

/** What the user may say besides MODEL. */
export type FindOptions = {
	/** Explicit plans.json and dataset.json; they win over what lies beside the checkpoint. */
	readonly plans?: string | undefined;
	readonly dataset?: string | undefined;
	/** Folds to use; by default every `fold_N` that has the checkpoint, `fold_all` only where it is alone. */
	readonly folds?: readonly (number | "all")[] | undefined;
	/** Name of the checkpoints in fold folders. Default `checkpoint_final.pth`. */
	readonly checkpointName?: string | undefined;
};

const FINAL = "checkpoint_final.pth";
const BEST = "checkpoint_best.pth";
const FOLD = /^fold_(\d+|all)$/;

/**
 * The files of the model that `reference` means. Folders are looked at; a model zip is unpacked into the cache folder.
 * @throws MODEL where something is missing, saying what is there; CONFIG where nnU-Net's folder of results is not known
 */
export async function findModel(reference: ModelReference, options: FindOptions = {}): Promise<ModelFiles> {
	const path = await modelPath(reference);
	const kind = await kindOf(path);
	const checkpoints = kind === "file" ? singleFile(path, options) : await inFolder(path, options);
	const first = checkpoints[0];
	if (first === undefined) throw new NnvolError("MODEL", `model ${path} holds no checkpoint`);
	return {
		plans: await companion("plans.json", first.path, options.plans),
		dataset: await companion("dataset.json", first.path, options.dataset),
		checkpoints,
	};
}

function singleFile(path: string, { folds }: FindOptions): CheckpointFile[] {
	const fold = FOLD.exec(basename(dirname(path)))?.[1] ?? basename(path, extname(path));
	if (folds === undefined || (folds.length === 1 && String(folds[0]) === fold)) return [{ fold, path }];
	throw new NnvolError(
		"MODEL",
		`folds ${folds.join(", ")} were asked for, but ${path} is a single checkpoint; name the folder that holds the fold_N folders`,
	);
}

async function inFolder(path: string, options: FindOptions): Promise<CheckpointFile[]> {
	const entries = await namesIn(path);
	const folds = entries.filter((name) => FOLD.test(name));
	if (folds.length > 0) return inFolds(path, folds, options);
	const nested = entries.includes("checkpoints") && !entries.some(isCheckpoint) ? join(path, "checkpoints") : undefined;
	const folder = nested !== undefined && (await kindOf(nested)) === "folder" ? nested : path;
	return singleFile(await onlyCheckpoint(folder, options), options);
}

/** The one checkpoint of a folder without folds: the named one, the final one, or the only one. */
async function onlyCheckpoint(folder: string, { checkpointName }: FindOptions): Promise<string> {
	const entries = await namesIn(folder);
	const checkpoints = entries.filter(isCheckpoint);
	const chosen =
		checkpoints.find((name) => name === (checkpointName ?? FINAL)) ??
		(checkpointName === undefined ? checkpoints[0] : undefined);
	const clear = checkpoints.length === 1 || checkpoints.includes(checkpointName ?? FINAL);
	if (chosen !== undefined && clear) return join(folder, chosen);
	if (checkpoints.length > 1) {
		throw new NnvolError(
			"MODEL",
			`model ${folder} holds ${checkpoints.length} checkpoints (${checkpoints.join(", ")}); name one of them`,
		);
	}
	const wanted = checkpointName === undefined ? "a checkpoint (.pth) or fold_N folders" : checkpointName;
	throw new NnvolError("MODEL", `model ${folder}: expected ${wanted}, found ${await contents(folder, entries)}`);
}

async function inFolds(path: string, folders: readonly string[], options: FindOptions): Promise<CheckpointFile[]> {
	const name = options.checkpointName ?? FINAL;
	const having = await foldsWith(path, folders, name);
	if (having.length === 0) throw await noneHas(path, folders, name);
	if (options.folds !== undefined) return options.folds.map((fold) => asked(path, String(fold), name, having));
	const numbered = having.filter((fold) => fold !== "all");
	return (numbered.length > 0 ? numbered : having).map((fold) => ({ fold, path: join(path, `fold_${fold}`, name) }));
}

function asked(path: string, fold: string, name: string, having: readonly string[]): CheckpointFile {
	if (having.includes(fold)) return { fold, path: join(path, `fold_${fold}`, name) };
	throw new NnvolError(
		"MODEL",
		`model ${path} has no fold ${fold} with ${name}; it has the folds ${having.join(", ")}; choose by --folds (nnU-Net: -f)`,
		{
			fields: { path, fold, folds: having },
		},
	);
}

async function noneHas(path: string, folders: readonly string[], name: string): Promise<NnvolError> {
	const best = name === FINAL ? await foldsWith(path, folders, BEST) : [];
	const next =
		best.length > 0
			? `${BEST} is there (folds ${best.join(", ")}): use it with --checkpoint-name ${BEST}`
			: "is the training finished and the copy whole?";
	return new NnvolError("MODEL", `model ${path}: none of ${folders.join(", ")} holds ${name}; ${next}`, {
		fields: { path, name },
	});
}

/** Folds, numbered ones in their order and `all` last, whose folder holds `name`. */
async function foldsWith(path: string, folders: readonly string[], name: string): Promise<string[]> {
	const order = (fold: string) => (fold === "all" ? Number.POSITIVE_INFINITY : Number(fold));
	const found: string[] = [];
	for (const folder of folders) {
		const fold = FOLD.exec(folder)?.[1];
		if (fold !== undefined && (await kindOf(join(path, folder, name))) === "file") found.push(fold);
	}
	return found.sort((a, b) => order(a) - order(b));
}

/** plans.json or dataset.json: the explicit path, else beside the checkpoint, else one folder up. */
async function companion(name: string, checkpoint: string, explicit: string | undefined): Promise<string> {
	const beside = dirname(checkpoint);
	const candidates = explicit === undefined ? [join(beside, name), join(dirname(beside), name)] : [explicit];
	for (const candidate of candidates) if ((await kindOf(candidate)) === "file") return candidate;
	if (explicit !== undefined) throw new NnvolError("MODEL", `${explicit} (given as ${name}) does not exist`);
	const old = (await namesIn(dirname(beside))).includes("plans.pkl") || (await namesIn(beside)).includes("plans.pkl");
	const next = old
		? "plans.pkl is there: this is a model of nnU-Net v1, which is not read"
		: "give its path, or copy it from the trained model";
	throw new NnvolError("MODEL", `${name} is missing: looked for ${candidates.join(" and ")}; ${next}`, {
		fields: { candidates },
	});
}

/** What a folder without a model holds, with the models one level down, for an error. */
async function contents(folder: string, entries: readonly string[]): Promise<string> {
	const models: string[] = [];
	for (const name of entries) if ((await kindOf(join(folder, name, "plans.json"))) === "file") models.push(name);
	if (models.length > 0) return `the models ${models.join(", ")}; name one of them`;
	return entries.length === 0 ? "an empty folder" : entries.slice(0, 8).join(", ");
}

const isCheckpoint = (name: string): boolean => /\.(pth|pt)$/i.test(name);
