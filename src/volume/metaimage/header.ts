/**
 * A MetaImage header's fields to the array it describes.
 *
 * Where two fields tell the same, the one counts that MetaIO's reader takes: Offset, Position, Origin, ImagePosition
 * and Orientation, Rotation, TransformMatrix each overrule those before; ElementSpacing overrules ElementSize.
 *
 * @module
 */
import type { DType } from "../../core/dtype.ts";
import type { Geometry } from "../../core/geometry.ts";
import { axesOf, identity } from "../flat/place.ts";

/** What a MetaImage holds. `shape` and `axes` are slowest first. */
export type MetaHeader = {
	readonly dtype: DType;
	readonly shape: readonly number[];
	readonly axes: string;
	readonly geometry: Geometry;
	readonly bigEndian: boolean;
	readonly isText: boolean;
	readonly isPacked: boolean;
	/** Bytes left out at the start of each file of voxels; -1: the voxels end the file. */
	readonly headerSize: number;
	readonly dataFile: string;
};

/** MetaIO's long has 4 bytes. */
const TYPES: Readonly<Record<string, DType>> = {
	MET_CHAR: "int8",
	MET_ASCII_CHAR: "int8",
	MET_UCHAR: "uint8",
	MET_SHORT: "int16",
	MET_USHORT: "uint16",
	MET_INT: "int32",
	MET_UINT: "uint32",
	MET_LONG: "int32",
	MET_ULONG: "uint32",
	MET_LONG_LONG: "int64",
	MET_ULONG_LONG: "uint64",
	MET_FLOAT: "float32",
	MET_DOUBLE: "float64",
};

type Fields = ReadonlyMap<string, string>;

/** Reads the fields; a string says what is wrong or cannot be read. */
export function parseHeader(fields: Fields): MetaHeader | string {
	const object = fields.get("ObjectType") ?? "Image";
	if (object !== "Image") return `the object type ${JSON.stringify(object)}`;
	const rank = Number(fields.get("NDims"));
	if (!Number.isInteger(rank) || rank < 2 || rank > 4) return `NDims ${fields.get("NDims")}, 2 to 4 are read`;
	const sizes = numbers(fields.get("DimSize")).slice(0, rank);
	if (sizes.length !== rank) return `${sizes.length} sizes for ${rank} dimensions`;
	const type = (fields.get("ElementType") ?? "").replace(/_ARRAY$/, "");
	const dtype = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
	if (dtype === undefined) return `the element type ${JSON.stringify(fields.get("ElementType"))}`;
	const channels = Number(fields.get("ElementNumberOfChannels") ?? 1);
	if (!Number.isSafeInteger(channels) || channels < 1) return `${channels} channels`;
	const headerSize = Number(fields.get("HeaderSize") ?? 0);
	if (!Number.isSafeInteger(headerSize) || headerSize < -1) return `HeaderSize ${headerSize}`;
	const geometry = placeOf(fields, rank);
	if (typeof geometry === "string") return geometry;
	const isText = fields.has("BinaryData") && !isTrue(fields.get("BinaryData"));
	return {
		dtype,
		shape: [...sizes.toReversed(), ...(channels > 1 ? [channels] : [])],
		axes: axesOf(rank) + (channels > 1 ? "c" : ""),
		geometry,
		bigEndian: isTrue(fields.get("BinaryDataByteOrderMSB") ?? fields.get("ElementByteOrderMSB")),
		isText,
		isPacked: !isText && isTrue(fields.get("CompressedData")),
		headerSize,
		dataFile: fields.get("ElementDataFile") ?? "",
	};
}

function placeOf(fields: Fields, n: number): Geometry | string {
	const take = (names: readonly string[], count: number): number[] | string | undefined => {
		const name = names.findLast((each) => fields.has(each));
		if (name === undefined) return undefined;
		const values = numbers(fields.get(name)).slice(0, count);
		return values.length === count ? values : `${values.length} numbers as ${name}, not ${count}`;
	};
	const origin = take(["Offset", "Position", "Origin", "ImagePosition"], n) ?? new Array<number>(n).fill(0);
	const spacing = take(["ElementSize", "ElementSpacing"], n) ?? new Array<number>(n).fill(1);
	const matrix = take(["Orientation", "Rotation", "TransformMatrix"], n * n) ?? identity(n);
	if (typeof origin === "string") return origin;
	if (typeof spacing === "string") return spacing;
	if (typeof matrix === "string") return matrix;
	// the file has the direction of an axis in a row
	const direction = matrix.map((_, i) => matrix[(i % n) * n + Math.floor(i / n)] ?? 0);
	return { origin, spacing, direction };
}

function isTrue(value: string | undefined): boolean {
	return /^[Tt1]/.test(value ?? "");
}

function numbers(text: string | undefined): number[] {
	return (text ?? "")
		.split(/\s+/)
		.filter((word) => word !== "")
		.map(Number);
}
