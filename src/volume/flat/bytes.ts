/**
 * The voxels of a flat format as one run of bytes by position, whatever way they are stored.
 *
 * @module
 */
import { stat } from "node:fs/promises";
import { DEFLATE_RATIO } from "../../core/deflate.ts";
import { DTYPES } from "../../core/dtype.ts";
import { fileError, volumeError } from "../fault.ts";
import { ByteFile } from "../streams/file.ts";
import { Sequence } from "../streams/sequence.ts";
import { exactly, TRAILING, unpacked } from "../streams/unpack.ts";
import { bytesOfVoxels, type FlatLayout, type FlatPart } from "./layout.ts";
import { parsedText } from "./text.ts";

/** Bytes by position. `isForward`: reads cost least in ascending order, and come one after the other. */
export interface FlatBytes {
	readonly isForward: boolean;
	read(at: number, target: Uint8Array): Promise<void>;
	exclusively<T>(work: () => Promise<T>): Promise<T>;
	close(): Promise<void>;
}

/** Opens the voxels; sizes of files are checked, so that what the header promises can be there. @throws VOLUME */
export async function openBytes(layout: FlatLayout): Promise<FlatBytes> {
	const total = bytesOfVoxels(layout.info);
	const share = total / layout.parts.length;
	const sizes: number[] = [];
	for (const part of layout.parts) sizes.push(await sizeOfFile(layout.info.path, part));
	checkSizes(layout, sizes, share);
	if (layout.encoding === "raw") return new RawBytes(layout, sizes, share);
	const sequence = new Sequence(() => piecesOf(layout, share), total);
	return {
		isForward: true,
		read: (at, target) => sequence.read(at, target),
		exclusively: (work) => sequence.exclusively(work),
		close: () => sequence.close(),
	};
}

async function* piecesOf(layout: FlatLayout, share: number): AsyncGenerator<Uint8Array, void, undefined> {
	for (const { path, at } of layout.parts) {
		const start = at === "end" ? 0 : at;
		if (layout.encoding === "packed") yield* exactly(unpacked(path, start), layout.skip, share, TRAILING, path);
		else yield* exactly(parsedText(path, start, layout), 0, share, 0, path);
	}
}

async function sizeOfFile(header: string, { path }: FlatPart): Promise<number> {
	const found = await stat(path).catch((cause) => {
		const error = fileError(path, "open", cause);
		throw path === header ? error : volumeError(header, `its file of voxels cannot be opened: ${error.message}`, cause);
	});
	if (!found.isFile()) throw volumeError(header, `expected its voxels in the file ${path}, found a folder or device`);
	return found.size;
}

function checkSizes({ info, parts, encoding, skip }: FlatLayout, sizes: readonly number[], share: number): void {
	for (const [i, part] of parts.entries()) {
		const stored = (sizes[i] ?? 0) - (part.at === "end" ? 0 : part.at);
		if (stored * most(encoding, DTYPES[info.dtype].bytes) >= share + (encoding === "packed" ? skip : 0)) continue;
		const where = part.path === info.path ? "" : ` in ${part.path}`;
		const found = `found ${Math.max(0, stored)}${encoding === "packed" ? " packed ones, which cannot hold them" : ""}`;
		throw volumeError(
			info.path,
			`damaged or truncated: ${info.shape.join("x")} voxels of ${info.dtype} need ${share} bytes${where}, ${found}; copy or make it again`,
		);
	}
}

/** Bytes of voxels that one byte of the file can give at most. */
function most(encoding: FlatLayout["encoding"], width: number): number {
	if (encoding === "packed") return DEFLATE_RATIO;
	// a number as text takes one letter and, but for the last, a blank
	return encoding === "text" ? width : 1;
}

/** Files of plain bytes, of which the one last read is kept open. */
class RawBytes implements FlatBytes {
	readonly isForward = false;
	readonly #parts: readonly FlatPart[];
	readonly #sizes: readonly number[];
	readonly #share: number;
	readonly #skip: number;
	#open: { readonly index: number; readonly file: Promise<ByteFile> } | undefined;
	#turn: Promise<unknown> = Promise.resolve();

	constructor({ parts, skip }: FlatLayout, sizes: readonly number[], share: number) {
		this.#parts = parts;
		this.#sizes = sizes;
		this.#share = share;
		this.#skip = skip;
	}

	/** One after the other where a read may close the file of another. */
	async exclusively<T>(work: () => Promise<T>): Promise<T> {
		if (this.#parts.length === 1) return work();
		const turn = this.#turn.then(work, work);
		this.#turn = turn.catch(() => undefined);
		return turn;
	}

	async read(at: number, target: Uint8Array): Promise<void> {
		for (let done = 0; done < target.length; ) {
			const index = Math.floor((at + done) / this.#share);
			const within = at + done - index * this.#share;
			const part = target.subarray(done, done + this.#share - within);
			await (await this.#file(index)).read(this.#start(index) + within, part);
			done += part.length;
		}
	}

	async close(): Promise<void> {
		const open = this.#open;
		this.#open = undefined;
		await (await open?.file.catch(() => undefined))?.close();
	}

	#start(index: number): number {
		const at = this.#parts[index]?.at ?? 0;
		return at === "end" ? (this.#sizes[index] ?? 0) - this.#share : at + this.#skip;
	}

	async #file(index: number): Promise<ByteFile> {
		const last = this.#open;
		if (last?.index === index) return last.file;
		const file = ByteFile.open(this.#parts[index]?.path ?? "");
		this.#open = { index, file };
		await (await last?.file.catch(() => undefined))?.close();
		return file;
	}
}
