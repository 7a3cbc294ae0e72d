/**
 * A new file that is written from front to back in pieces, and appears whole or not at all.
 *
 * @module
 */
import { type FileHandle, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { makeFolder } from "../../core/folder.ts";
import { fileError } from "../../volume/fault.ts";
import { publish, removeStale, temporaryBeside } from "../../volume/publish.ts";

/** Bytes that are gathered before they are written. */
const PIECE = 1 << 20;

/** The file under its temporary name. Pieces may be of any size; small ones are gathered. */
export class Spool {
	readonly #path: string;
	readonly #temporary: string;
	readonly #file: FileHandle;
	#waiting: Uint8Array[] = [];
	#bytes = 0;
	#size = 0;

	private constructor(path: string, temporary: string, file: FileHandle) {
		this.#path = path;
		this.#temporary = temporary;
		this.#file = file;
	}

	/** Begins the file that will be `path`; its folder is made where it is missing. @throws VOLUME */
	static async begin(path: string): Promise<Spool> {
		try {
			await makeFolder(dirname(path));
			const temporary = temporaryBeside(path);
			return new Spool(path, temporary, await open(temporary, "wx+"));
		} catch (cause) {
			throw fileError(path, "write", cause);
		}
	}

	/** Bytes so far. */
	get size(): number {
		return this.#size;
	}

	/** Adds `bytes`, which are the spool's from now on; call `flush` now and then. */
	add(bytes: Uint8Array): void {
		this.#waiting.push(bytes);
		this.#bytes += bytes.length;
		this.#size += bytes.length;
	}

	/** Writes what has gathered, if it is much (all of it with `all`). @throws VOLUME */
	async flush(all = false): Promise<void> {
		if (this.#bytes === 0 || (this.#bytes < PIECE && !all)) return;
		const pieces = this.#waiting;
		this.#waiting = [];
		this.#bytes = 0;
		try {
			await this.#file.appendFile(pieces.length === 1 ? (pieces[0] ?? "") : Buffer.concat(pieces));
		} catch (cause) {
			throw fileError(this.#path, "write", cause);
		}
	}

	/** Adds all that `other` holds behind what is there. @throws VOLUME */
	async addAll(other: Spool): Promise<void> {
		await this.flush(true);
		await other.flush(true);
		try {
			for (let at = 0; at < other.#size; ) {
				const piece = new Uint8Array(Math.min(8 * PIECE, other.#size - at));
				const { bytesRead } = await other.#file.read(piece, 0, piece.length, at);
				if (bytesRead === 0) throw new RangeError(`${other.#temporary} ends after ${at} of ${other.#size} bytes`);
				this.add(piece.subarray(0, bytesRead));
				await this.flush(true);
				at += bytesRead;
			}
		} catch (cause) {
			throw fileError(this.#path, "write", cause);
		}
	}

	/** Makes it whole and durable under its name. @throws VOLUME; then nothing new lies there */
	async finish(): Promise<void> {
		await this.flush(true);
		await this.#file.close();
		await publish(this.#temporary, this.#path);
	}

	/** Closes and removes it; never throws. */
	async discard(): Promise<void> {
		await this.#file.close().catch(() => undefined);
		await rm(this.#temporary, { force: true }).catch(() => undefined);
	}
}

/** Writes the file `path` by `work`; nothing is left where that fails. @throws what `work` throws, VOLUME */
export async function spooled(path: string, work: (spool: Spool) => Promise<void>): Promise<void> {
	await removeStale(dirname(path));
	const spool = await Spool.begin(path);
	try {
		await work(spool);
		await spool.finish();
	} catch (error) {
		await spool.discard();
		throw error;
	}
}
