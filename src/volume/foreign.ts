/**
 * What a file or folder is that no format here reads, so that the error can say it.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";
import { volumeError } from "./fault.ts";
import { kindOf } from "./nifti/header.ts";

type Foreign = {
	readonly what: string;
	/** True for formats that are to come. */
	readonly later: boolean;
	readonly is: (head: Uint8Array, path: string) => boolean;
};

const READS =
	"nnvol reads PNG, BMP, JPEG, TIFF, HDF5, Zarr, N5, Neuroglancer precomputed, NIfTI, NRRD, MetaImage and GIPL";

const FOREIGN: readonly Foreign[] = [
	{
		what: "a gzip-compressed file that is damaged or holds something else",
		later: false,
		is: (h) => at(h, 0, "\x1f\x8b"),
	},
	{
		what: "the header of a NIfTI pair (.hdr and .img)",
		later: true,
		is: (h) => kindOf(h)?.what === "pair",
	},
	{
		what: "the header of an Analyze 7.5 pair (.hdr and .img)",
		later: true,
		is: (h) => kindOf(h)?.what === "analyze",
	},
	{ what: "a JPEG image", later: true, is: (h) => at(h, 0, "\xff\xd8\xff") },
	{ what: "a DICOM file", later: false, is: (h) => at(h, 128, "DICM") },
	{ what: "an MRC volume", later: false, is: (h) => at(h, 208, "MAP ") },
	{ what: "a GIF image", later: false, is: (h) => at(h, 0, "GIF8") },
	{ what: "a WebP image", later: false, is: (h) => at(h, 0, "RIFF") && at(h, 8, "WEBP") },
	{ what: "a JPEG 2000 image", later: false, is: (h) => at(h, 4, "jP  ") },
	{ what: "a numpy array (.npy)", later: false, is: (h) => at(h, 0, "\x93NUMPY") },
	{ what: "a zip archive", later: false, is: (h) => at(h, 0, "PK\x03\x04") || at(h, 0, "PK\x05\x06") },
	{ what: "a PDF document", later: false, is: (h) => at(h, 0, "%PDF") },
	{
		what: "a Git LFS pointer instead of the data (run `git lfs pull`)",
		later: false,
		is: (h) => at(h, 0, "version https://git-lfs"),
	},
	{
		what: "an HTML page (a failed download?)",
		later: false,
		is: (h) => /^\s*<(!doctype html|html|head|body)/i.test(text(h)),
	},
	{ what: "a file of zeros (a failed copy?)", later: false, is: (h) => h.every((byte) => byte === 0) },
	{
		what: "a text file",
		later: false,
		is: (h) => /^[\t\n\f\r\x20-\x7e\x80-\xff]+$/.test(text(h)) && !/[\x80-\x9f]/.test(text(h)),
	},
];

/** The error for a file with these first bytes (up to 512) that no format takes: VOLUME, or UNBUILT for what comes later. */
export function foreignFile(path: string, head: Uint8Array): NnvolError {
	if (head.length === 0)
		return volumeError(path, "expected an image or volume, found an empty file; copy or make it again");
	const found = FOREIGN.find(({ is }) => is(head, path));
	if (found?.later) return unbuilt(path, found.what);
	const what = found?.what ?? `unknown content (it begins with ${hex(head.subarray(0, 8))})`;
	return volumeError(path, `expected an image or volume, found ${what}; ${READS}`);
}

/** The error for a folder with these entries that is no volume of a chunked format. */
export function foreignFolder(path: string, names: readonly string[]): NnvolError {
	const documents = "zarr.json, .zarray, .zgroup, info of a volume, or attributes.json of one";
	const found = names.length === 0 ? "an empty folder" : `a folder without ${documents}`;
	return volumeError(path, `expected an image or volume, found ${found}; ${READS}`);
}

function unbuilt(path: string, what: string): NnvolError {
	const message = `${path}: this is ${what}; reading it is not built yet. ${READS}: convert it to one of these`;
	return new NnvolError("UNBUILT", message, { fields: { path } });
}

function at(head: Uint8Array, offset: number, mark: string): boolean {
	if (head.length < offset + mark.length) return false;
	return [...mark].every((letter, i) => head[offset + i] === letter.charCodeAt(0));
}

function text(head: Uint8Array): string {
	return Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString("latin1");
}

function hex(bytes: Uint8Array): string {
	return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
