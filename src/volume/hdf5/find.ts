/**
 * Which data set of an HDF5 file is meant.
 *
 * @module
 */
import { shapeText } from "../../core/shape.ts";
import { volumeError } from "../fault.ts";
import type { H5Metadata } from "./library.ts";
import { type H5File, isNumericArray } from "./parse.ts";
import { dtypeOf } from "./types.ts";

/** The data set read and written where none is named. */
export const DEFAULT_DATASET = "main";

/** Links may form circles: deeper groups and longer lists are not searched. */
const MAX_DEPTH = 12;
const MAX_OBJECTS = 10_000;

/** Kinds of objects by the library's number (`H5G_obj_t`). */
const GROUP = 0;
const DATASET = 1;
const SOFT_LINK = 3;
const EXTERNAL_LINK = 4;

/**
 * The name of the data set that is meant: `wanted`, else `main`, else the only array of numbers there is (found by
 * walking the groups).
 *
 * @throws VOLUME listing the data sets there are
 */
export function findDataset(file: H5File, wanted: string | undefined): string {
	if (wanted !== undefined) return named(file, normalise(wanted));
	if (kindOf(file, DEFAULT_DATASET) === DATASET) return DEFAULT_DATASET;
	const found = listArrays(file);
	const [only] = found;
	if (only !== undefined && found.length === 1) return only;
	if (only === undefined) throw volumeError(file.path, "expected a data set of numbers, found none in the file");
	throw volumeError(
		file.path,
		`expected a data set "${DEFAULT_DATASET}" or a single one, found ${listed(file, found)}; name one of them by data.dataset, or --input-dataset of predict`,
	);
}

function named(file: H5File, name: string): string {
	const kind = name === "" ? GROUP : kindOf(file, name);
	if (kind === DATASET) return name;
	const found: Readonly<Record<number, string>> = {
		[GROUP]: `"${name}" is a group`,
		[SOFT_LINK]: `"${name}" is a link to a data set that is missing`,
		[EXTERNAL_LINK]: `"${name}" is a link to another file that is missing`,
	};
	const there = listArrays(file);
	const choice = there.length === 0 ? "the file holds no data set of numbers" : `the file holds ${listed(file, there)}`;
	throw volumeError(file.path, `${found[kind] ?? `there is no data set "${name}"`}; ${choice}`);
}

/** Names of every array of numbers, each object once, in the file's order. */
export function listArrays(file: H5File): string[] {
	return [...datasetsUnder(file, "/", 0, new Set())].filter((name) => isNumericArray(metadataOf(file, name)));
}

function* datasetsUnder(file: H5File, name: string, depth: number, seen: Set<string>): Generator<string> {
	const kind = kindOf(file, name);
	if (kind !== GROUP && kind !== DATASET) return;
	const address = addressOf(file, name);
	if (seen.has(address) || seen.size >= MAX_OBJECTS) return;
	seen.add(address);
	if (kind === DATASET) yield name;
	else if (depth < MAX_DEPTH) {
		for (const child of childrenOf(file, name)) {
			yield* datasetsUnder(file, name === "/" ? child : `${name}/${child}`, depth + 1, seen);
		}
	}
}

function kindOf(file: H5File, name: string): number {
	if (name === "/") return GROUP;
	return look(file, name, (m) => [m.get_type(file.id, name)])[0] ?? -1;
}

function childrenOf(file: H5File, name: string): readonly string[] {
	return look(file, name, (m) => m.get_names(file.id, name, false));
}

function metadataOf(file: H5File, name: string): H5Metadata {
	return look(file, name, (m) => m.get_dataset_metadata(file.id, name));
}

/** Where the object lies in the file: equal for two names of one object. */
function addressOf(file: H5File, name: string): string {
	return look(file, name, (m) => Array.from(m.create_object_reference(file.id, name)).join("."));
}

function look<T>(file: H5File, name: string, action: Parameters<typeof file.hdf5.attempt<T>>[2]): T {
	return file.hdf5.attempt(file.path, `cannot look into "${name}"`, action);
}

/** The names with their shapes and types: `"a/b" (3x4x5 uint8)`. */
function listed(file: H5File, names: readonly string[]): string {
	const shown = names.slice(0, 12).map((name) => {
		const metadata = metadataOf(file, name);
		return `"${name}" (${shapeText(metadata.shape ?? [])} ${dtypeOf(metadata) ?? ""})`;
	});
	return names.length > shown.length ? `${shown.join(", ")} and ${names.length - shown.length} more` : shown.join(", ");
}

/** `a/b` without slashes at the ends or doubled. */
export function normalise(name: string): string {
	return name.split("/").filter(Boolean).join("/");
}
