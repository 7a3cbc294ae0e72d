/**
 * An NRRD header's fields to the array it describes: element type, axes, byte order, encoding, files of voxels.
 *
 * @module
 */
import type { DType } from "../../core/dtype.ts";
import type { Geometry } from "../../core/geometry.ts";
import { axesOf } from "../flat/place.ts";
import type { NrrdFields } from "./fields.ts";
import { nrrdGeometry, vectorsOf } from "./place.ts";

/** Encodings of NRRD under one name. */
export type NrrdEncoding = "raw" | "gzip" | "text" | "hex" | "bzip2";

/** What an NRRD file holds. `shape` and `axes` are slowest first. */
export type NrrdHeader = {
	readonly dtype: DType;
	readonly shape: readonly number[];
	readonly axes: string;
	readonly geometry: Geometry;
	readonly bigEndian: boolean;
	readonly encoding: NrrdEncoding;
	/** Lines, then bytes, that are left out before the voxels of each file; -1 bytes: the voxels end the file. */
	readonly lineSkip: number;
	readonly byteSkip: number;
	/** The field `data file`; undefined where the voxels follow the header. */
	readonly dataFile: string | undefined;
	readonly list: readonly string[];
};

const TYPES: Readonly<Record<string, DType>> = {
	"signed char": "int8",
	int8: "int8",
	int8_t: "int8",
	uchar: "uint8",
	"unsigned char": "uint8",
	uint8: "uint8",
	uint8_t: "uint8",
	short: "int16",
	"short int": "int16",
	"signed short": "int16",
	"signed short int": "int16",
	int16: "int16",
	int16_t: "int16",
	ushort: "uint16",
	"unsigned short": "uint16",
	"unsigned short int": "uint16",
	uint16: "uint16",
	uint16_t: "uint16",
	int: "int32",
	"signed int": "int32",
	int32: "int32",
	int32_t: "int32",
	uint: "uint32",
	"unsigned int": "uint32",
	uint32: "uint32",
	uint32_t: "uint32",
	longlong: "int64",
	"long long": "int64",
	"long long int": "int64",
	"signed long long": "int64",
	"signed long long int": "int64",
	int64: "int64",
	int64_t: "int64",
	ulonglong: "uint64",
	"unsigned long long": "uint64",
	"unsigned long long int": "uint64",
	uint64: "uint64",
	uint64_t: "uint64",
	float: "float32",
	double: "float64",
};

const ENCODINGS: Readonly<Record<string, NrrdEncoding>> = {
	raw: "raw",
	gz: "gzip",
	gzip: "gzip",
	txt: "text",
	text: "text",
	ascii: "text",
	hex: "hex",
	bz2: "bzip2",
	bzip2: "bzip2",
};

/** Kinds of axes along which an image reaches; all others hold the parts of a voxel. */
const DOMAIN_KINDS = ["domain", "space", "time", "???", "none", ""];

/** Reads the fields; a string says what is wrong or cannot be read. */
export function parseHeader({ fields, list }: NrrdFields): NrrdHeader | string {
	const rank = Number(fields.get("dimension"));
	const sizes = numbers(fields.get("sizes"));
	const type = fields.get("type")?.toLowerCase() ?? "";
	const dtype = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
	const encoding = ENCODINGS[fields.get("encoding")?.toLowerCase() ?? ""];
	if (!Number.isInteger(rank) || rank < 1 || rank > 16) return `dimension ${JSON.stringify(fields.get("dimension"))}`;
	if (sizes.length !== rank) return `${sizes.length} sizes for ${rank} dimensions`;
	if (dtype === undefined) return `the type ${JSON.stringify(type)}`;
	if (encoding === undefined) return `the encoding ${JSON.stringify(fields.get("encoding"))}`;
	const endian = fields.get("endian")?.toLowerCase();
	if (endian === undefined && !/int8|uint8/.test(dtype) && encoding !== "text") return "no field endian";
	if (endian !== undefined && endian !== "little" && endian !== "big") return `the endian ${JSON.stringify(endian)}`;
	const axes = axesOfFile(fields, rank, sizes);
	if (typeof axes === "string") return axes;
	const geometry = nrrdGeometry(fields, sizes, axes.domain);
	if (typeof geometry === "string") return geometry;
	const [lineSkip, byteSkip] = [Number(fields.get("line skip") ?? 0), Number(fields.get("byte skip") ?? 0)];
	if (!Number.isSafeInteger(lineSkip) || lineSkip < 0) return `the line skip ${fields.get("line skip")}`;
	if (!Number.isSafeInteger(byteSkip) || byteSkip < (encoding === "raw" ? -1 : 0)) {
		return `the byte skip ${fields.get("byte skip")}`;
	}
	return {
		dtype,
		shape: axes.kept.map((axis) => sizes[axis] ?? 0).toReversed(),
		axes: axes.letters,
		geometry,
		bigEndian: endian === "big",
		encoding,
		lineSkip,
		byteSkip,
		dataFile: fields.get("data file"),
		list,
	};
}

type FileAxes = { readonly domain: readonly number[]; readonly kept: readonly number[]; readonly letters: string };

/** The axes along which the image reaches, those of the array (fastest first), and their letters (slowest first). */
function axesOfFile(fields: ReadonlyMap<string, string>, rank: number, sizes: readonly number[]): FileAxes | string {
	const kinds = (fields.get("kinds") ?? "").toLowerCase().split(/\s+/);
	const vectors = vectorsOf(fields.get("space directions") ?? "");
	const all = sizes.map((_, axis) => axis);
	const isDomain = (axis: number): boolean =>
		DOMAIN_KINDS.includes(kinds[axis] ?? "") && !(vectors.length === rank && vectors[axis] === undefined);
	const domain = all.filter(isDomain);
	const range = all.filter((axis) => !isDomain(axis));
	if (range.length > 1) return `${range.length} axes within a voxel (kinds: ${fields.get("kinds")}), one is read`;
	// one part a voxel is the voxel
	const kept = all.filter((axis) => isDomain(axis) || sizes[axis] !== 1);
	if (domain.length < 2 || kept.length > 4)
		return `${kept.length} axes of which ${domain.length} are of space, 2 to 4 are read`;
	const spatial = axesOf(domain.length);
	const letters = kept.map((axis) => (isDomain(axis) ? (spatial.at(-1 - domain.indexOf(axis)) ?? "") : "c"));
	return { domain, kept, letters: letters.toReversed().join("") };
}

function numbers(text: string | undefined): number[] {
	return (text ?? "")
		.split(/\s+/)
		.filter((word) => word !== "")
		.map(Number);
}
