/**
 * A folder as a store: a key is a file below it.
 *
 * What `set` has written is whole and on the disk: it is written beside, synced and renamed over the key. Names are made
 * durable by `sync`. What a dead process of this host left beside is removed when its folder is first written to.
 *
 * @module
 */
import { randomInt } from "node:crypto";
import { type FileHandle, link, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { besideName, syncFolder } from "../../core/atomic-file.ts";
import { throwIfAborted } from "../../core/errors.ts";
import { makeFolder } from "../../core/folder.ts";
import { systemCode } from "../../core/system-fault.ts";
import { fileError, volumeError } from "../fault.ts";
import { isTemporaryName, removeStale } from "../publish.ts";
import { Gate } from "./gate.ts";
import { keyParts, rangeWithin } from "./keys.ts";
import type { ByteRange, KeyStore, StoreListing, StoreOptions } from "./store.ts";

/** Files open at once: their flushes run side by side, and the system's limit is far. */
const FILES_AT_ONCE = 32;

/** Highest number in a temporary name. */
const MOST = 2 ** 47;

/** The folder `root`; it need not be there. */
export class FileStore implements KeyStore {
	readonly root: string;
	readonly #gate = new Gate(FILES_AT_ONCE);
	/** Folders that are there, or being made. */
	readonly #folders = new Map<string, Promise<void>>();
	/** Folders whose entries are not on the disk yet, and those being flushed. */
	readonly #unsynced = new Set<string>();
	readonly #syncing = new Set<Promise<void>>();

	constructor(root: string) {
		this.root = root;
	}

	async get(key: string, options: StoreOptions = {}): Promise<Uint8Array | undefined> {
		throwIfAborted(options.signal);
		const path = this.#path(key);
		return this.#gate.run(() => whereThere(path, () => readFile(path)));
	}

	async getRange(key: string, range: ByteRange, options: StoreOptions = {}): Promise<Uint8Array | undefined> {
		throwIfAborted(options.signal);
		const path = this.#path(key);
		return this.#gate.run(() => whereThere(path, () => openAndRead(path, range)));
	}

	async set(key: string, bytes: Uint8Array, options: StoreOptions = {}): Promise<void> {
		throwIfAborted(options.signal);
		await this.#write(this.#path(key), (path) => putFile(path, bytes, rename));
	}

	/** @throws VOLUME also where the file system has no hard links */
	async create(key: string, bytes: Uint8Array, options: StoreOptions = {}): Promise<boolean> {
		throwIfAborted(options.signal);
		return this.#write(this.#path(key), (path) => createFile(path, bytes));
	}

	async #write<T>(path: string, action: (path: string) => Promise<T>): Promise<T> {
		const folder = dirname(path);
		const result = await this.#gate.run(async () => {
			try {
				await this.#makeFolder(folder);
				return await action(path).catch(async (cause: unknown) => {
					if (systemCode(cause) !== "ENOENT") throw cause;
					// somebody has removed the folder since it was made
					this.#folders.delete(folder);
					await this.#makeFolder(folder);
					return action(path);
				});
			} catch (cause) {
				throw fileError(path, "write", cause);
			}
		});
		this.#unsynced.add(folder);
		return result;
	}

	async remove(key: string, options: StoreOptions = {}): Promise<void> {
		throwIfAborted(options.signal);
		const path = this.#path(key);
		const found = await stat(path).catch(() => undefined);
		if (found === undefined || found.isDirectory()) return;
		await rm(path, { force: true }).catch((cause: unknown) => {
			throw fileError(path, "remove", cause);
		});
		this.#unsynced.add(dirname(path));
	}

	async list(prefix: string, options: StoreOptions = {}): Promise<StoreListing> {
		throwIfAborted(options.signal);
		const folder = this.#path(prefix);
		const entries = (await whereThere(folder, () => readdir(folder, { withFileTypes: true }))) ?? [];
		const files: string[] = [];
		const folders: string[] = [];
		for (const entry of entries) {
			if (isTemporaryName(entry.name)) continue;
			const found = entry.isSymbolicLink() ? await stat(join(folder, entry.name)).catch(() => undefined) : entry;
			if (found?.isDirectory() === true) folders.push(entry.name);
			else if (found?.isFile() === true) files.push(entry.name);
		}
		return { files: files.sort(), folders: folders.sort() };
	}

	/** A flush that another call began may hold names of this one's files: it is waited for too. */
	async sync(): Promise<void> {
		const folders = [...this.#unsynced];
		this.#unsynced.clear();
		for (const folder of folders) {
			const flush = this.#gate.run(() => syncFolder(folder));
			this.#syncing.add(flush);
			void flush.finally(() => this.#syncing.delete(flush));
		}
		await Promise.all(this.#syncing);
	}

	async close(): Promise<void> {}

	#makeFolder(folder: string): Promise<void> {
		const known = this.#folders.get(folder);
		if (known !== undefined) return known;
		const making = this.#makeOrClean(folder);
		this.#folders.set(folder, making);
		making.catch(() => this.#folders.delete(folder));
		return making;
	}

	/** Every folder from the new one up to the root, and the one the root lies in, has a new entry. */
	async #makeOrClean(folder: string): Promise<void> {
		if ((await stat(folder).catch(() => undefined))?.isDirectory() === true) {
			await removeStale(folder);
			return;
		}
		await makeFolder(folder).catch((cause: unknown) => {
			const isTaken = systemCode(cause) === "EEXIST" || systemCode(cause) === "ENOTDIR";
			throw isTaken ? volumeError(folder, "a folder was expected, a file is in the way; remove it", cause) : cause;
		});
		for (let at = dirname(folder); at.length >= dirname(this.root).length; at = dirname(at)) {
			this.#unsynced.add(at);
			if (at === dirname(at)) break;
		}
	}

	/** @throws VOLUME where `key` leads out of the folder */
	#path(key: string): string {
		return join(this.root, ...keyParts(this.root, key));
	}
}

