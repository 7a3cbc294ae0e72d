/**
 * A file that grows by whole records, without holding up whoever adds them.
 *
 * Records wait in memory for a moment and go to the file in one piece; nothing is flushed to the disk. What is added while
 * more than the bound waits is dropped and counted. A process that is killed loses at most that moment, and leaves whole
 * records, for a piece is written by one call.
 *
 * @module
 */
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";

/** Milliseconds that records wait. */
const PAUSE = 100;

/** Most bytes that wait. */
const BOUND = 8 * 2 ** 20;

/** Bytes of one piece, where records are not longer. */
const PIECE = 64 * 1024;

/** A file that records are added to. */
export class AppendFile {
	readonly #file: FileHandle;
	readonly #onFault: (error: unknown) => void;
	readonly #bound: number;
	#waiting: Uint8Array[] = [];
	#bytes = 0;
	#dropped = 0;
	#timer: NodeJS.Timeout | undefined;
	#writing: Promise<void> = Promise.resolve();
	#isClosed = false;
	#isBroken = false;

	private constructor(file: FileHandle, onFault: (error: unknown) => void, bound: number) {
		this.#file = file;
		this.#onFault = onFault;
		this.#bound = bound;
	}

	/** Opens `path`, and makes its folder. @param onFault told once of what ends the writing. @throws where it cannot be opened */
	static async open(path: string, onFault: (error: unknown) => void, bound = BOUND): Promise<AppendFile> {
		await mkdir(dirname(path), { recursive: true });
		return new AppendFile(await open(path, "a"), onFault, bound);
	}

	/** Records that were dropped so far. */
	get dropped(): number {
		return this.#dropped;
	}

	/** Adds a record; it is kept, not copied, until it is written. */
	append(record: Uint8Array): void {
		if (this.#isClosed || this.#isBroken) return;
		if (this.#bytes + record.length > this.#bound) {
			this.#dropped++;
			return;
		}
		this.#waiting.push(record);
		this.#bytes += record.length;
		this.#timer ??= setTimeout(() => this.#flush(), PAUSE);
	}

	/** Writes what waits, and closes. Never throws. */
	async close(): Promise<void> {
		this.#flush();
		this.#isClosed = true;
		await this.#writing;
		await this.#file.close().catch(() => undefined);
	}

	#flush(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		const records = this.#waiting;
		this.#waiting = [];
		this.#writing = this.#writing.then(() => this.#write(records)).catch((error: unknown) => this.#fail(error));
	}

	async #write(records: readonly Uint8Array[]): Promise<void> {
		for (const piece of piecesOf(records)) {
			if (this.#isBroken) return;
			for (let at = 0; at < piece.length; ) at += (await this.#file.write(piece, at)).bytesWritten;
			this.#bytes -= piece.length;
		}
	}

	#fail(error: unknown): void {
		this.#isBroken = true;
		this.#waiting = [];
		this.#onFault(error);
	}
}

/** Records joined to pieces, none cut. */
function* piecesOf(records: readonly Uint8Array[]): Generator<Uint8Array> {
	let piece: Uint8Array[] = [];
	let bytes = 0;
	for (const record of records) {
		if (bytes > 0 && bytes + record.length > PIECE) {
			yield Buffer.concat(piece);
			[piece, bytes] = [[], 0];
		}
		piece.push(record);
		bytes += record.length;
	}
	if (bytes > 0) yield Buffer.concat(piece);
}
