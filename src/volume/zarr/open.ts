/**
 * Opening, listing and making arrays of a Zarr.
 *
 * @module
 */
import { mkdir, readdir, stat } from "node:fs/promises";
import { throwIfAborted } from "../../core/errors.ts";
import { checkSpec } from "../check.ts";
import { fileError, volumeError } from "../fault.ts";
import { isRemote, openStore, plainPath } from "../stores/open-store.ts";
import type {
	IoOptions,
	OpenOptions,
	RegionWriter,
	VolumeFormat,
	VolumeReader,
	VolumeSpec,
	VolumeWriter,
} from "../volume.ts";
import { describeArray, findArray, listArrays } from "./find.ts";
import { placeOf } from "./groups.ts";
import { ZarrReader } from "./read.ts";
import { openArrayRegions } from "./regions.ts";
import { createArray } from "./write.ts";

/** What a Zarr can be written with. */
export const ZARR_HOLDS: Pick<VolumeFormat, "name" | "writes" | "ranks"> = {
	name: "zarr",
	writes: ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float16", "float32", "float64"],
	ranks: [1, 2, 3, 4, 5],
};

/** Opens one array of a Zarr. @throws VOLUME */
export async function openZarr(path: string, options: OpenOptions = {}): Promise<VolumeReader> {
	throwIfAborted(options.signal);
	try {
		if (!isRemote(path) && !(await stat(plainPath(path))).isDirectory()) {
			throw volumeError(path, "expected a Zarr folder, found a file");
		}
		const store = await openStore(path);
		try {
			const found = await findArray(store, options.dataset);
			return new ZarrReader(store, describeArray(path, found), found);
		} catch (error) {
			await store.close();
			throw error;
		}
	} catch (error) {
		throw fileError(path, "read", error);
	}
}

/** Names of the arrays in a Zarr. @throws VOLUME */
export async function listZarr(path: string, { signal }: IoOptions = {}): Promise<readonly string[]> {
	throwIfAborted(signal);
	const store = await openStore(path);
	try {
		return await listArrays(store, "");
	} finally {
		await store.close();
	}
}

/** Begins a new array, which is readable when it is finished. @throws VOLUME */
export async function createZarr(path: string, spec: VolumeSpec, options: IoOptions = {}): Promise<VolumeWriter> {
	throwIfAborted(options.signal);
	checkSpec(ZARR_HOLDS, path, spec);
	placeOf(path, spec);
	if (!isRemote(path)) await makeFolder(plainPath(path));
	try {
		return createArray(await openStore(path), path, spec);
	} catch (error) {
		throw fileError(path, "write", error);
	}
}

/** Makes or opens an array that is written region by region. @throws VOLUME */
export async function openZarrRegions(path: string, spec: VolumeSpec, options: IoOptions = {}): Promise<RegionWriter> {
	throwIfAborted(options.signal);
	checkSpec(ZARR_HOLDS, path, spec);
	const store = await openStore(path);
	try {
		return await openArrayRegions(store, path, spec);
	} catch (error) {
		await store.close();
		throw fileError(path, "write", error);
	}
}

/** @throws VOLUME where there is a folder that holds something, or it cannot be made */
async function makeFolder(path: string): Promise<void> {
	try {
		await mkdir(path);
	} catch (cause) {
		const names = await readdir(path).catch(() => undefined);
		if (names === undefined) throw fileError(path, "create", cause);
		if (names.length > 0) throw volumeError(path, "the folder exists and is not empty; remove it or choose another");
	}
}
