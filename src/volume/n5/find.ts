/**
 * Which array of an N5 container is meant, and the levels of its pyramid.
 *
 * @module
 */
import { isNnvolError } from "../../core/errors.ts";
import { volumeError } from "../fault.ts";
import type { KeyStore, StoreOptions } from "../stores/store.ts";
import type { Scale, VolumeInfo } from "../volume.ts";
import { type Attributes, below, isArray, type N5Array, parseArray, readAttributes } from "./attributes.ts";
import { spaceOf } from "./space.ts";

/** The array taken from a container that holds several. */
const DEFAULT_ARRAY = "main";

const MAX_DEPTH = 8;
const MAX_NODES = 2_000;
const MAX_LEVELS = 32;

/** A level of a pyramid: `s0` is the finest. */
const LEVEL = /^s(\d+)$/;

/** An array, the attributes of the group around it, and the pyramid it is in. */
export type Found = {
	readonly array: N5Array;
	readonly group: Attributes | undefined;
	readonly levels: readonly N5Array[];
};

/**
 * The array that is meant: `wanted` (the root where none is named) if it is an array; of a pyramid its level s0; of any
 * other group its array `main`, or the only array or pyramid under it.
 *
 * @throws VOLUME listing the arrays there are, or where the attributes of the one that is meant are not valid
 */
export async function findArray(
	store: KeyStore,
	wanted: string | undefined,
	options: StoreOptions = {},
): Promise<Found> {
	const name = (wanted ?? "").split("/").filter(Boolean).join("/");
	const attributes = await readAttributes(store, name, options);
	if (isArray(attributes)) return withLevels(store, name, attributes, options);
	const finest = below(name, "s0");
	const level = await readAttributes(store, finest, options);
	if (isArray(level)) return withLevels(store, finest, level, options);
	return onlyArray(store, name, options);
}

async function onlyArray(store: KeyStore, group: string, options: StoreOptions): Promise<Found> {
	const names = await listArrays(store, group, options).catch((error: unknown) => {
		if (!isNnvolError(error, "UNBUILT")) throw error;
		throw volumeError(
			store.root,
			`there is no array "${group}", and this place cannot be listed; name one by its path`,
		);
	});
	const images = names.filter((name) => !isLowerLevel(name, names));
	const main = below(group, DEFAULT_ARRAY);
	const name = images.includes(main) ? main : images.length === 1 ? images[0] : undefined;
	const attributes = name === undefined ? undefined : await readAttributes(store, name, options);
	if (name !== undefined && isArray(attributes)) return withLevels(store, name, attributes, options);
	const what = group === "" ? `an array "${DEFAULT_ARRAY}" or a single one` : `an array "${group}", or one under it`;
	throw volumeError(
		store.root,
		`expected ${what}, found ${listed(images)}; name one of them by data.dataset, or --input-dataset of predict`,
	);
}

/** True for s1, s2, ... beside an s0. */
function isLowerLevel(name: string, names: readonly string[]): boolean {
	const { group, level } = levelIn(name);
	return level !== undefined && level > 0 && names.includes(below(group, "s0"));
}

function levelIn(name: string): { readonly group: string; readonly level: number | undefined } {
	const cut = name.lastIndexOf("/");
	const [, digits] = LEVEL.exec(name.slice(cut + 1)) ?? [];
	return { group: cut < 0 ? "" : name.slice(0, cut), level: digits === undefined ? undefined : Number(digits) };
}

async function withLevels(
	store: KeyStore,
	name: string,
	attributes: Attributes,
	options: StoreOptions,
): Promise<Found> {
	const array = parseArray(store.root, name, attributes);
	const { group, level } = levelIn(name);
	if (name === "") return { array, group: undefined, levels: [] };
	const around = await readAttributes(store, group, options);
	if (level === undefined) return { array, group: around, levels: [] };
	const levels: N5Array[] = [];
	for (let n = 0; n < MAX_LEVELS; n++) {
		const there = await readAttributes(store, below(group, `s${n}`), options);
		if (!isArray(there)) break;
		const parsed = levelArray(store.root, below(group, `s${n}`), there);
		if (parsed !== undefined) levels.push(parsed);
	}
	return { array, group: around, levels };
}

/** A level that cannot be read is left out: another one is open. */
function levelArray(root: string, name: string, attributes: Attributes): N5Array | undefined {
	try {
		return parseArray(root, name, attributes);
	} catch (error) {
		if (isNnvolError(error, "VOLUME", "UNBUILT")) return undefined;
		throw error;
	}
}

/** Names of all arrays under the group `name`; what lies in arrays are blocks. */
async function listArrays(store: KeyStore, name: string, options: StoreOptions): Promise<string[]> {
	const found: string[] = [];
	let budget = MAX_NODES;
	const visit = async (at: string, depth: number): Promise<void> => {
		for (const folder of (await store.list(at, options)).folders) {
			if (budget-- <= 0) return;
			const child = below(at, folder);
			if (isArray(await attributesOrNone(store, child, options))) found.push(child);
			else if (depth < MAX_DEPTH && !folder.startsWith(".")) await visit(child, depth + 1);
		}
	};
	await visit(name, 0);
	return found;
}

async function attributesOrNone(store: KeyStore, name: string, options: StoreOptions): Promise<Attributes | undefined> {
	try {
		return await readAttributes(store, name, options);
	} catch (error) {
		if (isNnvolError(error, "VOLUME")) return undefined;
		throw error;
	}
}

/** Everything known of the array, for the user. `path` as the user named it. */
export function describeArray(path: string, { array, group, levels }: Found): VolumeInfo {
	const { name, shape, chunks, dtype, attributes, packing } = array;
	const space = spaceOf(shape.length, attributes, group, levelIn(name).level ?? 0);
	return {
		format: "n5",
		path,
		...(name === "" ? {} : { dataset: name }),
		dtype,
		shape,
		axes: space.axes,
		...(space.spacing === undefined ? {} : { spacing: space.spacing }),
		...(space.unit === undefined ? {} : { unit: space.unit }),
		chunks,
		compression: packing.name === "raw" ? "none" : packing.name,
		...(levels.length < 2 ? {} : { scales: levels.map((level) => scaleText(level, group)) }),
	};
}

function scaleText({ name, shape, attributes }: N5Array, group: Attributes | undefined): Scale {
	const { spacing } = spaceOf(shape.length, attributes, group, levelIn(name).level ?? 0);
	return { name, shape, ...(spacing === undefined ? {} : { spacing }) };
}

function listed(names: readonly string[]): string {
	if (names.length === 0) return "no array";
	const shown = names.slice(0, 12).map((name) => `"${name}"`);
	return names.length > shown.length ? `${shown.join(", ")} and ${names.length - shown.length} more` : shown.join(", ");
}
