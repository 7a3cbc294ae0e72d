/**
 * The registry of formats: which there are, which one a path holds, and opening it.
 *
 * A format's code is loaded when it is first used; the table here is enough for planning.
 *
 * @module
 */
import { open, readdir, stat } from "node:fs/promises";
import { basename, extname } from "node:path";
import { fileError, volumeError } from "./fault.ts";
import { foreignFile, foreignFolder } from "./foreign.ts";
import { foreignRemote } from "./foreign-remote.ts";
import { senseStore } from "./marks.ts";
import { isStackName, stackFolder, stackStem } from "./sections/name.ts";
import { baseOf, isRemote, joinPath, openStore, parentOf, plainPath } from "./stores/open-store.ts";
import type { FormatName, OpenOptions, VolumeFormat, VolumeReader } from "./volume.ts";

/** What planning needs to know of a format. The first extension is the one written. */
export type FormatEntry = Pick<VolumeFormat, "name" | "extensions" | "isFolder">;

/** Every format that is built. */
export const FORMATS: readonly FormatEntry[] = [
	{ name: "png", extensions: [".png"], isFolder: false },
	{ name: "tiff", extensions: [".tif", ".tiff"], isFolder: false },
	{ name: "hdf5", extensions: [".h5", ".hdf5", ".hdf"], isFolder: false },
	{ name: "zarr", extensions: [".zarr"], isFolder: true },
	{ name: "precomputed", extensions: [".precomputed"], isFolder: true },
	{ name: "n5", extensions: [".n5"], isFolder: true },
	{ name: "nifti", extensions: [".nii.gz", ".nii"], isFolder: false },
	{ name: "nrrd", extensions: [".nrrd", ".nhdr"], isFolder: false },
	{ name: "metaimage", extensions: [".mha", ".mhd"], isFolder: false },
	{ name: "gipl", extensions: [".gipl", ".gipl.gz"], isFolder: false },
	{ name: "bmp", extensions: [".bmp"], isFolder: false },
	{ name: "jpeg", extensions: [".jpg", ".jpeg"], isFolder: false },
];

/** Those that can be written. */
export const WRITTEN_FORMATS: readonly FormatEntry[] = FORMATS.filter(({ name }) => name !== "jpeg");

const LOADERS: Readonly<Record<FormatName, () => Promise<VolumeFormat>>> = {
	png: async () => (await import("./png/png.ts")).png,
	tiff: async () => (await import("./tiff/tiff.ts")).tiff,
	hdf5: async () => (await import("./hdf5/hdf5.ts")).hdf5,
	zarr: async () => (await import("./zarr/zarr.ts")).zarr,
	precomputed: async () => (await import("./precomputed/precomputed.ts")).precomputed,
	n5: async () => (await import("./n5/n5.ts")).n5,
	nifti: async () => (await import("./nifti/nifti.ts")).nifti,
	nrrd: async () => (await import("./nrrd/nrrd.ts")).nrrd,
	metaimage: async () => (await import("./metaimage/metaimage.ts")).metaimage,
	gipl: async () => (await import("./gipl/gipl.ts")).gipl,
	bmp: async () => (await import("./bmp/bmp.ts")).bmp,
	jpeg: async () => (await import("./jpeg/jpeg.ts")).jpeg,
	sections: async () => (await import("./sections/sections.ts")).sections,
};

/** Bytes looked at to tell what a file is. */
const HEAD_BYTES = 512;

/** Loads a format. */
export function formatByName(name: FormatName): Promise<VolumeFormat> {
	return LOADERS[name]();
}

/** The format that the ending of `path` tells, in any case of letters; undefined for an unknown ending. */
export function formatOfName(path: string): FormatName | undefined {
	if (isStackName(path)) return "sections";
	const lower = (isRemote(path) ? baseOf(path) : path).replace(/[/\\]+$/, "").toLowerCase();
	return FORMATS.find(({ extensions }) => extensions.some((extension) => lower.endsWith(extension)))?.name;
}

/**
 * The format of what lies at `path`, told by its content alone: first bytes of a file, marks in a folder.
 *
 * @throws VOLUME naming what was found instead; UNBUILT where it is a format that comes later
 */
export async function senseFormat(path: string): Promise<FormatName> {
	if (isStackName(path)) return "sections";
	if (isRemote(path)) return senseRemote(path);
	try {
		const found = await stat(plainPath(path));
		if (found.isDirectory()) return await senseFolder(path);
		if (found.isFile()) return await senseFile(path);
		throw volumeError(path, "expected an image or volume, found a pipe, socket or device; name a file");
	} catch (error) {
		throw fileError(path, "read", error);
	}
}

/** Opens the volume at `path`, whatever its format and its name. @throws VOLUME, UNBUILT */
export async function openVolume(path: string, options: OpenOptions = {}): Promise<VolumeReader> {
	const format = await formatByName(await senseFormat(path));
	return format.open(path, options);
}

async function senseRemote(path: string): Promise<FormatName> {
	const found = await senseChunked(path);
	if (found !== undefined) return found;
	throw await foreignRemote(path, FORMATS.find(({ name }) => name === formatOfName(path))?.isFolder === false);
}

async function senseFolder(path: string): Promise<FormatName> {
	return (await senseChunked(path)) ?? Promise.reject(foreignFolder(path, await readdir(path)));
}

async function senseFile(path: string): Promise<FormatName> {
	const head = await readHead(path);
	for (const { name, isFolder } of FORMATS) {
		if (isFolder) continue;
		const format = await formatByName(name);
		if (format.matches(head)) return name;
	}
	throw foreignFile(path, head);
}

async function readHead(path: string): Promise<Uint8Array> {
	const file = await open(path, "r");
	try {
		const head = new Uint8Array(HEAD_BYTES);
		const { bytesRead } = await file.read(head, 0, HEAD_BYTES, 0);
		return head.subarray(0, bytesRead);
	} finally {
		await file.close();
	}
}

/** The ending that files of `format` are written with, its dot included. */
export function endingOf(format: FormatName): string {
	return FORMATS.find(({ name }) => name === format)?.extensions[0] ?? "";
}

/** `name` without its format's ending, in any case of letters; without its last ending where the format is unknown. */
export function stripEnding(name: string): string {
	const lower = name.toLowerCase();
	const known = FORMATS.flatMap(({ extensions }) => extensions).find((extension) => lower.endsWith(extension));
	const ending = known ?? extname(name);
	return ending.length < name.length ? name.slice(0, name.length - ending.length) : name;
}

/** What the case of one file is called: its name without the ending; of a stack of files, its folder's. */
export function caseStem(path: string): string {
	return isStackName(path) ? basename(stackStem(path)) : stripEnding(baseOf(path));
}

/** The folder that a volume lies in; for a stack of files the folder they lie in. */
export function folderOf(path: string): string {
	return isStackName(path) ? stackFolder(path) : parentOf(path);
}

/** The path without its format's ending: what the names of files beside it begin with. */
export function pathStem(path: string): string {
	if (isStackName(path)) return stackStem(path);
	return joinPath(parentOf(path), stripEnding(baseOf(path)));
}

/** True where the folder at `path` is itself a volume, by its name or by the marks in it. */
export async function isVolumeFolder(path: string): Promise<boolean> {
	return (await senseChunked(path).catch(() => undefined)) !== undefined;
}

/** The chunked format in a folder or behind a URL; undefined where it is none. */
async function senseChunked(path: string): Promise<FormatName | undefined> {
	const store = await openStore(path);
	try {
		return await senseStore(store);
	} finally {
		await store.close();
	}
}
