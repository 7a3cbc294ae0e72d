/**
 * Writes flat formats: a header, then the voxels in order, plain or packed as they come.
 *
 * Whole pages (the last two axes, or three with colours) that are next go to the file as they are, nothing is kept. Boxes
 * may come in any order: a page that is not next waits in memory. Of pages too large to wait, bands of rows may come too,
 * each after the one before it.
 *
 * @module
 */
import { rm } from "node:fs/promises";
import { endianness } from "node:os";
import { bytesOf, type NdArray } from "../../core/array.ts";
import { DTYPES } from "../../core/dtype.ts";
import { NnvolError, throwIfAborted } from "../../core/errors.ts";
import { sizeOf, stridesOf } from "../../core/shape.ts";
import { checkRegion } from "../check.ts";
import { volumeError } from "../fault.ts";
import { PageBuffer } from "../page-buffer.ts";
import { finalName } from "../publish.ts";
import { OutputFile, type Packing } from "../streams/output.ts";
import type { IoOptions, VolumeSpec, VolumeWriter } from "../volume.ts";
import { swapped } from "./text.ts";

/** What a format adds to the voxels. */
export type FlatFormat = {
	/** The bytes before the voxels, of one length for every size of the packed voxels (0 where it is not known yet). */
	readonly header: (packed: number) => Uint8Array;
	readonly packing: Packing;
	/** True where the header is packed too. */
	readonly packsHeader: boolean;
	readonly bigEndian: boolean;
};

/**
 * How the voxels of `spec` are packed in a format that has one way to: `usual` where the spec leaves it open.
 *
 * @throws CONFIG for a way that the format has not, and for chunks
 */
export function packingOf(path: string, { layout }: VolumeSpec, usual: "gzip" | "zlib"): Packing {
	const { compression, chunks, shards } = layout ?? {};
	if (chunks !== undefined || shards !== undefined) throw unfit(path, "has no chunks");
	if (compression === undefined || compression === "gzip") return usual;
	if (compression === "none") return "none";
	throw unfit(path, `packs its voxels by gzip or not at all, not by ${compression}`);
}

/** The same for formats where the name tells whether all of the file is packed. @throws CONFIG where the spec wants the other */
export function packingOfName(path: string, spec: VolumeSpec, isPacked: boolean): Packing {
	const wanted = packingOf(path, spec, "gzip");
	const isChosen = spec.layout?.compression !== undefined;
	if (isChosen && (wanted === "gzip") !== isPacked) {
		throw unfit(
			path,
			`is packed where its name ends in .gz, and compression "${spec.layout?.compression}" was asked for`,
		);
	}
	return isPacked ? "gzip" : "none";
}

function unfit(path: string, found: string): NnvolError {
	const message = `${finalName(path)}: this format ${found}; leave the option out, or choose another name or format`;
	return new NnvolError("CONFIG", message, { fields: { path } });
}

/** Begins the file at `path`; `spec` is checked by then. @throws VOLUME */
export async function createFlat(path: string, spec: VolumeSpec, format: FlatFormat): Promise<VolumeWriter> {
	const file = await OutputFile.create(path);
	try {
		if (format.packsHeader) file.pack(format.packing);
		await file.append(format.header(0));
		if (!format.packsHeader) file.pack(format.packing);
		return new FlatWriter(path, file, spec, format);
	} catch (error) {
		await file.abandon();
		await rm(path, { force: true });
		throw error;
	}
}

/** Pages of more bytes may be written as bands of rows; they must come in order then. */
const LARGE_PAGE = 64 << 20;

class FlatWriter implements VolumeWriter {
	readonly #path: string;
	readonly #file: OutputFile;
	readonly #spec: VolumeSpec;
	readonly #format: FlatFormat;
	readonly #pages: PageBuffer;
	/** Voxels of a page. */
	readonly #page: number;
	/** Pages that are whole and wait for those before them. */
	readonly #waiting = new Map<number, NdArray>();
	/** Voxels that came out of order, in pages that are not written. */
	#kept = 0;
	/** Voxels that are on disk or on their way there. */
	#taken = 0;
	#writing: Promise<void> = Promise.resolve();

