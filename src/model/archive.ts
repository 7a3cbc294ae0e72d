/**
 * A model zip: nnU-Net's export of trained models, or any zip of a model folder. Opened, checked, unpacked.
 *
 * An archive is foreign data. Names are checked by `archive-names.ts`; sizes are held against limits before anything
 * is written, and counted while it is; every checksum is compared. Nothing is written but below a folder made for it.
 *
 * @module
 */
import { createWriteStream } from "node:fs";
import { open, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { faultOf } from "../checkpoint/fault.ts";
import { openZip, type ZipEntry, type ZipReader } from "../checkpoint/zip.ts";
import { syncFolder } from "../core/atomic-file.ts";
import { NnvolError, throwIfAborted } from "../core/errors.ts";
import { makeFolder } from "../core/folder.ts";
import { safeFiles } from "./archive-names.ts";

/** An open archive whose names and sizes were checked. Close it in a `finally`. */
export type Archive = {
	readonly path: string;
	/** The files, in the archive's order; `name` is a safe relative path with slashes. */
	readonly files: readonly ZipEntry[];
	readonly zip: ZipReader;
};

/** How an archive is opened. */
export type ArchiveOptions = {
	/** Most bytes that its files may have when unpacked; without it 200 GiB, and no more than a hundredfold of the zip. */
	readonly maxBytes?: number | undefined;
};

const MOST_FILES = 200_000;
const MOST_BYTES = 200 * 2 ** 30;
/** Weights hardly shrink; label images shrink well, but a model is not made of them. */
const MOST_RATIO = 100;
/** Below this an archive may shrink as it likes. */
const SMALL = 512 * 2 ** 20;

/** Opens a model zip. @throws MODEL where it is damaged, too large when unpacked, or has an unsafe name */
export async function openArchive(path: string, options: ArchiveOptions = {}): Promise<Archive> {
	const zip = await openZip(path, { code: "MODEL" });
	try {
		const files = safeFiles(zip.entries.values(), faultOf("MODEL", path));
		checkSize(path, files, options.maxBytes);
		return { path, files, zip };
	} catch (error) {
		await zip.close();
		throw error;
	}
}

function checkSize(path: string, files: readonly ZipEntry[], maxBytes: number | undefined): void {
	if (files.length > MOST_FILES) {
		throw new NnvolError(
			"MODEL",
			`${path} holds ${files.length} files, more than the ${MOST_FILES} that a model zip may have`,
		);
	}
	const packed = files.reduce((sum, { compressedSize }) => sum + compressedSize, 0);
	const bytes = files.reduce((sum, { size }) => sum + size, 0);
	const most = maxBytes ?? (bytes <= SMALL ? SMALL : Math.min(MOST_BYTES, packed * MOST_RATIO));
	if (bytes <= most) return;
	throw new NnvolError(
		"MODEL",
		`${path} (${sizeText(packed)}) would unpack to ${sizeText(bytes)}, more than the ${sizeText(most)} allowed. ` +
			`If you trust it: nnvol install ${path} --max-size ${Math.ceil(bytes / 2 ** 30)}GB`,
		{ fields: { path, bytes, most } },
	);
}

/**
 * Writes `files` below `folder`, which must be new, each durably; `place` gives a file's path in it.
 * @throws MODEL where a file is damaged or the disk is too small; CANCELLED. What was written is left for the caller to remove
 */
export async function unpack(
	archive: Archive,
	files: readonly ZipEntry[],
	folder: string,
	place: (name: string) => string,
	signal?: AbortSignal,
): Promise<void> {
	await requireSpace(archive.path, files, dirname(folder));
	const folders = new Set<string>([folder]);
	await makeFolder(folder);
	for (const { name } of files) {
		throwIfAborted(signal);
		const path = join(folder, ...place(name).split("/"));
		await makeFolder(dirname(path));
		for (let above = dirname(path); above.length > folder.length; above = dirname(above)) folders.add(above);
		await writeMember(archive, name, path, signal);
	}
	for (const made of folders) await syncFolder(made);
}

async function writeMember(archive: Archive, name: string, path: string, signal?: AbortSignal): Promise<void> {
	const { zip } = archive;
	try {
		const target = createWriteStream(path, { flags: "wx" });
		await pipeline(zip.pieces(name), target, signal === undefined ? {} : { signal });
		const file = await open(path, "r+");
		await file.sync().finally(() => file.close());
	} catch (cause) {
		throwIfAborted(signal);
		if (cause instanceof NnvolError) throw cause;
		throw new NnvolError("MODEL", `${archive.path}: its member "${name}" cannot be written to ${path}`, { cause });
	}
}

/** @throws MODEL where the disk cannot hold the files */
async function requireSpace(path: string, files: readonly ZipEntry[], folder: string): Promise<void> {
	const bytes = files.reduce((sum, { size }) => sum + size, 0);
	const disk = await statfs(folder).catch(() => undefined);
	const free = disk === undefined ? Number.POSITIVE_INFINITY : disk.bavail * disk.bsize;
	if (bytes <= free) return;
	throw new NnvolError(
		"MODEL",
		`${path} needs ${sizeText(bytes)} in ${folder}, where ${sizeText(free)} are free; make room or choose another folder`,
	);
}

/** `1.5 GiB`. */
export function sizeText(bytes: number): string {
	const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
	const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
	const value = bytes / 1024 ** power;
	return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}
