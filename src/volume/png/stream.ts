/**
 * Large PNGs, read band by band: what is held is a band of rows, never the image.
 *
 * Rows come in their order only. A box that begins above the last one begins the file again: slabs of rows are best read
 * from top to bottom.
 *
 * @module
 */
import { copyBox, type NdArray, ndarray } from "../../core/array.ts";
import type { Box } from "../../core/box.ts";
import { throwIfAborted } from "../../core/errors.ts";
import { arrayFor, checkBox } from "../check.ts";
import { volumeError } from "../fault.ts";
import { ByteFile } from "../streams/file.ts";
import { Sequence } from "../streams/sequence.ts";
import type { IoOptions, VolumeInfo, VolumeReader } from "../volume.ts";
import { convert } from "./convert.ts";
import { ImageData } from "./data.ts";
import { arrayOf, type PngHeader } from "./header.ts";
import { inflatedBytes, rowOf, unpackSamples } from "./scanlines.ts";

/** Bytes of rows that are unpacked at a time. */
const BAND_BYTES = 1 << 20;

/** An open PNG that is not interlaced. */
export class PngStream implements VolumeReader {
	readonly info: VolumeInfo;
	readonly #header: PngHeader;
	readonly #data: ImageData;
	readonly #rows: Sequence;
	readonly #file: ByteFile;
	/** The row that comes next, and the one above it without its filter. */
	#next = 0;
	#above: Uint8Array | undefined;

	private constructor(file: ByteFile, header: PngHeader) {
		this.info = { format: "png", path: file.path, ...arrayOf(header) };
		this.#file = file;
		this.#header = header;
		this.#data = new ImageData(file);
		this.#rows = new Sequence(() => this.#data.inflated(), inflatedBytes(header));
	}

	/** Opens the file at `path`, whose header was read. @throws VOLUME */
	static async open(path: string, header: PngHeader): Promise<PngStream> {
		return new PngStream(await ByteFile.open(path), header);
	}

	/** @inheritdoc */
	async read(box: Box, { signal }: IoOptions = {}): Promise<NdArray> {
		const { path, shape, dtype } = this.info;
		checkBox(path, shape, box);
		return this.#rows.exclusively(async () => {
			const [first = 0] = box.start;
			const [last = 0] = box.stop;
			if (first < this.#next) this.#restart();
			const target = arrayFor(path, dtype, box);
			while (this.#next < last) {
				throwIfAborted(signal);
				const top = this.#next;
				const band = await this.#band(last - top);
				copyBand(band, top, box, target);
			}
			return target;
		});
	}

	/** @inheritdoc */
	async close(): Promise<void> {
		await this.#rows.exclusively(() => this.#rows.close());
		await this.#file.close();
	}

	#restart(): void {
		this.#next = 0;
		this.#above = undefined;
	}

	/** The next rows, at most `most`. */
	async #band(most: number): Promise<NdArray> {
		const { rowBytes } = rowOf(this.#header);
		const stride = rowBytes + 1;
		const rows = Math.min(most, Math.max(1, Math.floor(BAND_BYTES / stride)));
		const bytes = new Uint8Array(rows * stride);
		try {
			await this.#rows.read(this.#next * stride, bytes);
		} catch (cause) {
			this.#restart();
			if (!(cause instanceof RangeError)) throw cause;
			throw volumeError(this.info.path, "damaged PNG: it has too few pixels; copy or make it again", cause);
		}
		const header = { ...this.#header, height: rows };
		const samples = unpackSamples(header, bytes, this.#above);
		if (typeof samples === "string") {
			this.#restart();
			throw volumeError(this.info.path, `damaged PNG: it has ${samples}; copy or make it again`);
		}
		this.#next += rows;
		this.#above = bytes.subarray(bytes.length - rowBytes);
		const { dtype, shape } = arrayOf(header);
		return ndarray(dtype, shape, convert(header, this.#data.palette, samples));
	}
}

/** Puts the rows that a band, which begins at row `top`, shares with `box` into its array. */
function copyBand(band: NdArray, top: number, box: Box, target: NdArray): void {
	const [first = 0, ...starts] = box.start;
	const [last = 0, ...stops] = box.stop;
	const [rows = 0] = band.shape;
	const from: Box = { start: [Math.max(0, first - top), ...starts], stop: [Math.min(rows, last - top), ...stops] };
	copyBox(band, from, target, [Math.max(0, top - first), ...starts.map(() => 0)]);
}