	constructor(path: string, file: OutputFile, spec: VolumeSpec, format: FlatFormat) {
		this.#path = path;
		this.#file = file;
		this.#spec = spec;
		this.#format = format;
		this.#pages = new PageBuffer(path, spec);
		this.#page = sizeOf(spec.shape.slice(spec.axes.endsWith("c") ? -3 : -2));
	}

	async write(start: readonly number[], array: NdArray, { signal }: IoOptions = {}): Promise<void> {
		throwIfAborted(signal);
		checkRegion(this.#path, this.#spec, start, array);
		const strides = stridesOf(this.#spec.shape);
		const first = start.reduce((at, voxel, axis) => at + voxel * (strides[axis] ?? 1), 0);
		if (this.#isNext(first, array)) await this.#take(array, true);
		else await this.#addToPages(first, start, array, signal);
		throwIfAborted(signal);
	}

	async finish(): Promise<void> {
		await this.#writing;
		this.#requireWhole();
		const head = this.#format.header(0).length;
		await this.#file.unpack();
		if (!this.#format.packsHeader) await this.#file.patch(0, this.#format.header(this.#file.size - head));
		await this.#file.finish();
	}

	async discard(): Promise<void> {
		await this.#file.abandon();
		await rm(this.#path, { force: true }).catch(() => undefined);
	}

	/** True where `array` is the file's next voxels in one piece, and none of them came before. */
	#isNext(first: number, { shape, data }: NdArray): boolean {
		if (first !== this.#taken || this.#kept > 0) return false;
		const outer = shape.findIndex((extent) => extent > 1);
		if (!shape.every((extent, axis) => axis <= outer || extent === this.#spec.shape[axis])) return false;
		const isWhole = first % this.#page === 0 && data.length % this.#page === 0;
		return isWhole || this.#page * DTYPES[this.#spec.dtype].bytes > LARGE_PAGE;
	}

	async #addToPages(
		first: number,
		start: readonly number[],
		array: NdArray,
		signal: IoOptions["signal"],
	): Promise<void> {
		if (first < this.#taken) throw volumeError(this.#path, "voxels were written twice");
		if (this.#taken % this.#page > 0) {
			throw volumeError(
				this.#path,
				`expected the voxels from ${this.#taken} on, in order, found those from ${first} on`,
			);
		}
		this.#kept += array.data.length;
		for (const { n, image } of this.#pages.add(start, array)) {
			this.#waiting.set(n, image);
			await this.#flush();
			throwIfAborted(signal);
		}
	}

	/** Writes the pages that are next. */
	async #flush(): Promise<void> {
		for (;;) {
			const n = this.#taken / this.#page;
			const page = this.#waiting.get(n);
			if (page === undefined) return this.#writing;
			this.#waiting.delete(n);
			this.#kept -= this.#page;
			void this.#take(page, false).catch(() => undefined);
		}
	}

	/** Appends after all that was taken before. `isCallers`: the array must not be changed. */
	#take(array: NdArray, isCallers: boolean): Promise<void> {
		this.#taken += array.data.length;
		this.#writing = this.#writing.then(() => this.#file.append(this.#ordered(array, isCallers)));
		return this.#writing;
	}

	/** @throws VOLUME where voxels lack */
	#requireWhole(): void {
		const { shape } = this.#spec;
		if (this.#taken === sizeOf(shape)) return;
		const whole = Math.floor(this.#taken / this.#page) + this.#waiting.size;
		const pages = sizeOf(shape) / this.#page;
		throw volumeError(this.#path, `${whole} of ${pages} pages were written whole; the rest lacks voxels`);
	}

	#ordered(array: NdArray, isCallers: boolean): Uint8Array {
		const bytes = bytesOf(array);
		if (this.#format.bigEndian === (endianness() === "BE")) return bytes;
		const own = isCallers ? Buffer.from(bytes) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
		return swapped(own, DTYPES[array.dtype].bytes);
	}
}
