/**
 * Which models a zip holds, told from its names alone.
 *
 * @module
 */
import type { ZipEntry } from "../checkpoint/zip.ts";
import { NnvolError } from "../core/errors.ts";
import type { Archive } from "./archive.ts";
import { parseModelName } from "./choice.ts";

/** Largest plans.json that is read. */
const LARGEST_PLANS = 64 << 20;

/** The folder above a checkpoint that holds plans.json: beside it, or one up. */
const CHECKPOINT = /^(.*?)(?:(?:fold_(?:\d+|all)|checkpoints)\/)?[^/]+\.(?:pth|pt)$/i;

/** Folders of the archive, without a slash at the end ("" for its root), that hold plans.json and a checkpoint. */
export function modelFolders(files: readonly ZipEntry[]): string[] {
	const names = new Set(files.map(({ name }) => name));
	const found = new Set<string>();
	for (const { name } of files) {
		const folder = CHECKPOINT.exec(name)?.[1];
		if (folder !== undefined && names.has(`${folder}plans.json`)) found.add(folder.replace(/\/$/, ""));
	}
	return [...found].sort();
}

/** The files of the model in `folder` that a prediction reads: plans.json, dataset.json, checkpoints. */
export function modelFiles(files: readonly ZipEntry[], folder: string): ZipEntry[] {
	const prefix = folder === "" ? "" : `${folder}/`;
	return files.filter(({ name }) => {
		if (!name.startsWith(prefix)) return false;
		const rest = name.slice(prefix.length);
		return rest === "plans.json" || rest === "dataset.json" || CHECKPOINT.exec(rest)?.[1] === "";
	});
}

/** `folder` and, for the later stages of a cascade, the sibling folders of the stages before it. */
export async function withEarlierStages(
	archive: Archive,
	folders: readonly string[],
	folder: string,
): Promise<string[]> {
	const stages = [folder];
	for (const stage of stages) {
		const name = parseModelName(stage);
		if (name === undefined) continue;
		for (const previous of await previousStages(archive, stage, name.configuration)) {
			const sibling = stage.replace(/[^/]*$/, `${name.trainer}__${name.plansName}__${previous}`);
			if (folders.includes(sibling) && !stages.includes(sibling)) stages.push(sibling);
		}
	}
	return stages;
}

/** A configuration's `previous_stage`: a name, or a list of names. */
async function previousStages(archive: Archive, folder: string, configuration: string): Promise<string[]> {
	const name = `${folder}/plans.json`;
	const text = Buffer.from(await archive.zip.read(name, { maxBytes: LARGEST_PLANS })).toString("utf8");
	const stage = member(
		member(member(parse(text, archive.path, name), "configurations"), configuration),
		"previous_stage",
	);
	return [stage].flat().filter((value) => typeof value === "string");
}

function member(value: unknown, key: string): unknown {
	return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}

function parse(text: string, path: string, name: string): unknown {
	try {
		return JSON.parse(text);
	} catch (cause) {
		throw new NnvolError("MODEL", `${path}: its member "${name}" is not JSON`, { cause });
	}
}
