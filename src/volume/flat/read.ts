/**
 * Reads boxes of flat formats: runs of bytes that lie in one piece, neighbours from one read of the disk.
 *
 * @module
 */
import { endianness } from "node:os";
import { bytesOf, type NdArray } from "../../core/array.ts";
import { type Box, boxShape } from "../../core/box.ts";
import { DTYPES } from "../../core/dtype.ts";
import { throwIfAborted } from "../../core/errors.ts";
import { type Shape, sizeOf, stridesOf } from "../../core/shape.ts";
import { arrayFor, checkBox } from "../check.ts";
import type { IoOptions, VolumeInfo, VolumeReader } from "../volume.ts";
import { type FlatBytes, openBytes } from "./bytes.ts";
import { compressionText, type FlatLayout, type FlatPart } from "./layout.ts";
import { swapped } from "./text.ts";

/** Bytes that are read at once where runs lie close to each other. */
const WINDOW = 1 << 22;

/** Runs further apart than this are read one by one. */
const CLOSE = 1 << 15;

/** Opens what `layout` describes. @throws VOLUME where files are missing or too short */
export async function openFlat(layout: FlatLayout): Promise<VolumeReader> {
	const bytes = await openBytes(layout);
	const compression = compressionText(layout.encoding, layout.info.format === "metaimage" ? "zlib" : "gzip");
	const info = { ...layout.info, ...apartFrom(layout.info.path, layout.parts), compression };
	return {
		info,
		async read(box: Box, options: IoOptions = {}): Promise<NdArray> {
			throwIfAborted(options.signal);
			checkBox(info.path, info.shape, box);
			const target = arrayFor(info.path, info.dtype, box);
			await bytes.exclusively(() => fill(bytes, info.shape, box, target, options));
			toMachineOrder(target, layout.bigEndian);
			return target;
		},
		close: () => bytes.close(),
	};
}

/** The files of voxels that are not the header's own. */
function apartFrom(path: string, parts: readonly FlatPart[]): Pick<VolumeInfo, "files"> {
	const files = parts.map((part) => part.path).filter((file) => file !== path);
	return files.length === 0 ? {} : { files };
}

async function fill(bytes: FlatBytes, shape: Shape, box: Box, target: NdArray, { signal }: IoOptions): Promise<void> {
	const width = DTYPES[target.dtype].bytes;
	const into = bytesOf(target);
	const { starts, length, apart } = runsOf(shape, box);
	const run = length * width;
	const gathers = !bytes.isForward && run < CLOSE && apart * width <= CLOSE;
	let window = { at: 0, bytes: new Uint8Array() };
	const end = ((starts.at(-1) ?? 0) + length) * width;
	for (const [i, start] of starts.entries()) {
		throwIfAborted(signal);
		const at = start * width;
		const part = into.subarray(i * run, (i + 1) * run);
		if (!gathers) {
			await bytes.read(at, part);
			continue;
		}
		if (at < window.at || at + run > window.at + window.bytes.length) {
			window = { at, bytes: new Uint8Array(Math.min(WINDOW, end - at)) };
			await bytes.read(at, window.bytes);
		}
		part.set(window.bytes.subarray(at - window.at, at - window.at + run));
	}
}

type Runs = { readonly starts: readonly number[]; readonly length: number; readonly apart: number };

/** The runs of `box` in an array of `shape`, in elements: where each begins (ascending), their length, their distance. */
function runsOf(shape: Shape, { start, stop }: Box): Runs {
	const extents = boxShape({ start, stop });
	const strides = stridesOf(shape);
	let axis = shape.length - 1;
	while (axis > 0 && extents[axis] === shape[axis]) axis--;
	const first = (start[axis] ?? 0) * (strides[axis] ?? 1);
	let starts = [first];
	for (let outer = axis - 1; outer >= 0; outer--) {
		const steps = Array.from(
			{ length: extents[outer] ?? 1 },
			(_, i) => ((start[outer] ?? 0) + i) * (strides[outer] ?? 1),
		);
		starts = steps.flatMap((step) => starts.map((inner) => step + inner));
	}
	return { starts, length: sizeOf(extents.slice(axis)), apart: axis > 0 ? (strides[axis - 1] ?? 1) : 0 };
}

function toMachineOrder(array: NdArray, bigEndian: boolean): void {
	if (bigEndian === (endianness() === "BE")) return;
	const { buffer, byteOffset, byteLength } = array.data;
	swapped(Buffer.from(buffer, byteOffset, byteLength), DTYPES[array.dtype].bytes);
}
