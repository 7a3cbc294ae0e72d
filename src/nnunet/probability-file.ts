/**
 * Saved probabilities, ID.npz with the array `probabilities` (class, z, y, x), read from front to back a piece at a time.
 *
 * Written by nnvol or nnU-Net: float32, or what others make of it: float16, float64.
 *
 * @module
 */
import { openZip, type ZipReader } from "../checkpoint/zip.ts";
import { ndarray } from "../core/array.ts";
import { DTYPES, viewAs } from "../core/dtype.ts";
import { fromHalf } from "../core/float16.ts";
import { shapeText, sizeOf } from "../core/shape.ts";
import { transpose } from "../image/transpose.ts";
import { volumeError } from "../volume/fault.ts";
import { type NpyHeader, parseNpyHeader } from "../volume/npz/npy.ts";

const MEMBER = "probabilities.npy";

/** An open file of probabilities. */
export interface ProbabilityFile {
	readonly path: string;
	/** Classes or regions, z, y, x. */
	readonly shape: readonly number[];
	/** The next `count` values in C order. @throws VOLUME where the file is damaged */
	take(count: number): Promise<Float32Array | Float64Array>;
	/** Reads the file's end, where its checksum is compared. @throws VOLUME */
	finish(): Promise<void>;
	close(): Promise<void>;
}

/** Opens a file. @throws VOLUME naming what was expected and found */
export async function openProbabilities(path: string): Promise<ProbabilityFile> {
	const zip = await openZip(path, { code: "VOLUME" });
	try {
		const size = zip.entries.get(MEMBER)?.size;
		if (size === undefined) {
			throw volumeError(path, `expected an array "probabilities", found ${zip.names().join(", ") || "nothing"}`);
		}
		const queue = new ByteQueue(zip.pieces(MEMBER));
		const header = checkHeader(path, await readHeader(path, queue), size);
		const content = header.fortran ? await reordered(path, header, queue) : queue;
		return new OpenProbabilities(path, header, content, zip);
	} catch (error) {
		await zip.close();
		throw error;
	}
}

class OpenProbabilities implements ProbabilityFile {
	readonly path: string;
	readonly #header: NpyHeader;
	readonly #content: ByteQueue;
	readonly #zip: ZipReader;

	constructor(path: string, header: NpyHeader, content: ByteQueue, zip: ZipReader) {
		this.path = path;
		this.#header = header;
		this.#content = content;
		this.#zip = zip;
	}

	get shape(): readonly number[] {
		return this.#header.shape;
	}

	async take(count: number): Promise<Float32Array | Float64Array> {
		const { dtype } = this.#header;
		const bytes = await this.#content.take(count * DTYPES[dtype].bytes);
		if (bytes === undefined) throw volumeError(this.path, "it ended before its last value; copy or make it again");
		if (dtype === "float64") return viewAs("float64", bytes);
		if (dtype === "float32") return viewAs("float32", bytes);
		return Float32Array.from(viewAs("float16", bytes), fromHalf);
	}

	async finish(): Promise<void> {
		if (!(await this.#content.isAtEnd())) throw volumeError(this.path, "it holds more values than its shape says");
	}

	async close(): Promise<void> {
		await this.#content.stop();
		await this.#zip.close();
	}
}

/** Bytes that come in pieces of any size, taken in pieces of any other. */
class ByteQueue {
	readonly #source: AsyncGenerator<Uint8Array>;
	#rest: Uint8Array = new Uint8Array(0);

	constructor(source: AsyncGenerator<Uint8Array>) {
		this.#source = source;
	}

	/** The next `count` bytes; undefined where there are fewer. */
	async take(count: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
		const out = new Uint8Array(count);
		for (let at = 0; at < count; ) {
			if (this.#rest.length === 0 && !(await this.#advance())) return undefined;
			const part = this.#rest.subarray(0, count - at);
			out.set(part, at);
			this.#rest = this.#rest.subarray(part.length);
			at += part.length;
		}
		return out;
	}

	async isAtEnd(): Promise<boolean> {
		return this.#rest.length === 0 && !(await this.#advance());
	}

	async stop(): Promise<void> {
		await this.#source.return(undefined);
	}

	/** The next piece that is not empty; false at the end. */
	async #advance(): Promise<boolean> {
		do {
			const { done, value } = await this.#source.next();
			if (done === true) return false;
			this.#rest = value;
		} while (this.#rest.length === 0);
		return true;
	}
}

/** Takes the header, byte by byte at first: its length stands in it. */
async function readHeader(path: string, queue: ByteQueue): Promise<NpyHeader> {
	let head: Uint8Array = new Uint8Array(0);
	for (;;) {
		const header = parseNpyHeader(head);
		if (typeof header === "object") return header;
		const next = header === undefined ? await queue.take(head.length < 12 ? 12 : 1) : undefined;
		if (next === undefined) throw volumeError(path, `${MEMBER}: ${header ?? "it is cut off"}; copy or make it again`);
		head = Buffer.concat([head, next]);
	}
}

function checkHeader(path: string, header: NpyHeader, size: number): NpyHeader {
	const { dtype, shape, start } = header;
	if (DTYPES[dtype].kind !== "float") throw volumeError(path, `expected probabilities as floats, found ${dtype}`);
	if (shape.length !== 4 || shape.some((extent) => !(extent > 0))) {
		throw volumeError(
			path,
			`expected probabilities of four axes (class, z, y, x), found ${shapeText(shape) || "a number"}`,
		);
	}
	const wanted = start + sizeOf(shape) * DTYPES[dtype].bytes;
	if (wanted === size) return header;
	throw volumeError(path, `${shapeText(shape)} of ${dtype} need ${wanted} bytes, found ${size}; copy or make it again`);
}

/** Numpy keeps an array whose first axis is the fastest as it is: it is read whole and turned. */
async function reordered(path: string, { dtype, shape }: NpyHeader, queue: ByteQueue): Promise<ByteQueue> {
	const bytes = await queue.take(sizeOf(shape) * DTYPES[dtype].bytes);
	if (bytes === undefined || !(await queue.isAtEnd())) throw volumeError(path, "it is cut off; copy or make it again");
	const turned = transpose(ndarray(dtype, shape.toReversed(), viewAs(dtype, bytes)), [3, 2, 1, 0]);
	return new ByteQueue(
		(async function* () {
			yield new Uint8Array(turned.data.buffer, turned.data.byteOffset, turned.data.byteLength);
		})(),
	);
}
