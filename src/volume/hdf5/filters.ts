/**
 * Filters of HDF5 data sets: their numbers, their names, which can be read and how data sets are packed here.
 *
 * Some are built into the library; others come as plug-ins (package `h5wasm-plugins`), which are compiled when the first
 * data set of a thread needs one. The library's own search paths are taken away, since native plug-ins lie there.
 *
 * Numbers: the HDF Group's list of registered filters. Parameters: those that hdf5plugin writes.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Compression } from "../volume.ts";
import type { H5Module } from "./library.ts";

/** Filters of the library itself. */
const BUILT_IN: Readonly<Record<number, string>> = {
	1: "gzip",
	2: "shuffle",
	3: "fletcher32",
	4: "szip",
	5: "n-bit",
	6: "scale-offset",
};

/** Filters of the plug-ins, with the file each lies in. */
const PLUGINS: Readonly<Record<number, { readonly name: string; readonly file: string }>> = {
	307: { name: "bzip2", file: "libH5Zbz2.so" },
	32000: { name: "lzf", file: "libH5Zlzf.so" },
	32001: { name: "blosc", file: "libH5Zblosc.so" },
	32004: { name: "lz4", file: "libH5Zlz4.so" },
	32008: { name: "bitshuffle", file: "libH5Zbshuf.so" },
	32013: { name: "zfp", file: "libH5Zzfp.so" },
	32015: { name: "zstd", file: "libH5Zzstd.so" },
	32026: { name: "blosc2", file: "libH5Zblosc2.so" },
};

/** Filters that nothing here reads, for the message alone. */
const FOREIGN: Readonly<Record<number, string>> = {
	305: "LZO",
	32017: "SZ",
	32018: "FCIDECOMP",
	32019: "JPEG",
	32024: "SZ3",
	32028: "SPERR",
	32030: "FFMPEG",
};

/** Codecs inside blosc and bitshuffle by their number in the filter's parameters. */
const BLOSC_CODECS = ["blosclz", "lz4", "lz4hc", "snappy", "zlib", "zstd"] as const;
const BITSHUFFLE_CODECS: Readonly<Record<number, string>> = { 2: "lz4", 3: "zstd" };

/** A filter of a data set as the library tells it. */
export type Filter = { readonly id: number; readonly name: string; readonly cd_values: readonly number[] };

/** How a new data set is packed: the filter's number and its parameters; undefined for no filter. */
export type Packing = { readonly id: number; readonly parameters: readonly number[] } | undefined;

/**
 * Level of gzip. On masks and 8-bit probabilities level 4 took 1.7 to 2.4 times the CPU time of level 1 (9.5 against
 * 4 seconds a GB) for files 7 to 50 % smaller, which level 1 had already made 10 to 120 times smaller than the voxels.
 */
const GZIP_LEVEL = 1;

/**
 * What can be written. Not blosc: it fails on chunks that do not become smaller, and these bindings make every filter one that
 * must not fail.
 */
const PACKINGS: Readonly<Partial<Record<Compression, Packing>>> = {
	none: undefined,
	gzip: { id: 1, parameters: [GZIP_LEVEL] },
	zstd: { id: 32015, parameters: [3] },
	lz4: { id: 32004, parameters: [0] },
};

/** Names of what can be written. */
export const WRITABLE = Object.keys(PACKINGS);

/** How `compression` is written. */
export function packingOf(compression: Compression): Packing {
	return PACKINGS[compression];
}

/** True where the filter is read here, by the library or by a plug-in that is installed. */
export function isReadable(filter: Filter): boolean {
	return BUILT_IN[filter.id] !== undefined || (isPlugin(filter.id) && bloscCodec(filter) !== "zlib");
}

/** True where the filter is a plug-in's. */
export function isPlugin(id: number): boolean {
	const plugin = PLUGINS[id];
	return plugin !== undefined && existsSync(`${pluginFolder()}/${plugin.file}`);
}

/** The filter's name, for people. */
function filterName({ id, name }: Pick<Filter, "id" | "name">): string {
	return BUILT_IN[id] ?? PLUGINS[id]?.name ?? FOREIGN[id] ?? (name || "an unknown filter");
}

/** Names of all that can be read, for messages. */
export function readableNames(): string {
	return [...Object.values(BUILT_IN), ...Object.values(PLUGINS).map(({ name }) => name)].join(", ");
}

/** The filters in the order of writing: "shuffle, gzip", "blosc (zstd)"; "none" where there are none. */
export function packingText(filters: readonly Filter[]): string {
	return filters.length === 0 ? "none" : filters.map(filterText).join(", ");
}

/** The codec inside blosc or blosc2. The plug-ins find no zlib and the library would die of it. */
function bloscCodec({ id, cd_values }: Filter): string | undefined {
	return id === 32001 || id === 32026 ? BLOSC_CODECS[cd_values[6] ?? 0] : undefined;
}

/** The filter's name, with the codec inside: "blosc (zstd)". */
export function filterText(filter: Filter): string {
	const codec = filter.id === 32008 ? BITSHUFFLE_CODECS[filter.cd_values[4] ?? 0] : bloscCodec(filter);
	return `${filterName(filter)}${codec === undefined ? "" : ` (${codec})`}`;
}

/** Libraries whose plug-ins are in place. */
const prepared = new WeakSet<H5Module>();

/** Lets `module` find the plug-ins, and nothing else. Cheap when repeated. */
export function preparePlugins(module: H5Module): void {
	if (prepared.has(module)) return;
	while (module.get_plugin_search_paths().length > 0) module.remove_plugin_search_path(0);
	module.insert_plugin_search_path(pluginFolder(), 0);
	prepared.add(module);
}

/** Where the plug-ins lie; "" where the package is not installed. With forward slashes, as the library joins them. */
function pluginFolder(): string {
	try {
		return fileURLToPath(new URL("plugins", import.meta.resolve("h5wasm-plugins"))).replaceAll("\\", "/");
	} catch {
		return "";
	}
}
