/**
 * How a model zip is laid out below nnU-Net's folder of results: DATASET/MODEL, DATASET/ensembles/ENSEMBLE, and files.
 *
 * Archives whose paths begin above the data set (a folder around it) or below it (a model's folder alone) are taken
 * too: the first part is cut off, or the data set's name is read from plans.json.
 *
 * @module
 */
import type { ZipEntry } from "../checkpoint/zip.ts";
import { NnvolError } from "../core/errors.ts";
import type { Archive } from "../model/archive.ts";
import { modelFolders } from "../model/archive-models.ts";
import { parseModelName } from "../model/choice.ts";

/** A part that is put in place by one rename. */
export type Unit = {
	readonly kind: "model" | "ensemble" | "file";
	/** Below the folder of results, with slashes. */
	readonly path: string;
	/** `inner` is the path within the part; "" for a file. */
	readonly files: readonly { readonly entry: ZipEntry; readonly inner: string }[];
};

/** The parts of an archive. */
export type ArchiveLayout = {
	readonly units: readonly Unit[];
	/** Where a member goes below the folder of results. */
	readonly placeOf: (name: string) => string;
	readonly leftOut: readonly string[];
};

const DATASET = /^Dataset\d{3,}(_|$)/;
const LARGEST_PLANS = 64 << 20;

/** @throws MODEL where the archive holds no trained model, or does not say of which data set */
export async function layoutOf(archive: Archive): Promise<ArchiveLayout> {
	const models = modelFolders(archive.files);
	if (models.length === 0) {
		throw new NnvolError(
			"MODEL",
			`${archive.path} holds no trained model: expected DATASET/TRAINER__PLANS__CONFIGURATION with plans.json and checkpoints, found ${sample(archive.files)}`,
		);
	}
	const places = new Map<string, string>();
	const leftOut: string[] = [];
	const root = await rootOf(archive, models);
	for (const { name } of archive.files) {
		const place = name.startsWith(root.cut) ? `${root.add}${name.slice(root.cut.length)}` : undefined;
		if (place === undefined || !DATASET.test(place) || !place.includes("/")) leftOut.push(name);
		else places.set(name, place);
	}
	return { units: unitsOf(archive.files, places), placeOf: (name) => places.get(name) ?? name, leftOut };
}

/** What is cut off the front of every name, and what is put there. */
async function rootOf(
	archive: Archive,
	models: readonly string[],
): Promise<{ readonly cut: string; readonly add: string }> {
	const [root, ...others] = models.map(rootOfModel);
	if (root === undefined || others.some(({ cut, hasDataset }) => cut !== root.cut || hasDataset !== root.hasDataset)) {
		throw new NnvolError(
			"MODEL",
			`${archive.path} holds models at different depths (${models.join(", ")}); pack it again from within nnUNet_results`,
		);
	}
	if (root.hasDataset) return { cut: root.cut, add: "" };
	const [first = ""] = models;
	const dataset = await datasetOf(archive, first);
	const unnamed = models.find((model) => parseModelName(model) === undefined);
	if (dataset !== undefined && unnamed === undefined) return { cut: root.cut, add: `${dataset}/` };
	const what =
		unnamed === undefined
			? "does not say of which data set its model is"
			: `does not name its model by TRAINER__PLANS__CONFIGURATION`;
	throw new NnvolError(
		"MODEL",
		`${archive.path} ${what}, so it has no place in nnU-Net's folder of results; use it as it is: nnvol predict ${archive.path} INPUT OUTPUT`,
	);
}

function rootOfModel(folder: string): { readonly cut: string; readonly hasDataset: boolean } {
	const parts = folder.split("/");
	const at = parts.findIndex((part) => DATASET.test(part));
	const above = at >= 0 ? parts.slice(0, at) : parts.slice(0, -1);
	return { cut: above.map((part) => `${part}/`).join(""), hasDataset: at >= 0 };
}

async function datasetOf(archive: Archive, folder: string): Promise<string | undefined> {
	const name = folder === "" ? "plans.json" : `${folder}/plans.json`;
	const text = Buffer.from(await archive.zip.read(name, { maxBytes: LARGEST_PLANS })).toString("utf8");
	try {
		const plans: unknown = JSON.parse(text);
		const value =
			typeof plans === "object" && plans !== null && "dataset_name" in plans ? plans.dataset_name : undefined;
		return typeof value === "string" && /^Dataset\d{3,}[\w-]*$/.test(value) ? value : undefined;
	} catch (cause) {
		throw new NnvolError("MODEL", `${archive.path}: its member "${name}" is not JSON`, { cause });
	}
}

function unitsOf(files: readonly ZipEntry[], places: ReadonlyMap<string, string>): Unit[] {
	const units = new Map<string, { kind: Unit["kind"]; files: { entry: ZipEntry; inner: string }[] }>();
	for (const entry of files) {
		const place = places.get(entry.name);
		if (place === undefined) continue;
		const { kind, path } = unitOf(place);
		const unit = units.get(path) ?? { kind, files: [] };
		unit.files.push({ entry, inner: place.slice(path.length + 1) });
		units.set(path, unit);
	}
	return [...units].map(([path, unit]) => ({ path, ...unit })).sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** DATASET/MODEL/..., DATASET/ensembles/NAME/..., or any other file by itself. */
function unitOf(place: string): { readonly kind: Unit["kind"]; readonly path: string } {
	const parts = place.split("/");
	const [dataset = "", second = "", third = ""] = parts;
	if (second === "ensembles" && parts.length > 3) return { kind: "ensemble", path: `${dataset}/${second}/${third}` };
	if (parts.length > 2 && parseModelName(second) !== undefined) return { kind: "model", path: `${dataset}/${second}` };
	return { kind: "file", path: place };
}

function sample(files: readonly ZipEntry[]): string {
	const names = files.slice(0, 4).map(({ name }) => name);
	return names.length === 0 ? "no file" : `${names.join(", ")}${files.length > names.length ? ", ..." : ""}`;
}
