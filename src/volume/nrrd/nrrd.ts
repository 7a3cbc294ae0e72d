/**
 * NRRD as a volume format: .nrrd, and .nhdr with its files of voxels. Vectors have a channel axis ("zyxc").
 *
 * @module
 */
import { NnvolError, throwIfAborted } from "../../core/errors.ts";
import { checkSpec } from "../check.ts";
import { withPath } from "../flat/flaw.ts";
import { flatInfo } from "../flat/info.ts";
import { flatParts } from "../flat/parts.ts";
import { openFlat } from "../flat/read.ts";
import { createFlat, type FlatFormat, packingOf } from "../flat/write.ts";
import { finalName } from "../publish.ts";
import { ByteFile } from "../streams/file.ts";
import type { IoOptions, OpenOptions, VolumeFormat, VolumeReader, VolumeSpec, VolumeWriter } from "../volume.ts";
import { type NrrdFields, parseFields } from "./fields.ts";
import { encodingOf, partsOf } from "./files.ts";
import { parseHeader } from "./header.ts";
import { nrrdHeader } from "./write.ts";

/** The NRRD format. What is written is what ITK writes with compression. */
export const nrrd: VolumeFormat = {
	name: "nrrd",
	extensions: [".nrrd", ".nhdr"],
	writes: ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"],
	ranks: [2, 3, 4],
	isFolder: false,
	matches: (head) => [...MAGIC].every((letter, i) => head[i] === letter.charCodeAt(0)),
	open: openNrrd,
	create: createNrrd,
	parts: (path, spec) => flatParts(spec, flatNrrd(path, spec)),
};

const MAGIC = "NRRD000";

/** Longer headers (or lists of files) are refused. */
const MOST_HEADER_BYTES = 1 << 24;

/** Bytes read for a header at first. */
const HEADER_BYTES = 1 << 16;

async function openNrrd(path: string, options: OpenOptions = {}): Promise<VolumeReader> {
	throwIfAborted(options.signal);
	const found = await readFields(path);
	const header = withPath(path, "NRRD", () => parseHeader(found));
	const info = flatInfo("nrrd", path, header);
	const encoding = encodingOf(path, header.encoding);
	const parts = await partsOf(path, header, found.end);
	return openFlat({ info, parts, encoding, bigEndian: header.bigEndian, skip: Math.max(0, header.byteSkip) });
}

async function readFields(path: string): Promise<NrrdFields> {
	const file = await ByteFile.open(path);
	try {
		const some = await file.peek(0, HEADER_BYTES);
		const found = withPath(path, "NRRD", () => parseFields(some));
		if (found.end !== undefined || file.size <= HEADER_BYTES) return found;
		const more = await file.peek(0, MOST_HEADER_BYTES);
		return withPath(path, "NRRD", () => parseFields(more));
	} finally {
		await file.close();
	}
}

async function createNrrd(path: string, spec: VolumeSpec, options: IoOptions = {}): Promise<VolumeWriter> {
	throwIfAborted(options.signal);
	return createFlat(path, spec, flatNrrd(path, spec));
}

function flatNrrd(path: string, spec: VolumeSpec): FlatFormat {
	if (/\.nhdr$/i.test(finalName(path))) {
		const message = `${path}: .nhdr is two files, which are not written; choose the ending .nrrd, which is one`;
		throw new NnvolError("CONFIG", message, { fields: { path } });
	}
	checkSpec(nrrd, path, spec);
	const packing = packingOf(path, spec, "gzip");
	const header = nrrdHeader(path, spec, packing === "none" ? "raw" : "gzip");
	return { header: () => header, packing, packsHeader: false, bigEndian: false };
}
