/**
 * The copy being written: a new file or folder beside its name, which it gets when it is whole.
 *
 * @module
 */
import { lstat, mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { NdArray } from "../../core/array.ts";
import { isNnvolError, NnvolError } from "../../core/errors.ts";
import type { Shape } from "../../core/shape.ts";
import { chunkShapeOf } from "../chunking.ts";
import { fileError } from "../fault.ts";
import { openVolume } from "../formats.ts";
import { publish, removeStale, temporaryBeside } from "../publish.ts";
import { matchingFiles } from "../sections/find.ts";
import { isStackName, stackFolder } from "../sections/name.ts";
import { isRemote, plainPath } from "../stores/location.ts";
import type { IoOptions, VolumeFormat, VolumeInfo, VolumeSpec, VolumeWriter } from "../volume.ts";

/** Where a copy goes. */
export interface Target {
	/** What boxes are multiples of; ones where `inOrder`. */
	readonly unit: Shape;
	/** True where boxes must come from front to back. */
	readonly inOrder: boolean;
	write(start: readonly number[], array: NdArray, options: IoOptions): Promise<void>;
	/** Makes it whole and durable under its name. @throws VOLUME */
	finish(): Promise<void>;
	/** Removes what was written; never throws. */
	discard(): Promise<void>;
}

/** @throws CONFIG where something lies at `path` and may not be replaced */
export async function requireFree(path: string, overwrite: boolean): Promise<void> {
	if (overwrite || !(await isThere(path))) return;
	throw new NnvolError("CONFIG", `${path}: exists already; add --overwrite to replace it, or choose another name`, {
		fields: { path },
	});
}

async function isThere(path: string): Promise<boolean> {
	if (isStackName(path)) return (await matchingFiles(path).catch(() => [])).length > 0;
	if (!isRemote(path)) return (await lstat(plainPath(path)).catch(() => undefined)) !== undefined;
	const reader = await openVolume(path).catch(() => undefined);
	await reader?.close();
	return reader !== undefined;
}

/** What is done to the copy when its voxels are written, before it gets its name. */
export type Complete = (place: string) => Promise<void>;

/** Begins the copy. @throws VOLUME, CONFIG where the format cannot hold it; nothing is left behind then */
export async function openTarget(
	path: string,
	format: VolumeFormat,
	spec: VolumeSpec,
	io: IoOptions,
	complete: Complete,
): Promise<Target> {
	const place = isRemote(path) ? path : temporaryBeside(path);
	try {
		if (place !== path) await tidy(isStackName(path) ? stackFolder(path) : dirname(path));
		// what is written last tells that a place behind a URL is whole: it cannot be renamed
		if (isRemote(path)) return chunked(await openFile(path, path, format, spec, io, complete), spec);
		return format.openRegions === undefined
			? await openFile(place, path, format, spec, io, complete)
			: await openRegions(place, path, format.openRegions, spec, io, complete);
	} catch (error) {
		await removeLocal(place);
		throw asKnown(error, place, path);
	}
}

/** Makes the folder of the output where it is not there, and cleans it of what dead processes left. */
async function tidy(folder: string): Promise<void> {
	await mkdir(folder, { recursive: true }).catch((cause) => {
		throw fileError(folder, "create", cause);
	});
	await removeStale(folder);
}

/** The error with the name that people know the copy by. */
function asKnown(error: unknown, place: string, path: string): unknown {
	if (!isNnvolError(error) || place === path) return error;
	const { code, cause, transient } = error;
	return new NnvolError(code, error.message.replaceAll(place, path), { cause, transient, fields: { path } });
}

/** Writes boxes; errors name the copy as people know it. */
function writingTo(writer: Pick<VolumeWriter, "write">, place: string, path: string): Target["write"] {
	return (start, array, options) =>
		writer.write(start, array, options).catch((error: unknown) => {
			throw asKnown(error, place, path);
		});
}

/** The same target, written in whole chunks in any order. */
function chunked(target: Target, { layout, shape, dtype }: VolumeSpec): Target {
	return { ...target, unit: layout?.shards ?? layout?.chunks ?? chunkShapeOf(shape, dtype), inOrder: false };
}

async function openFile(
	place: string,
	path: string,
	format: VolumeFormat,
	spec: VolumeSpec,
	io: IoOptions,
	complete: Complete,
): Promise<Target> {
	const writer = await format.create(place, spec, io);
	return {
		unit: spec.shape.map(() => 1),
		inOrder: true,
		write: writingTo(writer, place, path),
		finish: async () => {
			await writer.finish();
			await complete(place);
			if (place !== path) await publish(place, path);
		},
		discard: () => writer.discard(),
	};
}

async function openRegions(
	place: string,
	path: string,
	open: NonNullable<VolumeFormat["openRegions"]>,
	spec: VolumeSpec,
	io: IoOptions,
	complete: Complete,
): Promise<Target> {
	const writer = await open(place, spec, io);
	return {
		unit: writer.unit,
		inOrder: false,
		write: writingTo(writer, place, path),
		finish: async () => {
			await writer.finish();
			await writer.close();
			await complete(place);
			if (place !== path) await publish(place, path);
		},
		discard: async () => {
			await writer.close().catch(() => undefined);
			await removeLocal(place);
		},
	};
}

async function removeLocal(place: string): Promise<void> {
	if (!isRemote(place)) await rm(place, { recursive: true, force: true }).catch(() => undefined);
}

/** Chunks that `info` or `spec` ask for, where they say so. */
export function preferredChunks(info: VolumeInfo, spec: VolumeSpec): readonly (Shape | undefined)[] {
	return [info.chunks, spec.layout?.shards ?? spec.layout?.chunks];
}
