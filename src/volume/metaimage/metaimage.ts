/**
 * MetaImage as a volume format: .mha, and .mhd with its files of voxels (read only). Vectors have a channel axis ("zyxc").
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
import { beginsAsMeta, type MetaFields, parseFields } from "./fields.ts";
import { filesOf } from "./files.ts";
import { parseHeader } from "./header.ts";
import { metaHeader } from "./write.ts";

/** The MetaImage format. What is written is what ITK writes with compression. */
export const metaimage: VolumeFormat = {
	name: "metaimage",
	extensions: [".mha", ".mhd"],
	writes: ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"],
	ranks: [2, 3, 4],
	isFolder: false,
	matches: beginsAsMeta,
	open: openMeta,
	create: createMeta,
	parts: (path, spec) => flatParts(spec, flatMeta(path, spec)),
};

/** Longer headers (or lists of files) are refused. */
const MOST_HEADER_BYTES = 1 << 24;

/** Bytes read for a header at first. */
const HEADER_BYTES = 1 << 16;

async function openMeta(path: string, options: OpenOptions = {}): Promise<VolumeReader> {
	throwIfAborted(options.signal);
	const found = await readFields(path);
	const header = withPath(path, "MetaImage", () => parseHeader(found.fields));
	const info = flatInfo("metaimage", path, header);
	const { parts, encoding } = await filesOf(path, header, found);
	return openFlat({ info, parts, encoding, bigEndian: header.bigEndian, skip: 0 });
}

async function readFields(path: string): Promise<MetaFields> {
	const file = await ByteFile.open(path);
	try {
		const parse = async (length: number): Promise<MetaFields> => {
			const bytes = await file.peek(0, length);
			return withPath(path, "MetaImage", () => parseFields(bytes));
		};
		const found = await parse(HEADER_BYTES);
		return found.list.length === 0 ? found : await parse(MOST_HEADER_BYTES);
	} finally {
		await file.close();
	}
}

async function createMeta(path: string, spec: VolumeSpec, options: IoOptions = {}): Promise<VolumeWriter> {
	throwIfAborted(options.signal);
	return createFlat(path, spec, flatMeta(path, spec));
}

function flatMeta(path: string, spec: VolumeSpec): FlatFormat {
	if (/\.mhd$/i.test(finalName(path))) {
		const message = `${path}: .mhd is two files, which are not written; choose the ending .mha, which is one`;
		throw new NnvolError("CONFIG", message, { fields: { path } });
	}
	checkSpec(metaimage, path, spec);
	const packing = packingOf(path, spec, "zlib");
	const header = metaHeader(path, spec, packing !== "none");
	return { header, packing, packsHeader: false, bigEndian: false };
}
