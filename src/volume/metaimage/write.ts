/**
 * The header of a new .mha file, field by field as ITK writes it.
 *
 * @module
 */
import type { DType } from "../../core/dtype.ts";
import { volumeError } from "../fault.ts";
import { exactText, geometryFor } from "../flat/place.ts";
import type { VolumeSpec } from "../volume.ts";

const TYPE_NAMES: Readonly<Partial<Record<DType, string>>> = {
	uint8: "MET_UCHAR",
	int8: "MET_CHAR",
	uint16: "MET_USHORT",
	int16: "MET_SHORT",
	uint32: "MET_UINT",
	int32: "MET_INT",
	uint64: "MET_ULONG_LONG",
	int64: "MET_LONG_LONG",
	float32: "MET_FLOAT",
	float64: "MET_DOUBLE",
};

/** Digits kept for the size of the packed voxels, which is known at the end. */
const SIZE_DIGITS = 16;

/** Makes the header for a number of packed bytes; little-endian voxels follow it, through zlib or plain. @throws VOLUME */
export function metaHeader(path: string, spec: VolumeSpec, isPacked: boolean): (packed: number) => Uint8Array {
	const isVector = spec.axes.endsWith("c");
	if (isVector && spec.axes !== "yxc" && spec.axes !== "zyxc") {
		throw volumeError(path, `MetaImage is written as yx, zyx, czyx, yxc or zyxc, found "${spec.axes}"`);
	}
	const { origin, spacing, direction } = geometryFor(path, spec);
	const n = spacing.length;
	// the file has the direction of an axis in a row
	const matrix = direction.map((_, i) => direction[(i % n) * n + Math.floor(i / n)] ?? 0);
	const sizes = spec.shape.slice(0, n).toReversed();
	const zeros = origin.map(() => 0);
	return (packed) => {
		const lines = [
			"ObjectType = Image",
			`NDims = ${n}`,
			"BinaryData = True",
			"BinaryDataByteOrderMSB = False",
			...(isPacked
				? ["CompressedData = True", `CompressedDataSize = ${String(packed).padEnd(SIZE_DIGITS)}`]
				: ["CompressedData = False"]),
			`TransformMatrix = ${text(matrix)}`,
			`Offset = ${text(origin)}`,
			`CenterOfRotation = ${text(zeros)}`,
			`ElementSpacing = ${text(spacing)}`,
			`DimSize = ${sizes.join(" ")}`,
			...(isVector ? [`ElementNumberOfChannels = ${spec.shape.at(-1)}`] : []),
			`ElementType = ${TYPE_NAMES[spec.dtype] ?? ""}`,
			"ElementDataFile = LOCAL",
		];
		return Buffer.from(`${lines.join("\n")}\n`, "latin1");
	};
}

function text(values: readonly number[]): string {
	return values.map(exactText).join(" ");
}
