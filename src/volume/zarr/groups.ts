/**
 * The groups around an array that is written: made where they are missing, completed where they lack attributes.
 *
 * @module
 */
import { volumeError } from "../fault.ts";
import type { KeyStore } from "../stores/store.ts";
import type { VolumeSpec } from "../volume.ts";
import { documentBytes, groupDocuments } from "./document.ts";
import { type ArrayNode, type Attributes, type GroupNode, keyBelow, readNode } from "./node.ts";
import { omeAttributes } from "./ome.ts";
import { checkOmeAxes, imageAttributes, labelsAttributes, type OmeVersion } from "./ome-write.ts";

/** A group and the attributes it is to have. */
export type WantedGroup = { readonly name: string; readonly attributes: Attributes };

/** Where an array goes: the groups from the root down, and the name of the array, "" for the root. */
export type Place = { readonly groups: readonly WantedGroup[]; readonly name: string };

/** The name of the array within the group of an OME-Zarr image. */
export const FINEST = "0";

/** Where the array of `spec` goes in a Zarr at `path`. @throws VOLUME where its name is none, or its axes are none of OME-Zarr */
export function placeOf(path: string, spec: VolumeSpec): Place {
	const parts = nameParts(path, spec.dataset);
	const version = spec.layout?.ome;
	const around = parts.map((_, depth) => parts.slice(0, depth).join("/"));
	if (version === undefined) return { groups: around.map((name) => ({ name, attributes: {} })), name: parts.join("/") };
	checkOmeAxes(path, spec.axes);
	const group = parts.join("/");
	const isLabels = parts.at(-2) === "labels";
	const level = { path: FINEST, factors: [...spec.axes].map(() => 1) };
	const image = imageAttributes(version, parts.at(-1) ?? "image", spec, [level], isLabels);
	const attributesOf = (_name: string, depth: number): Attributes =>
		isLabels && depth === parts.length - 1 ? labelsAttributes(version, [parts.at(-1) ?? ""]) : {};
	return {
		groups: [
			...around.map((name, depth) => ({ name, attributes: attributesOf(name, depth) })),
			{ name: group, attributes: image },
		],
		name: keyBelow(group, FINEST),
	};
}

/** The names of the groups around an array, and its own. @throws VOLUME where one of them is no name */
export function nameParts(path: string, dataset: string | undefined): readonly string[] {
	const parts = (dataset ?? "").split("/").filter(Boolean);
	const isBad = (part: string) => part.startsWith(".") || part.startsWith("__") || /[\\\0]/.test(part);
	if (parts.some((part) => isBad(part) || part === "zarr.json")) {
		throw volumeError(path, `"${dataset}" is no name for a Zarr array; expected one like "main" or "a/b"`);
	}
	return parts;
}

/**
 * Makes the group, or gives the one that is there what it lacks of the wanted attributes. Lists of labels are put together.
 *
 * @throws VOLUME where an array or a group of another version is there, or the root holds something else
 */
export async function ensureGroup(
	store: KeyStore,
	{ name, attributes }: WantedGroup,
	zarrFormat: 2 | 3,
): Promise<void> {
	const node = await nodeOrEmpty(store, name);
	if (node === undefined) {
		await writeGroup(store, name, attributes, zarrFormat);
		return;
	}
	if (node.kind === "array" || node.zarrFormat !== zarrFormat) {
		const what = node.kind === "array" ? "an array" : `a group of Zarr version ${node.zarrFormat}`;
		const where = name === "" ? store.root : `${store.root}: "${name}"`;
		throw volumeError(where, `${what} is there, expected a group of Zarr version ${zarrFormat}; choose another path`);
	}
	const merged = merge(node.attributes, attributes);
	if (JSON.stringify(merged) !== JSON.stringify(node.attributes)) await writeGroup(store, name, merged, zarrFormat);
}

/** Writes the documents of a group over those that are there. */
export async function writeGroup(
	store: KeyStore,
	name: string,
	attributes: Attributes,
	zarrFormat: 2 | 3,
): Promise<void> {
	for (const document of groupDocuments(zarrFormat, attributes)) {
		await store.set(keyBelow(name, document.key), documentBytes(document));
	}
}

/**
 * The node called `name`; undefined where there is none yet. At the root nothing else may be there then; what is hidden
 * (records of a run) does not count.
 *
 * @throws VOLUME naming what is there
 */
export async function nodeOrEmpty(store: KeyStore, name: string): Promise<ArrayNode | GroupNode | undefined> {
	const node = await readNode(store, name);
	if (node !== undefined || name !== "") return node;
	const { files, folders } = await store.list("");
	const found = [...files, ...folders].find((each) => !each.startsWith("."));
	if (found === undefined) return undefined;
	// another process may have made it between the two looks
	const made = await readNode(store, name);
	if (made !== undefined) return made;
	throw volumeError(store.root, `the folder exists and is not empty (it has "${found}"); remove it or choose another`);
}

/** What is there stays; only labels are added to. */
function merge(there: Attributes, wanted: Attributes): Attributes {
	const version: OmeVersion = "ome" in wanted ? "0.5" : "0.4";
	const [old, more] = [omeAttributes(there), omeAttributes(wanted)];
	if (Object.keys(more).length === 0) return there;
	const own = version === "0.5" && !("ome" in there) ? {} : old;
	const labels =
		Array.isArray(own["labels"]) && Array.isArray(more["labels"])
			? { labels: [...new Set([...own["labels"], ...more["labels"]])] }
			: {};
	const merged = { ...more, ...own, ...labels };
	return version === "0.5" ? { ...there, ome: merged } : { ...there, ...merged };
}
