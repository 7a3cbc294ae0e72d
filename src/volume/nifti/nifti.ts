/**
 * NIfTI as a volume format: .nii and .nii.gz, versions 1 and 2, both byte orders; "yx", "zyx" and "czyx".
 *
 * The file's first axis is the last of the array. Its place in the world is told twice, as ITK and as nibabel read it.
 *
 * @module
 */
import { flatParts } from "../flat/parts.ts";
import { unpackedHead } from "../streams/unpack.ts";
import type { VolumeFormat } from "../volume.ts";
import { kindOf } from "./header.ts";
import { openNifti } from "./read.ts";
import { createNifti, flatNifti } from "./write.ts";

/** The NIfTI format. */
export const nifti: VolumeFormat = {
	name: "nifti",
	extensions: [".nii.gz", ".nii"],
	writes: ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"],
	ranks: [2, 3, 4],
	isFolder: false,
	matches: (head) => kindOf(unpackedHead(head))?.what === "single",
	open: openNifti,
	create: (path, spec, options) => createNifti(nifti, path, spec, options),
	parts: (path, spec) => flatParts(spec, flatNifti(nifti, path, spec)),
};
