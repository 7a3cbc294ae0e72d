/**
 * Files of one Zarr hierarchy: keys are paths under a folder.
 *
 * What `set` has written is whole and on the disk: it is written beside, synced and renamed over the key.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { volumeError } from "../fault.ts";
import { eachOf } from "./pool.ts";

const SYNCS_AT_ONCE = 8;

/** A part of a file: `length` bytes from `offset`, or its last `suffixLength` bytes. */
export type Range = { readonly offset: number; readonly length: number } | { readonly suffixLength: number };

/** A Zarr hierarchy in the folder `root`. Keys begin with a slash, as zarrita's. */
export class FileStore {
	readonly root: string;
	readonly #folders = new Set<string>();

	constructor(root: string) {
		this.root = root;
	}

	/** The whole file; undefined where there is none. */
	async get(key: string): Promise<Uint8Array | undefined> {
		return absentAsUndefined(() => readFile(this.#path(key)));
	}

	/** A part of the file; undefined where there is no file. @throws VOLUME where the file ends before the range */
	async getRange(key: string, range: Range): Promise<Uint8Array | undefined> {
		const path = this.#path(key);
		return absentAsUndefined(async () => {
			const file = await open(path, "r");
			try {
				return await readRange(file, path, range);
			} finally {
				await file.close();
			}
		});
	}

	/** Writes the file whole, or not at all. */
	async set(key: string, bytes: Uint8Array): Promise<void> {
		const path = this.#path(key);
		await this.#makeFolder(dirname(path));
		const beside = `${path}.${randomBytes(6).toString("hex")}.partial`;
		try {
			const file = await open(beside, "wx");
			try {
				await file.writeFile(bytes);
				await file.sync();
			} finally {
				await file.close();
			}
			await rename(beside, path);
		} catch (error) {
			await rm(beside, { force: true });
			throw error;
		}
	}

	/** Makes the names of all files written so far durable. */
	async sync(): Promise<void> {
		await eachOf([...this.#folders], SYNCS_AT_ONCE, async (folder) => {
			const handle = await open(folder, "r");
			await handle.sync().finally(() => handle.close());
		});
	}

	async #makeFolder(folder: string): Promise<void> {
		if (this.#folders.has(folder)) return;
		await mkdir(folder, { recursive: true });
		for (let at = folder; at.length >= this.root.length; at = dirname(at)) this.#folders.add(at);
	}

	/** @throws VOLUME where `key` leads out of the folder */
	#path(key: string): string {
		const parts = key.split("/").filter(Boolean);
		if (parts.some((part) => part === ".." || part === "." || part.includes("\\") || part.includes("\0"))) {
			throw volumeError(this.root, `"${key}" is no path inside a Zarr folder`);
		}
		return join(this.root, ...parts);
	}
}

async function readRange(file: FileHandle, path: string, range: Range): Promise<Uint8Array> {
	const { size } = await file.stat();
	const length = "suffixLength" in range ? range.suffixLength : range.length;
	const offset = "suffixLength" in range ? size - length : range.offset;
	if (!(offset >= 0 && length >= 0 && offset + length <= size)) {
		throw volumeError(path, `is damaged: expected ${length} bytes at ${offset}, the file has ${size}; copy it again`);
	}
	const bytes = new Uint8Array(length);
	let filled = 0;
	while (filled < length) {
		const { bytesRead } = await file.read(bytes, filled, length - filled, offset + filled);
		if (bytesRead === 0) throw volumeError(path, `ends after ${filled} of ${length} bytes; copy it again`);
		filled += bytesRead;
	}
	return bytes;
}

const ABSENT = new Set(["ENOENT", "ENOTDIR", "EISDIR"]);

async function absentAsUndefined<T>(action: () => Promise<T>): Promise<T | undefined> {
	try {
		return await action();
	} catch (error) {
		if (error instanceof Error && "code" in error && ABSENT.has(String(error.code))) return undefined;
		throw error;
	}
}
