/**
 * GIPL as a volume format: .gipl, and .gipl.gz, which is told by its first bytes.
 *
 * @module
 */
import { throwIfAborted } from "../../core/errors.ts";
import { checkSpec } from "../check.ts";
import { volumeError } from "../fault.ts";
import { withPath } from "../flat/flaw.ts";
import { flatInfo } from "../flat/info.ts";
import { flatParts } from "../flat/parts.ts";
import { axesOf, geometryFor } from "../flat/place.ts";
import { openFlat } from "../flat/read.ts";
import { createFlat, type FlatFormat, packingOfName } from "../flat/write.ts";
import { finalName } from "../publish.ts";
import { ByteFile } from "../streams/file.ts";
import { isGzip, unpackedHead } from "../streams/unpack.ts";
import type { IoOptions, OpenOptions, VolumeFormat, VolumeReader, VolumeSpec, VolumeWriter } from "../volume.ts";
import { giplHeader, HEADER_BYTES, isGipl, MOST_EXTENT, parseHeader, WRITTEN } from "./header.ts";

/** The GIPL format. Files are written as ITK does: plain, or through gzip where the name ends in .gz. */
export const gipl: VolumeFormat = {
	name: "gipl",
	extensions: [".gipl", ".gipl.gz"],
	writes: WRITTEN,
	ranks: [3],
	isFolder: false,
	matches: (head) => isGipl(unpackedHead(head)),
	open: openGipl,
	create: createGipl,
	parts: (path, spec) => flatParts(spec, flatGipl(path, spec)),
};

/** Bytes of a packed file that surely hold the header. */
const HEAD_BYTES = 512;

async function openGipl(path: string, options: OpenOptions = {}): Promise<VolumeReader> {
	throwIfAborted(options.signal);
	const head = await readHead(path);
	const isPacked = isGzip(head);
	const bytes = unpackedHead(head);
	if (!isGipl(bytes))
		throw volumeError(path, "expected a GIPL image, found a file without its mark; copy or make it again");
	const header = withPath(path, "GIPL", () => parseHeader(bytes));
	const info = flatInfo("gipl", path, { ...header, axes: axesOf(header.shape.length) });
	const at = isPacked ? 0 : HEADER_BYTES;
	const skip = isPacked ? HEADER_BYTES : 0;
	return openFlat({ info, parts: [{ path, at }], encoding: isPacked ? "packed" : "raw", bigEndian: true, skip });
}

async function readHead(path: string): Promise<Uint8Array> {
	const file = await ByteFile.open(path);
	try {
		return await file.peek(0, HEAD_BYTES);
	} finally {
		await file.close();
	}
}

async function createGipl(path: string, spec: VolumeSpec, options: IoOptions = {}): Promise<VolumeWriter> {
	throwIfAborted(options.signal);
	return createFlat(path, spec, flatGipl(path, spec));
}

function flatGipl(path: string, spec: VolumeSpec): FlatFormat {
	checkSpec(gipl, path, spec);
	if ((spec.axes !== "" && spec.axes !== "zyx") || spec.shape.some((extent) => extent > MOST_EXTENT)) {
		const found = `"${spec.axes}" of ${spec.shape.join("x")}`;
		throw volumeError(path, `GIPL holds 3D images (zyx) of up to ${MOST_EXTENT} voxels an axis, found ${found}`);
	}
	const header = giplHeader(spec.dtype, spec.shape, geometryFor(path, spec));
	const packing = packingOfName(path, spec, /\.gz$/i.test(finalName(path)));
	return { header: () => header, packing, packsHeader: packing !== "none", bigEndian: true };
}
