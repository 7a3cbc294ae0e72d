/**
 * Writes a NIfTI file of one piece: .nii plain, .nii.gz through gzip.
 *
 * @module
 */
import { DTYPES } from "../../core/dtype.ts";
import { throwIfAborted } from "../../core/errors.ts";
import { plainGeometry } from "../../core/geometry.ts";
import { checkSpec } from "../check.ts";
import { volumeError } from "../fault.ts";
import { createFlat, type FlatFormat, packingOfName } from "../flat/write.ts";
import { finalName } from "../publish.ts";
import type { IoOptions, VolumeFormat, VolumeSpec, VolumeWriter } from "../volume.ts";
import { encodeFields, VERSIONS } from "./fields.ts";
import { datatypeOf } from "./header.ts";
import { itkFields } from "./itk.ts";
import { nibabelFields } from "./nibabel.ts";

/** Longest axis that version 1 can tell; longer ones make the file one of version 2. */
const LONGEST = 32767;

/** Begins a file at `path`; one whose name (or the name it will get) does not end in .nii is compressed. @throws VOLUME, CANCELLED */
export async function createNifti(
	format: VolumeFormat,
	path: string,
	spec: VolumeSpec,
	options: IoOptions = {},
): Promise<VolumeWriter> {
	throwIfAborted(options.signal);
	return createFlat(path, spec, flatNifti(format, path, spec));
}

/** How the file at `path` is laid out. @throws VOLUME, CONFIG where NIfTI cannot hold `spec` */
export function flatNifti(format: VolumeFormat, path: string, spec: VolumeSpec): FlatFormat {
	checkSpec(format, path, spec);
	checkAxes(path, spec);
	const header = headerOf(spec);
	const packing = packingOfName(path, spec, !/\.nii$/i.test(finalName(path)));
	return { header: () => header, packing, packsHeader: true, bigEndian: false };
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
			? itkFields(spec.geometry ?? plainGeometry(Math.min(extents.length, 3), spec.spacing), extents.length)
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
