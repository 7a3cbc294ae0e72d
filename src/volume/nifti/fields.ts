/**
 * Where the fields of a NIfTI header lie: version 1 (348 bytes) and version 2 (540 bytes), in either byte order.
 *
 * Source: the published layouts of `nifti_1_header` and `nifti_2_header`. Only fields that mean something here are listed.
 *
 * @module
 */
import { viewOf } from "../../core/bytes.ts";

/** The numbers of a header. Lengths are in the file's own unit; `dim[0]` is the rank. */
export type NiftiHeader = {
	readonly version: 1 | 2;
	readonly littleEndian: boolean;
	readonly dim: readonly number[];
	readonly intentCode: number;
	readonly datatype: number;
	readonly pixdim: readonly number[];
	/** Byte at which the voxels begin. */
	readonly offset: number;
	readonly slope: number;
	readonly inter: number;
	readonly units: number;
	readonly qformCode: number;
	readonly sformCode: number;
	/** b, c, d. */
	readonly quatern: readonly number[];
	readonly qoffset: readonly number[];
	/** Three rows of four. */
	readonly srow: readonly number[];
};

type Kind = "u8" | "i16" | "i32" | "i64" | "f32" | "f64";
type Place = readonly [kind: Kind, at: number, count: number];
type Numbers = Omit<NiftiHeader, "version" | "littleEndian">;

/** Bytes of the header alone, of the header with the four bytes that tell of extensions, and its magic. */
export const VERSIONS = {
	1: { bytes: 348, voxels: 352, magicAt: 344, single: "n+1\0", pair: "ni1\0" },
	2: { bytes: 540, voxels: 544, magicAt: 4, single: "n+2\0\r\n\x1a\n", pair: "ni2\0\r\n\x1a\n" },
} as const;

const PLACES: Readonly<Record<1 | 2, Readonly<Record<keyof Numbers, Place>>>> = {
	1: {
		dim: ["i16", 40, 8],
		intentCode: ["i16", 68, 1],
		datatype: ["i16", 70, 1],
		pixdim: ["f32", 76, 8],
		offset: ["f32", 108, 1],
		slope: ["f32", 112, 1],
		inter: ["f32", 116, 1],
		units: ["u8", 123, 1],
		qformCode: ["i16", 252, 1],
		sformCode: ["i16", 254, 1],
		quatern: ["f32", 256, 3],
		qoffset: ["f32", 268, 3],
		srow: ["f32", 280, 12],
	},
	2: {
		datatype: ["i16", 12, 1],
		dim: ["i64", 16, 8],
		pixdim: ["f64", 104, 8],
		offset: ["i64", 168, 1],
		slope: ["f64", 176, 1],
		inter: ["f64", 184, 1],
		qformCode: ["i32", 344, 1],
		sformCode: ["i32", 348, 1],
		quatern: ["f64", 352, 3],
		qoffset: ["f64", 376, 3],
		srow: ["f64", 400, 12],
		units: ["i32", 500, 1],
		intentCode: ["i32", 504, 1],
	},
};

/** Bytes an element of each kind takes. */
const WIDTH: Readonly<Record<Kind, number>> = { u8: 1, i16: 2, i32: 4, i64: 8, f32: 4, f64: 8 };

/** Reads the numbers of a header of `version`. `bytes` hold the whole header. */
export function decodeFields(bytes: Uint8Array, version: 1 | 2, littleEndian: boolean): NiftiHeader {
	const view = viewOf(bytes);
	const list = (name: keyof Numbers): number[] => {
		const [kind, at, count] = PLACES[version][name];
		return Array.from({ length: count }, (_, n) => get(view, kind, at + n * WIDTH[kind], littleEndian));
	};
	const one = (name: keyof Numbers): number => list(name)[0] ?? 0;
	return {
		version,
		littleEndian,
		dim: list("dim"),
		intentCode: one("intentCode"),
		datatype: one("datatype"),
		pixdim: list("pixdim"),
		offset: one("offset"),
		slope: one("slope"),
		inter: one("inter"),
		units: one("units"),
		qformCode: one("qformCode"),
		sformCode: one("sformCode"),
		quatern: list("quatern"),
		qoffset: list("qoffset"),
		srow: list("srow"),
	};
}

/** The bytes of a header and the four bytes (no extensions) behind it. `bits` is the size of a voxel. */
export function encodeFields(header: NiftiHeader, bits: number): Uint8Array {
	const { version, littleEndian } = header;
	const { bytes, voxels, magicAt, single } = VERSIONS[version];
	const out = Buffer.alloc(voxels);
	const view = viewOf(out);
	view.setInt32(0, bytes, littleEndian);
	const places: readonly [keyof Numbers, Place][] = [...entriesOf(PLACES[version])];
	for (const [name, [kind, at, count]] of places) {
		const value = header[name];
		const values = typeof value === "number" ? [value] : value;
		for (let n = 0; n < count; n++) set(view, kind, at + n * WIDTH[kind], values[n] ?? 0, littleEndian);
	}
	view.setInt16(version === 1 ? 72 : 14, bits, littleEndian);
	out.write(single, magicAt, "latin1");
	return out;
}

function* entriesOf(places: Readonly<Record<keyof Numbers, Place>>): Generator<[keyof Numbers, Place]> {
	for (const [name, place] of Object.entries(places)) if (isName(name, places)) yield [name, place];
}

function isName(name: string, places: Readonly<Record<keyof Numbers, Place>>): name is keyof Numbers {
	return Object.hasOwn(places, name);
}

function get(view: DataView, kind: Kind, at: number, little: boolean): number {
	switch (kind) {
		case "u8":
			return view.getUint8(at);
		case "i16":
			return view.getInt16(at, little);
		case "i32":
			return view.getInt32(at, little);
		case "i64":
			return Number(view.getBigInt64(at, little));
		case "f32":
			return view.getFloat32(at, little);
		default:
			return view.getFloat64(at, little);
	}
}

function set(view: DataView, kind: Kind, at: number, value: number, little: boolean): void {
	switch (kind) {
		case "u8":
			view.setUint8(at, value);
			break;
		case "i16":
			view.setInt16(at, value, little);
			break;
		case "i32":
			view.setInt32(at, value, little);
			break;
		case "i64":
			view.setBigInt64(at, BigInt(value), little);
			break;
		case "f32":
			view.setFloat32(at, value, little);
			break;
		default:
			view.setFloat64(at, value, little);
	}
}
