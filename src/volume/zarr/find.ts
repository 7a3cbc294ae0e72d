/**
 * Which array of a Zarr hierarchy is meant, and what the groups around it tell of it.
 *
 * @module
 */
import { isNnvolError } from "../../core/errors.ts";
import { volumeError } from "../fault.ts";
import { spacingOf } from "../spacing.ts";
import type { KeyStore } from "../stores/store.ts";
import type { Scale, VolumeInfo } from "../volume.ts";
import { type ArrayNode, keyBelow, readNode } from "./node.ts";
import { type Level, levelsOf } from "./ome.ts";
import { packingText } from "./storage.ts";

/** The array taken from a group that holds several. */
const DEFAULT_ARRAY = "main";

const MAX_DEPTH = 8;
const MAX_NODES = 2_000;
/** No pyramid has more: each level is half as long. */
const MAX_LEVELS = 64;

/** An array and its name within the hierarchy, "" for the root. */
export type Found = {
	readonly name: string;
	readonly array: ArrayNode;
	readonly level?: Level;
	/** All resolutions of the image that the array is one of. */
	readonly scales?: readonly Scale[];
};

/**
 * The array that is meant: the node `wanted` (the root where none is named) if it is an array; of a group the finest
 * level of its OME-Zarr image, else its array `main`, else the only array under it.
 *
 * @throws VOLUME listing the arrays there are
 */
export async function findArray(store: KeyStore, wanted: string | undefined): Promise<Found> {
	const name = (wanted ?? "").split("/").filter(Boolean).join("/");
	const node = await readNode(store, name);
	if (node?.kind === "array") return withLevel(store, { name, array: node });
	if (node === undefined && name !== "") {
		const there = await listArrays(store, "");
		throw volumeError(store.root, `there is no array or group "${name}"; found ${listed(there)}`);
	}
	const levels = node === undefined ? [] : levelsOf(node.attributes);
	const [level] = levels;
	if (level !== undefined) return openLevel(store, name, level, levels);
	return onlyArray(store, name, node === undefined);
}

async function openLevel(store: KeyStore, group: string, level: Level, levels: readonly Level[]): Promise<Found> {
	const name = keyBelow(group, level.path);
	const array = await readNode(store, name);
	if (array?.kind !== "array") {
		throw volumeError(store.root, `its OME-Zarr image names the array "${name}", which is missing; copy it again`);
	}
	return { name, array, level, scales: await scalesOf(store, group, levels) };
}

/** The resolutions that are there, by their names within the hierarchy; one whose metadata is damaged is left out. */
async function scalesOf(store: KeyStore, group: string, levels: readonly Level[]): Promise<readonly Scale[]> {
	const scales: Scale[] = [];
	for (const { path, spacing } of levels.slice(0, MAX_LEVELS)) {
		const name = keyBelow(group, path);
		const node = await readNode(store, name).catch(() => undefined);
		if (node?.kind === "array") scales.push({ name, shape: node.shape, ...(spacing === undefined ? {} : { spacing }) });
	}
	return scales;
}

async function onlyArray(store: KeyStore, group: string, bare: boolean): Promise<Found> {
	const main = keyBelow(group, DEFAULT_ARRAY);
	const preferred = bare ? undefined : await readNode(store, main);
	if (preferred?.kind === "array") return { name: main, array: preferred };
	const names = await listArrays(store, group);
	const name = names.length === 1 ? names[0] : undefined;
	const array = name === undefined ? undefined : await readNode(store, name);
	if (name !== undefined && array?.kind === "array") return { name, array };
	if (names.length === 0 && bare) {
		throw volumeError(store.root, "is no Zarr: there is no zarr.json, .zarray or .zgroup in the folder");
	}
	const wanted = `an array "${main}" or a single one`;
	throw volumeError(
		store.root,
		`expected ${wanted}, found ${listed(names)}; name one of them by data.dataset, or --input-dataset of predict`,
	);
}

/** What the group above tells of an array that is one level of its image. */
async function withLevel(store: KeyStore, found: Found): Promise<Found> {
	const cut = found.name.lastIndexOf("/");
	if (found.name === "") return found;
	const name = cut < 0 ? "" : found.name.slice(0, cut);
	const group = await readNode(store, name);
	const levels = group === undefined ? [] : levelsOf(group.attributes);
	const level = levels.find(({ path }) => path === found.name.slice(cut + 1));
	return level === undefined ? found : { ...found, level, scales: await scalesOf(store, name, levels) };
}

/** Names of all arrays under the group `name`; arrays are not searched for more. */
export async function listArrays(store: KeyStore, name: string): Promise<string[]> {
	const found: string[] = [];
	let budget = MAX_NODES;
	const visit = async (at: string, depth: number): Promise<void> => {
		for (const child of (await store.list(at)).folders) {
			if (budget-- <= 0) return;
			const kind = await kindOf(store, keyBelow(at, child));
			if (kind === "array") found.push(keyBelow(at, child));
			else if (kind === "group" && depth < MAX_DEPTH) await visit(keyBelow(at, child), depth + 1);
		}
	};
	await visit(name, 0);
	return found;
}

/** An array that cannot be read counts as one: it is named in lists, and opening it says why. */
async function kindOf(store: KeyStore, name: string): Promise<"array" | "group" | undefined> {
	try {
		return (await readNode(store, name))?.kind;
	} catch (error) {
		if (isNnvolError(error, "VOLUME")) return "array";
		throw error;
	}
}

/** Everything known of the array `found`, for the user. */
export function describeArray(path: string, { name, array, level, scales }: Found): VolumeInfo {
	const { storage } = array;
	const spacing = level?.spacing ?? spacingOf((attribute) => array.attributes[attribute]);
	return {
		format: "zarr",
		path,
		...(name === "" ? {} : { dataset: name }),
		dtype: array.dtype,
		shape: array.shape,
		axes: axesOf(array, level),
		...(spacing === undefined ? {} : { spacing }),
		chunks: storage.chunks,
		...(storage.index === undefined ? {} : { shards: storage.unit }),
		compression: packingText(storage.coding),
		...(level?.unit === undefined ? {} : { unit: level.unit }),
		...(scales === undefined ? {} : { scales }),
	};
}

/** One letter an axis where all are c, z, y or x, each once; else "". */
function axesOf({ axisNames, shape }: ArrayNode, level: Level | undefined): string {
	const names = level?.axisNames ?? axisNames ?? [];
	const letters = names.map((name) => (typeof name === "string" && /^[czyx]$/i.test(name) ? name.toLowerCase() : ""));
	return letters.length === shape.length && !letters.includes("") && new Set(letters).size === letters.length
		? letters.join("")
		: "";
}

function listed(names: readonly string[]): string {
	if (names.length === 0) return "no array";
	const shown = names.slice(0, 12).map((name) => `"${name}"`);
	return names.length > shown.length ? `${shown.join(", ")} and ${names.length - shown.length} more` : shown.join(", ");
}
