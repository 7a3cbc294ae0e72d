/**
 * From the first bytes of a NIfTI file to a checked header: what the array is and where it lies.
 *
 * A header is believed only where its extents, type and offset make sense together; nothing is allocated from it before.
 *
 * @module
 */
import { viewOf } from "../../core/bytes.ts";
import type { DType } from "../../core/dtype.ts";
import { NnvolError } from "../../core/errors.ts";
import { type Shape, sizeOf } from "../../core/shape.ts";
import { volumeError } from "../fault.ts";
import type { Axes } from "../volume.ts";
import { decodeFields, type NiftiHeader, VERSIONS } from "./fields.ts";

/** Bytes that tell whether a file is NIfTI, and all of its header. */
export const HEAD_BYTES = 540;

/** NIfTI's codes of element types. */
const DATATYPES: ReadonlyMap<number, DType> = new Map([
	[2, "uint8"],
	[4, "int16"],
	[8, "int32"],
	[16, "float32"],
	[64, "float64"],
	[256, "int8"],
	[512, "uint16"],
	[768, "uint32"],
	[1024, "int64"],
	[1280, "uint64"],
]);

const NOT_READ: Readonly<Record<number, string>> = {
	1: "single bits",
	32: "complex numbers",
	128: "colours (RGB)",
	1536: "128-bit floats",
	1792: "complex numbers",
	2048: "complex numbers",
	2304: "colours (RGBA)",
};

/** The code of `dtype`; undefined where NIfTI has none (float16). */
export function datatypeOf(dtype: DType): number | undefined {
	return [...DATATYPES].find(([, name]) => name === dtype)?.[0];
}

/** What kind of NIfTI begins with these bytes: a single file, the header of a pair, Analyze 7.5, or none of them. */
export type Kind = {
	readonly what: "single" | "pair" | "analyze";
	readonly version: 1 | 2;
	readonly littleEndian: boolean;
};

/** Told by size and magic; where `head` ends before the magic of version 1, by the size alone. */
export function kindOf(head: Uint8Array): Kind | undefined {
	if (head.length < 8) return undefined;
	const view = viewOf(head);
	for (const littleEndian of [true, false]) {
		const size = view.getInt32(0, littleEndian);
		for (const version of [1, 2] as const) {
			if (size !== VERSIONS[version].bytes) continue;
			const what = markOf(head, version) ?? (isAnalyze(view, littleEndian) ? "analyze" : undefined);
			if (what !== undefined) return { what, version, littleEndian };
		}
	}
	return undefined;
}

/** The line ends in the magic of version 2 tell transfers that change them, and are not looked at. */
function markOf(head: Uint8Array, version: 1 | 2): "single" | "pair" | undefined {
	const { magicAt, single, pair } = VERSIONS[version];
	const magic = Buffer.from(head.subarray(magicAt, magicAt + 4)).toString("latin1");
	if (single.startsWith(magic)) return "single";
	return pair.startsWith(magic) ? "pair" : undefined;
}

/** The format before NIfTI has no magic: it is believed where it counts 1 to 7 axes and whole bytes a voxel. */
function isAnalyze(view: DataView, littleEndian: boolean): boolean {
	if (view.byteLength < VERSIONS[1].bytes) return false;
	const rank = view.getInt16(40, littleEndian);
	return rank >= 1 && rank <= 7 && [8, 16, 32, 64].includes(view.getInt16(72, littleEndian));
}

/** A header whose array is known. */
export type Layout = {
	readonly header: NiftiHeader;
	/** Element type in the file, before scaling. */
	readonly stored: DType;
	/** Slowest axis first. */
	readonly shape: Shape;
	readonly axes: Axes;
	/** Byte at which the voxels begin. */
	readonly offset: number;
};

/** Checks the header in `head`. @throws VOLUME where it is none or damaged; UNBUILT for pairs, Analyze, complex and colour voxels */
export function parseHeader(path: string, head: Uint8Array): Layout {
	const kind = kindOf(head);
	if (kind === undefined) throw volumeError(path, "expected a NIfTI file, found one that does not begin as one");
	const { version, littleEndian } = kind;
	if (kind.what !== "single") {
		const what = kind.what === "pair" ? "a NIfTI pair of .hdr and .img" : "an Analyze 7.5 pair of .hdr and .img";
		throw unbuilt(path, `this is the header of ${what}`, "save it as one .nii or .nii.gz file");
	}
	if (head.length < VERSIONS[version].bytes) {
		throw volumeError(path, `damaged or truncated NIfTI: its header ends after ${head.length} bytes; copy it again`);
	}
	const header = decodeFields(head, version, littleEndian);
	const { shape, axes } = arrayOf(path, header);
	const stored = DATATYPES.get(header.datatype);
	if (stored === undefined) throw unreadable(path, header.datatype);
	return { header, stored, shape, axes, offset: offsetOf(path, header) };
}

function unreadable(path: string, datatype: number): NnvolError {
	const what = NOT_READ[datatype];
	if (what === undefined) return volumeError(path, `damaged NIfTI: its data type is ${datatype}, which there is not`);
	return unbuilt(path, `its voxels are ${what}`, "convert it to plain numbers");
}

function unbuilt(path: string, what: string, advice: string): NnvolError {
	return new NnvolError("UNBUILT", `${path}: ${what}; reading it is not built yet: ${advice}`, { fields: { path } });
}

/** The extents, slowest first. As ITK does, trailing axes of one voxel beyond three are left out; time or vectors become "c". */
function arrayOf(path: string, { dim }: NiftiHeader): { readonly shape: Shape; readonly axes: Axes } {
	const rank = dim[0] ?? 0;
	const extents = dim.slice(1, rank + 1);
	if (!(rank >= 1 && rank <= 7) || extents.some((extent) => !(Number.isSafeInteger(extent) && extent > 0))) {
		throw volumeError(path, `damaged NIfTI: its extents are ${dim.join(", ")} (the first counts the axes)`);
	}
	while (extents.length > 3 && extents.at(-1) === 1) extents.pop();
	if (extents.length === 5 && extents[3] === 1) extents.splice(3, 1);
	const axes = { 2: "yx", 3: "zyx", 4: "czyx" }[extents.length];
	if (axes === undefined) {
		throw volumeError(
			path,
			`expected an image of 2 or 3 dimensions, or several of one shape, found ${extents.join("x")}`,
		);
	}
	if (!Number.isSafeInteger(sizeOf(extents) * 8)) {
		throw volumeError(path, `damaged NIfTI: no file can hold ${extents.join("x")} voxels`);
	}
	return { shape: extents.reverse(), axes };
}

/** ITK never begins within the header, whatever the field says. */
function offsetOf(path: string, { offset, version }: NiftiHeader): number {
	const found = Math.trunc(offset);
	if (!Number.isSafeInteger(found)) throw volumeError(path, `damaged NIfTI: its voxels begin at byte ${offset}`);
	return Math.max(found, VERSIONS[version].bytes);
}
