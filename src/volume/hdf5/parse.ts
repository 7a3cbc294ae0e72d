/**
 * What a data set of an HDF5 file holds: its element type, shape, chunks, voxel size and axes, told before any voxel
 * is read. What cannot be read is an error here: compound and string types, scalars, filters that are not built in,
 * virtual data sets whose sources are missing.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { volumeError } from "../fault.ts";
import { spacingOf } from "../spacing.ts";
import type { VolumeInfo } from "../volume.ts";
import { numbersIn } from "./attributes.ts";
import type { H5Metadata, Hdf5 } from "./library.ts";
import { dtypeOf, typeText } from "./types.ts";

/** An open file: the library's identifier and the path as the user gave it. */
export type H5File = { readonly hdf5: Hdf5; readonly id: bigint; readonly path: string };

/** Filters of the library itself: deflate, shuffle, fletcher32, n-bit, scale-offset. */
const READABLE_FILTERS = new Set([1, 2, 3, 5, 6]);

/** Registered filters that files of this field use, for the message alone. */
const FILTER_NAMES: Readonly<Record<number, string>> = {
	4: "szip",
	305: "LZO",
	307: "bzip2",
	32000: "lzf",
	32001: "blosc",
	32004: "lz4",
	32008: "bitshuffle",
	32013: "zfp",
	32015: "zstd",
	32017: "SZ",
	32026: "blosc2",
	32028: "jetraw",
};

/** Everything known of data set `name`. @throws VOLUME where it cannot be read here, saying why and what to do */
export function describeDataset(file: H5File, name: string): VolumeInfo {
	const metadata = file.hdf5.attempt(file.path, `cannot read data set "${name}"`, (m) =>
		m.get_dataset_metadata(file.id, name),
	);
	const { shape, chunks } = metadata;
	if (shape === null || shape.length === 0) throw unreadable(file, name, "holds a single value, not an array");
	if (shape.some((extent) => extent === 0)) throw unreadable(file, name, `is empty (shape ${shape.join("x")})`);
	const dtype = dtypeOf(metadata);
	if (dtype === undefined) throw unreadable(file, name, `holds ${typeText(metadata)}, not plain numbers`);
	checkFilters(file, name);
	checkSources(file, name, metadata);
	const spacing = spacingOf((attribute) => numbersIn(file, name, attribute));
	return {
		format: "hdf5",
		path: file.path,
		dataset: name,
		dtype,
		shape,
		axes: axesOf(file, name),
		...(spacing === undefined ? {} : { spacing }),
		...(chunks === null ? {} : { chunks }),
	};
}

/** True where `metadata` tells an array of numbers. */
export function isNumericArray(metadata: H5Metadata): boolean {
	return (metadata.shape?.length ?? 0) > 0 && dtypeOf(metadata) !== undefined;
}

function checkFilters(file: H5File, name: string): void {
	const filters = file.hdf5.attempt(file.path, `cannot read data set "${name}"`, (m) =>
		m.get_dataset_filters(file.id, name),
	);
	const foreign = filters.find(({ id }) => !READABLE_FILTERS.has(id));
	if (foreign === undefined) return;
	const known = FILTER_NAMES[foreign.id] ?? (foreign.name || "an unknown filter");
	const message =
		`is compressed with ${known} (HDF5 filter ${foreign.id}); gzip, shuffle, fletcher32, n-bit and ` +
		"scale-offset can be read. Repack it once: h5repack -f GZIP=1 IN OUT, or with h5py and hdf5plugin";
	throw unreadable(file, name, message);
}

/** A missing source of a virtual data set would read as its fill value, without an error. */
function checkSources(file: H5File, name: string, { virtual_sources }: H5Metadata): void {
	for (const { file_name } of virtual_sources ?? []) {
		const places = [resolve(dirname(file.path), file_name), resolve(file_name)];
		if (file_name === "." || file_name.includes("%b") || places.some((place) => existsSync(place))) continue;
		throw unreadable(file, name, `is virtual and its source ${file_name} is missing; put it beside the file`);
	}
}

/** One letter an axis where the file labels every axis so (HDF5 dimension labels), else "". */
function axesOf(file: H5File, name: string): string {
	const what = `cannot read the axes of data set "${name}"`;
	const labels = file.hdf5.attempt(file.path, what, (m) => m.get_dimension_labels(file.id, name));
	const axes = labels.every((label) => label !== null && /^[czyx]$/.test(label)) ? labels.join("") : "";
	return new Set(axes).size === axes.length ? axes : "";
}

function unreadable(file: H5File, name: string, what: string): Error {
	return volumeError(file.path, `data set "${name}" ${what}`);
}
