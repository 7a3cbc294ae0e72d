/**
 * N5 containers, read and written.
 *
 * Read: raw, gzip, zlib, lz4, blosc and zstd blocks of every element type, pyramids of n5-viewer, Paintera and others. A
 * block that is missing reads as 0, as the format wants it; one that is damaged is an error.
 *
 * @module
 */
import { stat } from "node:fs/promises";
import type { NdArray } from "../../core/array.ts";
import { errorText, isNnvolError, throwIfAborted } from "../../core/errors.ts";
import { checkSpec } from "../check.ts";
import { chunkReader } from "../chunked/chunk-reader.ts";
import { makeRoot, namesIn, removeRoot, requireFolder } from "../chunked/root.ts";
import { boxWriter, regionWriter, type UnitSink } from "../chunked/unit-writer.ts";
import { fileError, volumeError } from "../fault.ts";
import { isRemote, plainPath } from "../stores/location.ts";
import { openStore } from "../stores/open-store.ts";
import type { KeyStore } from "../stores/store.ts";
import type {
	IoOptions,
	OpenOptions,
	RegionWriter,
	VolumeFormat,
	VolumeReader,
	VolumeSpec,
	VolumeWriter,
} from "../volume.ts";
import { ATTRIBUTES, attributesBytes, below, type N5Array, parseArray, readAttributes } from "./attributes.ts";
import { decodeBlock, encodeBlock } from "./block.ts";
import { describeArray, findArray } from "./find.ts";
import { attributesFor, VERSION } from "./layout.ts";

/** N5. */
export const n5: VolumeFormat = {
	name: "n5",
	extensions: [".n5"],
	writes: ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"],
	ranks: [1, 2, 3, 4, 5],
	isFolder: true,
	matches: () => false,
	open,
	create,
	openRegions,
};

async function open(path: string, options: OpenOptions = {}): Promise<VolumeReader> {
	throwIfAborted(options.signal);
	await requireContainer(path);
	const store = await openStore(path);
	try {
		const found = await findArray(store, options.dataset, options);
		return chunkReader(describeArray(path, found), {
			chunk: (coordinates, io) => readBlock(store, found.array, coordinates, io),
			close: () => store.close(),
		});
	} catch (error) {
		await store.close();
		throw fileError(path, "read", error);
	}
}

async function requireContainer(path: string): Promise<void> {
	if (isRemote(path)) return;
	const found = await stat(plainPath(path)).catch((cause: unknown) => {
		throw fileError(path, "read", cause);
	});
	if (!found.isDirectory()) throw volumeError(path, "expected an N5 folder, found a file");
}

async function create(path: string, spec: VolumeSpec, options: IoOptions = {}): Promise<VolumeWriter> {
	throwIfAborted(options.signal);
	const array = newArray(path, spec);
	const store = await openStore(path);
	try {
		await makeRoot(store, options);
		return boxWriter(sinkFor(path, store, array));
	} catch (error) {
		await store.close();
		throw fileError(path, "create", error);
	}
}

async function openRegions(path: string, spec: VolumeSpec, options: IoOptions = {}): Promise<RegionWriter> {
	throwIfAborted(options.signal);
	const array = newArray(path, spec);
	const store = await openStore(path);
	try {
		await requireFolder(path);
		const there = await readAttributes(store, array.name, options);
		if (there === undefined) {
			await requireRoom(store, array.name, options);
			await writeAttributes(store, array);
			await store.sync();
		} else checkSame(path, parseArray(path, array.name, there), array);
		return regionWriter(sinkFor(path, store, array));
	} catch (error) {
		await store.close();
		throw fileError(path, "create", error);
	}
}

/** @throws VOLUME where the folder holds something that is no N5 */
async function requireRoom(store: KeyStore, name: string, options: IoOptions): Promise<void> {
	if ((await readAttributes(store, "", options)) !== undefined) return;
	const foreign = (await namesIn(store, options)).find((each) => each !== ATTRIBUTES && each !== name.split("/")[0]);
	if (foreign !== undefined && (await readAttributes(store, "", options)) === undefined) {
		throw volumeError(store.root, `the folder exists and holds something else (${foreign}); choose another`);
	}
}

/** @throws VOLUME where the array that is there is laid out otherwise */
function checkSame(path: string, there: N5Array, wanted: N5Array): void {
	const facts = ({ dtype, shape, chunks, packing }: N5Array) =>
		`${shape.join("x")} ${dtype}, blocks ${chunks.join("x")}, packed by ${packing.name}`;
	if (facts(there) !== facts(wanted)) {
		const message = `expected an array of ${facts(wanted)}, found ${facts(there)}`;
		throw volumeError(path, `${message}; remove it or choose another output`);
	}
}

/** The array that `spec` asks for. @throws VOLUME where N5 cannot hold it */
function newArray(path: string, spec: VolumeSpec): N5Array {
	checkSpec(n5, path, spec);
	const name = (spec.dataset ?? "").split("/").filter(Boolean);
	if (name.some((part) => part.startsWith(".") || /[\\\0]/.test(part))) {
		throw volumeError(path, `"${spec.dataset}" is no name for an N5 array; expected one like "main" or "a/b"`);
	}
	return parseArray(path, name.join("/"), attributesFor(path, spec));
}

/** The array's document, and that of the container: the last, so that what has it is whole. */
async function writeAttributes(store: KeyStore, { name, attributes }: N5Array): Promise<void> {
	const root = name === "" ? attributes : await readAttributes(store, "");
	if (name !== "") await store.set(below(name, ATTRIBUTES), attributesBytes(attributes));
	if (name === "" || root === undefined) await store.set(ATTRIBUTES, attributesBytes({ n5: VERSION, ...root }));
}

function sinkFor(path: string, store: KeyStore, array: N5Array): UnitSink {
	const info = describeArray(path, { array, group: undefined, levels: [] });
	return {
		info,
		unit: array.chunks,
		put: async (coordinates, voxels, options) =>
			store.set(blockKey(array, coordinates), await encodeBlock(array, voxels), options),
		get: (coordinates, options) => readBlock(store, array, coordinates, options),
		sync: () => store.sync(),
		complete: () => writeAttributes(store, array),
		remove: () => removeRoot(store),
		close: () => store.close(),
	};
}

async function readBlock(
	store: KeyStore,
	array: N5Array,
	coordinates: readonly number[],
	options: IoOptions,
): Promise<NdArray | undefined> {
	const key = blockKey(array, coordinates);
	const bytes = await store.get(key, options);
	if (bytes === undefined) return undefined;
	try {
		return await decodeBlock(array, bytes);
	} catch (cause) {
		if (isNnvolError(cause)) throw cause;
		throw volumeError(store.root, `the block ${key} is damaged: ${errorText(cause)}; copy or make it again`, cause);
	}
}

/** The key of a block: its coordinates, x first. */
function blockKey({ name }: N5Array, coordinates: readonly number[]): string {
	return below(name, coordinates.toReversed().join("/"));
}
