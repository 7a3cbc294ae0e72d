/**
 * The header of a new NRRD file, field by field as ITK writes it.
 *
 * @module
 */
import { DTYPES, type DType } from "../../core/dtype.ts";
import { volumeError } from "../fault.ts";
import { exactText, geometryFor } from "../flat/place.ts";
import type { VolumeSpec } from "../volume.ts";

const TYPE_NAMES: Readonly<Partial<Record<DType, string>>> = {
	uint8: "unsigned char",
	int8: "signed char",
	uint16: "unsigned short",
	int16: "short",
	uint32: "unsigned int",
	int32: "int",
	uint64: "unsigned long long int",
	int64: "long long int",
	float32: "float",
	float64: "double",
};

/** The header with the empty line that ends it; voxels follow, little-endian, plain or through gzip. @throws VOLUME */
export function nrrdHeader(path: string, spec: VolumeSpec, encoding: "gzip" | "raw"): Uint8Array {
	const isVector = spec.axes.endsWith("c");
	if (isVector && spec.axes !== "yxc" && spec.axes !== "zyxc") {
		throw volumeError(path, `NRRD is written as yx, zyx, czyx, yxc or zyxc, found "${spec.axes}"`);
	}
	const { origin, spacing, direction } = geometryFor(path, spec);
	const n = spacing.length;
	const vectors = spacing.map((length, column) =>
		vector(spacing.map((_, row) => length * (direction[row * n + column] ?? 0))),
	);
	const lines = [
		"NRRD0004",
		"# Complete NRRD file format specification at:",
		"# http://teem.sourceforge.net/nrrd/format.html",
		`type: ${TYPE_NAMES[spec.dtype] ?? ""}`,
		`dimension: ${spec.shape.length}`,
		n === 3 ? "space: left-posterior-superior" : `space dimension: ${n}`,
		`sizes: ${spec.shape.toReversed().join(" ")}`,
		`space directions: ${[...(isVector ? ["none"] : []), ...vectors].join(" ")}`,
		`kinds: ${[...(isVector ? ["vector"] : []), ...vectors.map(() => "domain")].join(" ")}`,
		...(DTYPES[spec.dtype].bytes === 1 ? [] : ["endian: little"]),
		`encoding: ${encoding}`,
		`space origin: ${vector(origin)}`,
	];
	return Buffer.from(`${lines.join("\n")}\n\n`, "latin1");
}

function vector(values: readonly number[]): string {
	return `(${values.map(exactText).join(",")})`;
}
