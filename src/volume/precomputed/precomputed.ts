/**
 * Neuroglancer precomputed volumes, read and written.
 *
 * Read: all scales, every element type, raw and compressed_segmentation chunks, JPEG and PNG ones; single files (plain, or
 * packed as cloud-volume does) and shards. A chunk that is missing reads as 0, as the format wants it.
 *
 * Written: raw and compressed_segmentation. Single chunks are written plain and under their plain names, the one form that
 * Neuroglancer, cloud-volume and tensorstore all read: tensorstore finds no name with `.gz` and takes the chunk for missing.
 * Where space counts, shards hold gzip-packed chunks that all three read.
 *
 * @module
 */
import { stat } from "node:fs/promises";
import { throwIfAborted } from "../../core/errors.ts";
import { sameShape } from "../../core/shape.ts";
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
	VolumeInfo,
	VolumeReader,
	VolumeSpec,
	VolumeWriter,
} from "../volume.ts";
import { INFO, type InfoDocument, infoBytes, readInfo } from "./info.ts";
import { infoFor } from "./layout.ts";
import { describePlace, type Place, placeOf } from "./place.ts";
import { chunkSource, ScaleStore, unitOf } from "./scale-store.ts";
import { buildScales } from "./scales.ts";

/** Neuroglancer precomputed. */
export const precomputed: VolumeFormat = {
	name: "precomputed",
	extensions: [".precomputed"],
	writes: ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "float32"],
	ranks: [3, 4],
	isFolder: true,
	matches: () => false,
	open,
	create,
	openRegions,
	buildScales,
};

async function open(path: string, options: OpenOptions = {}): Promise<VolumeReader> {
	throwIfAborted(options.signal);
	const store = await openStore(path);
	try {
		const document = await readInfo(store, options);
		if (document === undefined) throw await notThere(path);
		const place = placeOf(store.root, document, options.dataset);
		return chunkReader(infoOf(path, document, place), chunkSource(store, place));
	} catch (error) {
		await store.close();
		throw fileError(path, "read", error);
	}
}

function infoOf(path: string, document: InfoDocument, place: Place): VolumeInfo {
	return describePlace(path, document, place, place.sharding && unitOf(place));
}

async function notThere(path: string): Promise<Error> {
	if (!isRemote(path)) {
		const found = await stat(plainPath(path)).catch((cause: unknown) => fileError(path, "read", cause));
		if (found instanceof Error) return found;
		if (!found.isDirectory()) return volumeError(path, "expected a precomputed folder, found a file");
	}
	return volumeError(path, "is no precomputed volume: there is no info in it");
}

async function create(path: string, spec: VolumeSpec, options: IoOptions = {}): Promise<VolumeWriter> {
	throwIfAborted(options.signal);
	checkVolume(path, spec);
	const document = infoFor(path, spec);
	const store = await openStore(path);
	try {
		const sink = sinkFor(path, spec, store, document);
		await makeRoot(store, options);
		return boxWriter(sink);
	} catch (error) {
		await store.close();
		throw fileError(path, "create", error);
	}
}

async function openRegions(path: string, spec: VolumeSpec, options: IoOptions = {}): Promise<RegionWriter> {
	throwIfAborted(options.signal);
	checkVolume(path, spec);
	const wanted = infoFor(path, spec);
	const store = await openStore(path);
	try {
		await requireFolder(path);
		const there = await readInfo(store, options);
		if (there === undefined) await begin(store, wanted, options);
		const document = there ?? wanted;
		const sink = sinkFor(path, spec, store, document);
		if (there !== undefined) checkSame(path, placeOf(path, there, spec.dataset), placeOf(path, wanted, undefined));
		return regionWriter(sink);
	} catch (error) {
		await store.close();
		throw fileError(path, "create", error);
	}
}

/** Writes the document; another process may be doing the same. */
async function begin(store: KeyStore, wanted: InfoDocument, options: IoOptions): Promise<void> {
	const foreign = (await namesIn(store, options)).find((name) => name !== INFO);
	if (foreign !== undefined && (await readInfo(store, options)) === undefined) {
		throw volumeError(store.root, `the folder exists and holds something else (${foreign}); choose another`);
	}
	await store.set(INFO, infoBytes(wanted), options);
	await store.sync();
}

/** @throws VOLUME where the volume that is there is laid out otherwise */
function checkSame(path: string, there: Place, wanted: Place): void {
	const facts = ({ dtype, shape, chunks, encoding, key }: Place, unit: readonly number[] | undefined) =>
		`scale "${key}" of ${shape.join("x")} ${dtype}, chunks ${chunks.join("x")}, units ${unit?.join("x")}, ${encoding}`;
	const [found, asked] = [facts(there, unitOf(there)), facts(wanted, unitOf(wanted))];
	if (found !== asked) {
		throw volumeError(path, `expected ${asked}, found ${found}; remove it or choose another output`);
	}
}

function sinkFor(path: string, spec: VolumeSpec, store: KeyStore, document: InfoDocument): UnitSink {
	const place = placeOf(store.root, document, spec.dataset);
	const scale = new ScaleStore(store, place);
	// a volume of one channel has no axis c of its own: regions that have it lose it here
	const extra = spec.shape.length - place.shape.length;
	const info = { ...infoOf(path, document, place), ...(extra > 0 ? { shape: spec.shape, axes: "czyx" } : {}) };
	const within = (values: readonly number[]) => values.slice(Math.max(0, extra));
	return {
		info: extra > 0 ? { ...info, chunks: [1, ...place.chunks] } : info,
		unit: extra > 0 ? [1, ...scale.unit] : scale.unit,
		put: (coordinates, array, options) =>
			scale.put(within(coordinates), { ...array, shape: within(array.shape) }, options),
		get: async (coordinates, options) => {
			const found = await scale.get(within(coordinates), options);
			return found && extra > 0 ? { ...found, shape: [1, ...found.shape] } : found;
		},
		sync: () => store.sync(),
		complete: () => store.set(INFO, infoBytes(document)),
		remove: () => removeRoot(store),
		close: () => store.close(),
	};
}

function checkVolume(path: string, spec: VolumeSpec): void {
	checkSpec(precomputed, path, spec);
	const expected = spec.shape.length === 3 ? "zyx" : "czyx";
	if (spec.axes !== "" && spec.axes !== expected) {
		throw volumeError(path, `precomputed holds ${expected}, found the axes "${spec.axes}"; turn the array first`);
	}
	const places = spec.spacing ?? [1, 1, 1];
	if (!sameShape([places.length], [3]) || !places.every((size) => Number.isFinite(size) && size > 0)) {
		throw volumeError(path, `expected a voxel size of three positive numbers (z, y, x), found ${places.join(", ")}`);
	}
}
