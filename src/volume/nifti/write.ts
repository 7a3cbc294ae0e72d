/**
 * Writes a NIfTI file of one piece: .nii by position, .nii.gz through gzip.
 *
 * Boxes may come in any order. What comes in the order of the file passes straight through gzip; from the first box that
 * does not, the rest of the image is held until `finish`.
 *
 * @module
 */
import { type FileHandle, open, rm } from "node:fs/promises";
import { bytesOf, copyBox, type NdArray, rows, zeros } from "../../core/array.ts";
import { wholeBox } from "../../core/box.ts";
import { DTYPES } from "../../core/dtype.ts";
import { throwIfAborted } from "../../core/errors.ts";
import type { Geometry } from "../../core/geometry.ts";
import { type Shape, sizeOf, stridesOf } from "../../core/shape.ts";
import { checkRegion, checkSpec } from "../check.ts";
import { fileError, volumeError } from "../fault.ts";
import type { IoOptions, VolumeFormat, VolumeSpec, VolumeWriter } from "../volume.ts";
import { encodeFields, VERSIONS } from "./fields.ts";
import { GzipFile } from "./gzip-file.ts";
import { datatypeOf } from "./header.ts";
import { itkFields } from "./itk.ts";
import { nibabelFields } from "./nibabel.ts";

/** Longest axis that version 1 can tell; longer ones make the file one of version 2. */
const LONGEST = 32767;

/** Bytes of voxels that go through gzip at a time. */
const PIECE = 1 << 20;

/** Begins a file at `path`; one whose name (or the name it will get) ends in .gz is compressed. @throws VOLUME, CANCELLED */
export async function createNifti(
	format: VolumeFormat,
	path: string,
	spec: VolumeSpec,
	options: IoOptions = {},
): Promise<VolumeWriter> {
	throwIfAborted(options.signal);
	checkSpec(format, path, spec);
	checkAxes(path, spec);
	const head = headerOf(spec);
	try {
		const file = await open(path, "w");
		if (!isPacked(path)) return new PlainWriter(path, spec, file, head);
		const gzip = new GzipFile(path, file);
		await gzip.push(head);
		return new PackedWriter(path, spec, gzip);
	} catch (cause) {
		throw fileError(path, "write", cause);
	}
}

/** Temporary names are `.NAME.HOST.PID.N.nnvol-tmp` (see `publish.ts`): the ending asked for stands within. */
function isPacked(path: string): boolean {
	return !/\.nii(\.[\w-]+\.\d+\.\d+\.nnvol-tmp)?$/i.test(path);
}

function checkAxes(path: string, { axes, shape }: VolumeSpec): void {
	const wanted = { 2: "yx", 3: "zyx", 4: "czyx" }[shape.length];
	if (axes === "" || axes === wanted) return;
	throw volumeError(path, `NIfTI holds yx, zyx or czyx, found "${axes}" of ${shape.join("x")}`);
}

/** The header for `spec`: nibabel's for an affine, else ITK's for a geometry, which may be no more than a spacing. */
export function headerOf(spec: VolumeSpec): Uint8Array {
	const extents = [...spec.shape].reverse();
	const version = extents.some((extent) => extent > LONGEST) ? 2 : 1;
	const placed =
		spec.affine === undefined
			? itkFields(spec.geometry ?? plainGeometry(spec), extents.length)
			: nibabelFields(spec.affine);
	const bytes = encodeFields(
		{
			...placed,
			version,
			littleEndian: true,
			dim: [extents.length, ...extents, 1, 1, 1, 1, 1].slice(0, 8),
			intentCode: 0,
			datatype: datatypeOf(spec.dtype) ?? 0,
			offset: VERSIONS[version].voxels,
		},
		DTYPES[spec.dtype].bytes * 8,
	);
	// a mark of Analyze's that ITK still sets
	if (version === 1 && spec.affine === undefined) bytes[38] = "r".charCodeAt(0);
	return bytes;
}

function plainGeometry({ spacing, shape }: VolumeSpec): Geometry {
	const dimensions = shape.length === 2 ? 2 : 3;
	const found = spacing?.length === 3 ? [...spacing].reverse().slice(0, dimensions) : [];
	const axes = Array.from({ length: dimensions }, (_, axis) => axis);
	return {
		origin: axes.map(() => 0),
		spacing: axes.map((axis) => found[axis] ?? 1),
		direction: axes.flatMap((row) => axes.map((column) => Number(row === column))),
	};
}

class PlainWriter implements VolumeWriter {
	readonly #path: string;
	readonly #spec: VolumeSpec;
	readonly #file: FileHandle;
	readonly #head: Uint8Array;
	#missing: number;

