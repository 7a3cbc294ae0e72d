/**
 * A file read by offset: never whole, never past its end.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { type FileHandle, open, stat } from "node:fs/promises";
import { systemCode } from "../core/system-fault.ts";
import type { Fault } from "./fault.ts";

/** An open file of known size. Reads may run side by side. */
export interface FileSource {
	readonly path: string;
	/** Bytes. */
	readonly size: number;
	/** Exactly `length` bytes from `offset`. @throws where the file ends before them or cannot be read */
	read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
	/** The same bytes in pieces of at most 4 MiB, in order. */
	pieces(offset: number, length: number): AsyncGenerator<Uint8Array<ArrayBuffer>>;
	close(): Promise<void>;
}

const PIECE = 4 << 20;

/** Opens a file for reading. @throws what `fault` makes: missing, a folder, not readable */
export async function openFile(path: string, fault: Fault): Promise<FileSource> {
	// looked at before it is opened: opening a pipe waits for its other end
	const found = await stat(path).catch((error: unknown) => {
		throw cannotOpen(fault, error);
	});
	if (found.isDirectory()) throw fault("is a folder, a file was expected", "Name a file inside it");
	if (!found.isFile()) throw fault("is not a regular file", "Name a file on disk");
	const handle = await open(path, "r").catch((error: unknown) => {
		throw cannotOpen(fault, error);
	});
	return new HandleSource(path, found.size, handle, fault);
}

/** SHA-256 of the whole file as 64 hexadecimal digits, read in pieces. */
export async function sha256Of(file: FileSource): Promise<string> {
	const hash = createHash("sha256");
	for await (const piece of file.pieces(0, file.size)) hash.update(piece);
	return hash.digest("hex");
}

function cannotOpen(fault: Fault, error: unknown): Error {
	switch (systemCode(error)) {
		case "ENOENT":
		case "ENOTDIR":
			return fault("there is no such file", "Check the path", error);
		case "EACCES":
		case "EPERM":
			return fault("may not be read", "Check the file's permissions", error);
		default:
			return fault("cannot be opened", "See the cause for what the system said", error);
	}
}

class HandleSource implements FileSource {
	readonly path: string;
	readonly size: number;
	readonly #handle: FileHandle;
	readonly #fault: Fault;

	constructor(path: string, size: number, handle: FileHandle, fault: Fault) {
		this.path = path;
		this.size = size;
		this.#handle = handle;
		this.#fault = fault;
	}

	async read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
		this.#check(offset, length);
		const bytes = this.#allocate(length);
		for (let done = 0; done < length; ) {
			const step = Math.min(PIECE, length - done);
			done += await this.#fill(bytes, done, step, offset + done);
		}
		return bytes;
	}

	async *pieces(offset: number, length: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
		this.#check(offset, length);
		for (let done = 0; done < length; done += PIECE) {
			yield await this.read(offset + done, Math.min(PIECE, length - done));
		}
	}

	async close(): Promise<void> {
		await this.#handle.close();
	}

	#check(offset: number, length: number): void {
		const inside = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
		if (inside && offset + length <= this.size) return;
		throw this.#fault(`holds ${this.size} bytes, but bytes ${offset} to ${offset + length} are asked for`);
	}

	#allocate(length: number): Uint8Array<ArrayBuffer> {
		try {
			return new Uint8Array(length);
		} catch (error) {
			throw this.#fault(`a part of ${length} bytes does not fit into memory`, "Use a machine with more memory", error);
		}
	}

	async #fill(bytes: Uint8Array, at: number, length: number, position: number): Promise<number> {
		const { bytesRead } = await this.#handle.read(bytes, at, length, position).catch((error: unknown) => {
			throw this.#fault(`cannot be read at byte ${position}`, "See the cause for what the system said", error);
		});
		if (bytesRead === 0) throw this.#fault(`ended at byte ${position}: it was cut while it was being read`);
		return bytesRead;
	}
}
