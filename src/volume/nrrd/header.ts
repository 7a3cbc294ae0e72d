/**
 * An NRRD header's fields to the array it describes: element type, axes, byte order, encoding, files of voxels.
 *
 * @module
 */
import { DTYPES, type DType } from "../../core/dtype.ts";
import type { Geometry } from "../../core/geometry.ts";
import { demand, demandSome } from "../flat/flaw.ts";
import { numbersIn } from "../flat/numbers.ts";
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

/** Reads the fields. @throws a flaw */
export function parseHeader({ fields, list }: NrrdFields): NrrdHeader {
	const rank = Number(fields.get("dimension"));
	demand(Number.isInteger(rank) && rank > 0 && rank <= 16, `the dimension ${quoted(fields.get("dimension"))}`);
	const sizes = numbersIn(fields.get("sizes"));
	demand(sizes.length === rank, `${sizes.length} sizes for ${rank} dimensions`);
	const type = fields.get("type")?.toLowerCase() ?? "";
	const dtype = demandSome(Object.hasOwn(TYPES, type) ? TYPES[type] : undefined, `the type ${quoted(type)}`);
	const encodingName = fields.get("encoding")?.toLowerCase() ?? "";
	const encoding = demandSome(
		Object.hasOwn(ENCODINGS, encodingName) ? ENCODINGS[encodingName] : undefined,
		`the encoding ${quoted(encodingName)}`,
	);
	const axes = axesOfFile(fields, rank, sizes);
	return {
		dtype,
		shape: axes.kept.map((axis) => sizes[axis] ?? 0).toReversed(),
		axes: axes.letters,
		geometry: nrrdGeometry(fields, sizes, axes.domain),
		bigEndian: isBigEndian(fields, DTYPES[dtype].bytes > 1 && encoding !== "text"),
		encoding,
		...skipsOf(fields, encoding),
		dataFile: fields.get("data file"),
		list,
	};
}

function isBigEndian(fields: Fields, matters: boolean): boolean {
	const endian = fields.get("endian")?.toLowerCase();
	demand(endian !== undefined || !matters, "no field endian");
	demand(endian === undefined || endian === "little" || endian === "big", `the endian ${quoted(endian)}`);
	return endian === "big";
}

function skipsOf(fields: Fields, encoding: NrrdEncoding): Pick<NrrdHeader, "lineSkip" | "byteSkip"> {
	const lineSkip = Number(fields.get("line skip") ?? 0);
	const byteSkip = Number(fields.get("byte skip") ?? 0);
	demand(Number.isSafeInteger(lineSkip) && lineSkip >= 0, `the line skip ${quoted(fields.get("line skip"))}`);
	const least = encoding === "raw" ? -1 : 0;
	demand(Number.isSafeInteger(byteSkip) && byteSkip >= least, `the byte skip ${quoted(fields.get("byte skip"))}`);
	return { lineSkip, byteSkip };
}

type Fields = ReadonlyMap<string, string>;
type FileAxes = { readonly domain: readonly number[]; readonly kept: readonly number[]; readonly letters: string };

/** The axes along which the image reaches, those of the array (fastest first), and their letters (slowest first). */
function axesOfFile(fields: Fields, rank: number, sizes: readonly number[]): FileAxes {
	const kinds = (fields.get("kinds") ?? "").toLowerCase().split(/\s+/);
	const vectors = vectorsOf(fields.get("space directions") ?? "");
	const all = sizes.map((_, axis) => axis);
	const isDomain = (axis: number): boolean =>
		DOMAIN_KINDS.includes(kinds[axis] ?? "") && !(vectors.length === rank && vectors[axis] === undefined);
	const domain = all.filter(isDomain);
	demand(rank - domain.length <= 1, `${rank - domain.length} axes within a voxel, of which one at most is read`);
	// one part a voxel is the voxel
	const kept = all.filter((axis) => isDomain(axis) || sizes[axis] !== 1);
	demand(
		domain.length >= 2 && kept.length <= 4,
		`${kept.length} axes of which ${domain.length} are of space; 2 to 4 are read`,
	);
	const spatial = axesOf(domain.length);
	const letters = kept.map((axis) => (isDomain(axis) ? (spatial.at(-1 - domain.indexOf(axis)) ?? "") : "c"));
	return { domain, kept, letters: letters.toReversed().join("") };
}

function quoted(text: string | undefined): string {
	return text === undefined ? "(none)" : JSON.stringify(text.slice(0, 60));
}