/** Written beside, whole and on the disk, then put at `path`: the new bytes or the old ones, never a part. */
async function putFile(
	path: string,
	bytes: Uint8Array,
	put: (beside: string, path: string) => Promise<void>,
): Promise<void> {
	const beside = besideName(path, randomInt(MOST), "tmp");
	try {
		const file = await open(beside, "wx");
		try {
			await file.writeFile(bytes);
			await file.datasync();
		} finally {
			await file.close();
		}
		await put(beside, path);
	} catch (error) {
		await rm(beside, { force: true }).catch(() => undefined);
		throw error;
	}
}

/** A link to what is whole already: unlike a rename it never replaces, and unlike opening it never shows a part. */
async function createFile(path: string, bytes: Uint8Array): Promise<boolean> {
	try {
		await putFile(path, bytes, async (beside) => {
			await link(beside, path);
			await rm(beside, { force: true });
		});
		return true;
	} catch (error) {
		if (systemCode(error) === "EEXIST") return false;
		throw error;
	}
}

async function openAndRead(path: string, range: ByteRange): Promise<Uint8Array | undefined> {
	const file = await open(path, "r");
	try {
		const found = await file.stat();
		return found.isDirectory() ? undefined : await readRange(file, path, range, found.size);
	} finally {
		await file.close();
	}
}

async function readRange(file: FileHandle, path: string, range: ByteRange, size: number): Promise<Uint8Array> {
	const { offset, length } = rangeWithin(path, range, size);
	const bytes = new Uint8Array(length);
	let filled = 0;
	while (filled < length) {
		const { bytesRead } = await file.read(bytes, filled, length - filled, offset + filled);
		if (bytesRead === 0) throw volumeError(path, `ends after ${filled} of ${length} bytes; copy it again`);
		filled += bytesRead;
	}
	return bytes;
}

/** A folder is no value, and a file has nothing below it. */
const ABSENT: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "EISDIR"]);

/** What `action` reads at `path`; undefined where nothing is there. @throws VOLUME */
async function whereThere<T>(path: string, action: () => Promise<T>): Promise<T | undefined> {
	try {
		return await action();
	} catch (error) {
		if (ABSENT.has(systemCode(error))) return undefined;
		throw fileError(path, "read", error);
	}
}