	constructor(path: string, spec: VolumeSpec, file: FileHandle, head: Uint8Array) {
		this.#path = path;
		this.#spec = spec;
		this.#file = file;
		this.#head = head;
		this.#missing = sizeOf(spec.shape);
	}

	async write(start: readonly number[], array: NdArray, { signal }: IoOptions = {}): Promise<void> {
		throwIfAborted(signal);
		checkRegion(this.#path, this.#spec, start, array);
		const { shape } = this.#spec;
		const strides = stridesOf(shape);
		const bytes = bytesOf(array);
		const width = DTYPES[array.dtype].bytes;
		const run = runAxis(array.shape, shape);
		const size = sizeOf(array.shape.slice(run)) * width;
		let from = 0;
		for (const index of rows([...array.shape.slice(0, run), 1])) {
			throwIfAborted(signal);
			const place = start.reduce(
				(sum, v, axis) => sum + (v + (axis < run ? (index[axis] ?? 0) : 0)) * (strides[axis] ?? 0),
				0,
			);
			await this.#put(bytes.subarray(from, from + size), this.#head.length + place * width);
			from += size;
		}
		this.#missing -= sizeOf(array.shape);
	}

	async finish(): Promise<void> {
		try {
			requireWritten(this.#path, this.#missing);
			await this.#put(this.#head, 0);
			await this.#file.sync();
		} finally {
			await this.#file.close();
		}
	}

	async discard(): Promise<void> {
		await this.#file.close().catch(() => undefined);
		await rm(this.#path, { force: true }).catch(() => undefined);
	}

	async #put(bytes: Uint8Array, at: number): Promise<void> {
		for (let done = 0; done < bytes.length; ) {
			const { bytesWritten } = await this.#file.write(bytes, done, undefined, at + done).catch((cause) => {
				throw fileError(this.#path, "write", cause);
			});
			done += bytesWritten;
		}
	}
}

class PackedWriter implements VolumeWriter {
	readonly #path: string;
	readonly #spec: VolumeSpec;
	readonly #file: GzipFile;
	/** Elements that went through gzip. */
	#passed = 0;
	#missing: number;
	/** The whole image, once a box came out of order. */
	#held: NdArray | undefined;

	constructor(path: string, spec: VolumeSpec, file: GzipFile) {
		this.#path = path;
		this.#spec = spec;
		this.#file = file;
		this.#missing = sizeOf(spec.shape);
	}

	async write(start: readonly number[], array: NdArray, { signal }: IoOptions = {}): Promise<void> {
		throwIfAborted(signal);
		checkRegion(this.#path, this.#spec, start, array);
		const { shape, dtype } = this.#spec;
		this.#missing -= sizeOf(array.shape);
		const strides = stridesOf(shape);
		const first = start.reduce((sum, v, axis) => sum + v * (strides[axis] ?? 0), 0);
		if (this.#held === undefined && first === this.#passed && isOnePiece(array.shape, shape)) {
			this.#passed += sizeOf(array.shape);
			await this.#pass(bytesOf(array));
			return;
		}
		this.#held ??= zeros(dtype, shape);
		copyBox(array, wholeBox(array.shape), this.#held, start);
	}

	async finish(): Promise<void> {
		try {
			requireWritten(this.#path, this.#missing);
			if (this.#held !== undefined) {
				await this.#pass(bytesOf(this.#held).subarray(this.#passed * DTYPES[this.#spec.dtype].bytes));
			}
			await this.#file.end();
		} catch (cause) {
			throw fileError(this.#path, "write", cause);
		} finally {
			await this.#file.close();
		}
	}

	async discard(): Promise<void> {
		this.#held = undefined;
		await this.#file.close();
		await rm(this.#path, { force: true }).catch(() => undefined);
	}

	async #pass(bytes: Uint8Array): Promise<void> {
		const pieces: Promise<void>[] = [];
		for (let at = 0; at < bytes.length; at += PIECE) pieces.push(this.#file.push(bytes.subarray(at, at + PIECE)));
		await Promise.all(pieces);
	}
}

/** The first axis from which on an array lies in one piece in a file of `shape`. */
function runAxis(box: Shape, shape: Shape): number {
	let axis = box.length - 1;
	while (axis > 0 && box[axis] === shape[axis]) axis--;
	return axis;
}

function isOnePiece(box: Shape, shape: Shape): boolean {
	return box.slice(0, runAxis(box, shape)).every((extent) => extent === 1);
}

function requireWritten(path: string, missing: number): void {
	if (missing !== 0) throw volumeError(path, `${Math.abs(missing)} voxels were written too few or twice`);
}
