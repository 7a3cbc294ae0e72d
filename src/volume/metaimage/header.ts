/**
 * A MetaImage header's fields to the array it describes.
 *
 * Where two fields tell the same, the one counts that MetaIO's reader takes: Position, Offset, Origin, ImagePosition
 * and Orientation, Rotation, TransformMatrix each overrule those before; ElementSpacing overrules ElementSize.
 *
 * @module
 */
import type { DType } from "../../core/dtype.ts";
import type { Geometry } from "../../core/geometry.ts";
import { identity } from "../../core/geometry.ts";
import { demand, demandSome } from "../flat/flaw.ts";
import { numbersIn } from "../flat/numbers.ts";
import { axesOf } from "../flat/place.ts";

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

/** Reads the fields. @throws a flaw */
export function parseHeader(fields: Fields): MetaHeader {
	const object = fields.get("ObjectType") ?? "Image";
	demand(object === "Image", `the object type ${JSON.stringify(object)}`);
	const rank = Number(fields.get("NDims"));
	demand(Number.isInteger(rank) && rank >= 2 && rank <= 4, `NDims ${fields.get("NDims")}, of which 2 to 4 are read`);
	const sizes = numbersIn(fields.get("DimSize")).slice(0, rank);
	demand(sizes.length === rank, `${sizes.length} sizes for ${rank} dimensions`);
	const type = (fields.get("ElementType") ?? "").replace(/_ARRAY$/, "");
	const dtype = demandSome(Object.hasOwn(TYPES, type) ? TYPES[type] : undefined, `the type ${JSON.stringify(type)}`);
	const channels = Number(fields.get("ElementNumberOfChannels") ?? 1);
	demand(Number.isSafeInteger(channels) && channels >= 1, `${channels} channels`);
	const headerSize = Number(fields.get("HeaderSize") ?? 0);
	demand(Number.isSafeInteger(headerSize) && headerSize >= -1, `HeaderSize ${headerSize}`);
	const isText = fields.has("BinaryData") && !isTrue(fields.get("BinaryData"));
	return {
		dtype,
		shape: [...sizes.toReversed(), ...(channels > 1 ? [channels] : [])],
		axes: axesOf(rank) + (channels > 1 ? "c" : ""),
		geometry: placeOf(fields, rank),
		bigEndian: isTrue(fields.get("BinaryDataByteOrderMSB") ?? fields.get("ElementByteOrderMSB")),
		isText,
		isPacked: !isText && isTrue(fields.get("CompressedData")),
		headerSize,
		dataFile: fields.get("ElementDataFile") ?? "",
	};
}

function placeOf(fields: Fields, n: number): Geometry {
	const take = (names: readonly string[], missing: readonly number[]): readonly number[] => {
		const name = names.findLast((each) => fields.has(each));
		if (name === undefined) return missing;
		const values = numbersIn(fields.get(name)).slice(0, missing.length);
		demand(values.length === missing.length, `${values.length} numbers as ${name}, not ${missing.length}`);
		return values;
	};
	const matrix = take(["Orientation", "Rotation", "TransformMatrix"], identity(n));
	return {
		origin: take(["Position", "Offset", "Origin", "ImagePosition"], new Array<number>(n).fill(0)),
		spacing: take(["ElementSize", "ElementSpacing"], new Array<number>(n).fill(1)),
		// the file has the direction of an axis in a row
		direction: matrix.map((_, i) => matrix[(i % n) * n + Math.floor(i / n)] ?? 0),
	};
}

function isTrue(value: string | undefined): boolean {
	return /^[Tt1]/.test(value ?? "");
}
