/**
 * What a data set of an HDF5 file holds: its element type, shape, chunks, voxel size and axes, told before any voxel
 * is read. What cannot be read is an error here: compound and string types, scalars, filters that are not built in,
 * virtual data sets whose sources are missing.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { shapeText, sizeOf } from "../../core/shape.ts";
import { volumeError } from "../fault.ts";
import type { VolumeInfo } from "../volume.ts";
import {
	type Filter,
	filterText,
	isPlugin,
	isReadable,
	packingText,
	preparePlugins,
	readableNames,
} from "./filters.ts";
import type { H5Metadata, Hdf5 } from "./library.ts";
import { placeOf } from "./place.ts";
import { dtypeOf, INTEGER, typeText } from "./types.ts";

/** An open file: the library's identifier and the path as the user gave it. */
export type H5File = { readonly hdf5: Hdf5; readonly id: bigint; readonly path: string };

/** The filter's number in the library (`H5Z_FILTER_NBIT`). */
const NBIT = 5;

/** A packed chunk passes through the library's memory whole, packed and unpacked. */
const LARGEST_CHUNK = 768 << 20;

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
	if (metadata.enum_type !== undefined && !metadata.littleEndian && metadata.size > 1) {
		throw unreadable(file, name, "holds enumerations of big-endian numbers; store it as plain numbers");
	}
	const filters = filtersOf(file, name, metadata);
	if (!holdsWholeNumbers(metadata, filters)) {
		throw unreadable(
			file,
			name,
			"holds signed numbers of fewer bits than their bytes have (n-bit); store it with whole bytes",
		);
	}
	checkSources(file, name, metadata);
	return {
		format: "hdf5",
		path: file.path,
		dataset: name,
		dtype,
		shape,
		...placeOf(file, name, shape.length),
		...(chunks === null ? {} : { chunks }),
		compression: packingText(filters),
	};
}

/**
 * False for signed numbers that the n-bit filter keeps in a part of their bits: the library gives them as they lie, without
 * the sign. The filter's parameters: class, size, order, precision, offset from the fourth on.
 */
function holdsWholeNumbers({ signed, size, type }: H5Metadata, filters: readonly Filter[]): boolean {
	const [, , , kind, , , precision = 0, offset = 0] = filters.find(({ id }) => id === NBIT)?.cd_values ?? [];
	if (kind !== 1) return true;
	return offset === 0 && (precision === size * 8 || (type === INTEGER && !signed));
}

/** True where `metadata` tells an array of numbers. */
export function isNumericArray(metadata: H5Metadata): boolean {
	return (metadata.shape?.length ?? 0) > 0 && dtypeOf(metadata) !== undefined;
}

/** The filters of data set `name`, once all are known to be readable; plug-ins are made ready where they are needed. */
function filtersOf(file: H5File, name: string, metadata: H5Metadata): readonly Filter[] {
	const filters = file.hdf5.attempt(file.path, `cannot read data set "${name}"`, (m) =>
		m.get_dataset_filters(file.id, name),
	);
	const foreign = filters.find((filter) => !isReadable(filter));
	if (foreign !== undefined) {
		throw unreadable(
			file,
			name,
			`is compressed with ${filterText(foreign)} (HDF5 filter ${foreign.id}), which cannot be read here; ` +
				`these can: ${readableNames()}. ` +
				"Repack it once where it can be read: h5repack -f GZIP=1 IN OUT, or with h5py and hdf5plugin",
		);
	}
	const chunk = sizeOf(metadata.chunks ?? []) * metadata.size;
	if (filters.length > 0 && chunk > LARGEST_CHUNK) {
		const found = `${shapeText(metadata.chunks ?? [])} (${Math.round(chunk / 2 ** 20)} MiB)`;
		const next = "Repack it once: h5repack -l CHUNK=64x64x64 IN OUT";
		throw unreadable(
			file,
			name,
			`has compressed chunks of ${found}; at most ${LARGEST_CHUNK >> 20} MiB can be read. ${next}`,
		);
	}
	if (filters.some(({ id }) => isPlugin(id))) file.hdf5.attempt(file.path, "cannot load filters", preparePlugins);
	return filters;
}

/** A missing source of a virtual data set would read as its fill value, without an error. */
function checkSources(file: H5File, name: string, { virtual_sources }: H5Metadata): void {
	for (const { file_name } of virtual_sources ?? []) {
		const places = [resolve(dirname(file.path), file_name), resolve(file_name)];
		if (file_name === "." || file_name.includes("%b") || places.some((place) => existsSync(place))) continue;
		throw unreadable(file, name, `is virtual and its source ${file_name} is missing; put it beside the file`);
	}
}

function unreadable(file: H5File, name: string, what: string): Error {
	return volumeError(file.path, `data set "${name}" ${what}`);
}
