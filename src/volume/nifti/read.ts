/**
 * Reads boxes of a NIfTI file: the voxels are those of a flat file, scaled as its header says.
 *
 * @module
 */
import type { Box } from "../../core/box.ts";
import type { DType } from "../../core/dtype.ts";
import { throwIfAborted } from "../../core/errors.ts";
import { openFlat } from "../flat/read.ts";
import { ByteFile } from "../streams/file.ts";
import { isGzip, unpackedHead } from "../streams/unpack.ts";
import type { IoOptions, OpenOptions, VolumeInfo, VolumeReader } from "../volume.ts";
import { HEAD_BYTES, type Layout, parseHeader } from "./header.ts";
import { geometryOf } from "./itk.ts";
import { affineOf, zoomsOf } from "./nibabel.ts";
import { scaled, scalingOf } from "./values.ts";

/** Bytes of a file looked at first for its header; names and comments before that of a packed one may be long. */
const HEADS = [4096, 1 << 18];

/** Units of length by the header's number; files that leave it out mean millimetres, mostly. */
const UNITS: Readonly<Record<number, string>> = { 1: "meter", 2: "millimeter", 3: "micrometer" };

/** Opens the file at `path`. @throws VOLUME, UNBUILT, CANCELLED */
export async function openNifti(path: string, options: OpenOptions = {}): Promise<VolumeReader> {
	throwIfAborted(options.signal);
	const { head, isPacked } = await readHead(path);
	const layout = parseHeader(path, head);
	const { stored, header, offset } = layout;
	const scaling = scalingOf(path, stored, header.slope, header.inter, options.dialect ?? "nibabel");
	const info = infoOf(path, layout, scaling.dtype);
	const voxels = await openFlat({
		info: { ...info, dtype: stored },
		parts: [{ path, at: isPacked ? 0 : offset }],
		encoding: isPacked ? "packed" : "raw",
		bigEndian: !header.littleEndian,
		skip: isPacked ? offset : 0,
	});
	return {
		info: { ...info, compression: isPacked ? "gzip" : "none" },
		read: async (box: Box, io: IoOptions = {}) => scaled(await voxels.read(box, io), scaling),
		close: () => voxels.close(),
	};
}

async function readHead(path: string): Promise<{ readonly head: Uint8Array; readonly isPacked: boolean }> {
	const file = await ByteFile.open(path);
	try {
		let head: Uint8Array = new Uint8Array();
		let isPacked = false;
		for (const length of HEADS) {
			const bytes = await file.peek(0, length);
			head = unpackedHead(bytes);
			isPacked = isGzip(bytes);
			if (head.length >= HEAD_BYTES) break;
		}
		return { head, isPacked };
	} finally {
		await file.close();
	}
}

function infoOf(path: string, { header, shape, axes }: Layout, dtype: DType): VolumeInfo {
	const isFlat = shape.length === 2;
	const geometry = geometryOf(header, isFlat ? 2 : 3);
	const affine = affineOf(header);
	const [x = 1, y = 1, z = 1] = zoomsOf(header);
	const spacing = [z, y, x];
	const unit = UNITS[header.units & 7];
	return {
		format: "nifti",
		path,
		dtype,
		shape,
		axes,
		...(isFlat || !spacing.every(Number.isFinite) ? {} : { spacing, ...(unit === undefined ? {} : { unit }) }),
		...(geometry === undefined ? {} : { geometry }),
		...(affine === undefined ? {} : { affine }),
	};
}
