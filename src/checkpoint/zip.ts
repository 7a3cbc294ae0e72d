/**
 * Reads members of ZIP files by name without loading the file: stored and deflated members, zip64.
 *
 * Every byte that leaves here was counted and its CRC-32 compared. For checkpoints, model archives and `.npz`.
 *
 * @module
 */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { crc32, createInflateRaw } from "node:zlib";
import { viewOf } from "../core/bytes.ts";
import { DEFLATE_RATIO } from "../core/deflate.ts";
import { type ErrorCode, NnvolError } from "../core/errors.ts";
import { type Fault, faultOf } from "./fault.ts";
import { type FileSource, openFile } from "./file-source.ts";
import { readDirectory, type ZipEntry } from "./zip-directory.ts";

export type { ZipEntry } from "./zip-directory.ts";

/** How an archive is opened. */
export type ZipOptions = {
	/** Kind of the errors; default CHECKPOINT. */
	readonly code?: ErrorCode;
};

/** An open ZIP file. Reads may run side by side; close it in a `finally`. */
export interface ZipReader {
	readonly path: string;
	readonly entries: ReadonlyMap<string, ZipEntry>;
	/** Names of the members, in the order of the table of contents. Not to be used as paths unchecked. */
	names(): string[];
	/** The content of a member, `entry.size` bytes. @throws where it is missing, damaged or above `maxBytes` */
	read(name: string, options?: { readonly maxBytes?: number }): Promise<Uint8Array<ArrayBuffer>>;
	/** The content in pieces; the CRC is compared after the last one, so use nothing before the loop has ended. */
	pieces(name: string): AsyncGenerator<Uint8Array>;
	close(): Promise<void>;
}

const LOCAL_HEADER = 30;
const LOCAL_SIGNATURE = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;

/** Opens a ZIP file and checks its table of contents. @throws `options.code` naming the file and what is wrong */
export async function openZip(path: string, options: ZipOptions = {}): Promise<ZipReader> {
	const fault = faultOf(options.code ?? "CHECKPOINT", path);
	const file = await openFile(path, fault);
	try {
		return await readZip(file, fault);
	} catch (error) {
		await file.close();
		throw error;
	}
}

/** The archive in an open file, which the reader closes. @throws what `fault` makes */
export async function readZip(file: FileSource, fault: Fault): Promise<ZipReader> {
	return new FileZip(file, await readDirectory(file, fault), fault);
}

class FileZip implements ZipReader {
	readonly path: string;
	readonly entries: ReadonlyMap<string, ZipEntry>;
	readonly #file: FileSource;
	readonly #fault: Fault;

	constructor(file: FileSource, entries: ReadonlyMap<string, ZipEntry>, fault: Fault) {
		this.path = file.path;
		this.entries = entries;
		this.#file = file;
		this.#fault = fault;
	}

	names(): string[] {
		return [...this.entries.keys()];
	}

	async read(name: string, options: { readonly maxBytes?: number } = {}): Promise<Uint8Array<ArrayBuffer>> {
		const { size } = this.#entry(name);
		if (size > (options.maxBytes ?? Number.POSITIVE_INFINITY)) {
			throw this.#fault(`its member "${name}" claims ${size} bytes, at most ${options.maxBytes} were expected`);
		}
		const bytes = this.#allocate(name, size);
		let at = 0;
		for await (const piece of this.pieces(name)) {
			bytes.set(piece, at);
			at += piece.length;
		}
		return bytes;
	}

	async *pieces(name: string): AsyncGenerator<Uint8Array> {
		const entry = this.#entry(name);
		const raw = this.#file.pieces(await this.#dataOffset(entry), entry.compressedSize);
		let crc = 0;
		let size = 0;
		for await (const piece of entry.method === STORED ? raw : this.#inflated(entry, raw)) {
			size += piece.length;
			if (size > entry.size)
				throw this.#fault(`its member "${name}" unpacks to more than the ${entry.size} bytes told`);
			crc = crc32(piece, crc);
			yield piece;
		}
		if (size !== entry.size) throw this.#fault(`its member "${name}" has ${size} bytes, ${entry.size} were expected`);
		if (crc !== entry.crc32) throw this.#damaged(entry);
	}

	#damaged({ name, crc32: told }: ZipEntry): Error {
		const unchecked =
			"The file is damaged, or was saved without checksums (torch.serialization.set_crc32_options(False)): " +
			"copy it again, or save it again with checksums";
		const next = told === 0 ? unchecked : undefined;
		return this.#fault(`its member "${name}" is damaged: the checksum (CRC-32) is wrong`, next);
	}

	async close(): Promise<void> {
		await this.#file.close();
	}

	/** The entry, checked for what would make reading it unsafe. */
	#entry(name: string): ZipEntry {
		const entry = this.entries.get(name);
		if (!entry) throw this.#fault(`has no member "${name}"`);
		if (entry.encrypted) throw this.#fault(`its member "${name}" is encrypted`, "Pack it again without a password");
		const { method, size, compressedSize } = entry;
		if (method !== STORED && method !== DEFLATED) {
			throw this.#fault(`its member "${name}" is packed by method ${method}`, "Pack it again, stored or deflated");
		}
		const most = method === STORED ? compressedSize : compressedSize * DEFLATE_RATIO;
		if (size > most || (method === STORED && size !== compressedSize)) {
			throw this.#fault(
				`its member "${name}" claims ${size} bytes, which its ${compressedSize} packed bytes cannot hold`,
			);
		}
		return entry;
	}

	/** Where the member's bytes begin: its own header has a length of its own, and must be that of this member. */
	async #dataOffset(entry: ZipEntry): Promise<number> {
		const view = viewOf(await this.#file.read(entry.offset, LOCAL_HEADER));
		const nameLength = view.getUint16(26, true);
		const offset = entry.offset + LOCAL_HEADER + nameLength + view.getUint16(28, true);
		if (view.getUint32(0, true) !== LOCAL_SIGNATURE || view.getUint16(8, true) !== entry.method) {
			throw this.#fault(`the header of its member "${entry.name}" is damaged`);
		}
		const name = await this.#file.read(entry.offset + LOCAL_HEADER, nameLength);
		if (new TextDecoder("utf-8", { ignoreBOM: true }).decode(name) !== entry.name) {
			throw this.#fault(`its member "${entry.name}" has another name in its own header`);
		}
		return offset;
	}

	async *#inflated(entry: ZipEntry, raw: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
		const inflate = createInflateRaw();
		// The loop below sees the same failure, as the pipeline destroys `inflate` with it.
		const done = pipeline(Readable.from(raw), inflate).catch(() => {});
		try {
			for await (const piece of inflate) if (piece instanceof Uint8Array) yield piece;
		} catch (error) {
			if (error instanceof NnvolError) throw error;
			throw this.#fault(`its member "${entry.name}" is damaged: it cannot be unpacked`, undefined, error);
		} finally {
			inflate.destroy();
			await done;
		}
	}

	#allocate(name: string, size: number): Uint8Array<ArrayBuffer> {
		try {
			return new Uint8Array(size);
		} catch (error) {
			throw this.#fault(`its member "${name}" of ${size} bytes does not fit into memory`, "Use more memory", error);
		}
	}
}
