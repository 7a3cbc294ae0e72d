/**
 * The bytes of the header and the directories that the writer puts into a TIFF. Little-endian, classic or BigTIFF.
 *
 * @module
 */
import { DTYPES } from "../../core/dtype.ts";
import type { VolumeSpec } from "../volume.ts";
import { TAG } from "./directory.ts";

/** How the new file is laid out. `rank` is that of one page; `wide` is BigTIFF. */
export type Layout = {
	readonly spec: VolumeSpec;
	readonly height: number;
	readonly width: number;
	readonly samples: number;
	readonly rank: number;
	readonly rowBytes: number;
	readonly rowsPerStrip: number;
	readonly pages: number;
	readonly wide: boolean;
	/** TIFF's number of the strips' compression. */
	readonly compression: number;
};

/** Where the strips of a page lie and how long they are, in bytes. */
export type Strips = { readonly offsets: number[]; readonly counts: number[] };

type Field = { readonly tag: number; readonly kind: "text" | "short" | "offset"; readonly values: readonly number[] };

const SAMPLE_FORMAT = { uint: 1, int: 2, float: 3 } as const;

/** The header, with the place of the first directory. */
export function headerBytes({ wide }: Layout, first: number): Buffer {
	const bytes = Buffer.alloc(wide ? 16 : 8);
	bytes.write("II", 0, "latin1");
	bytes.writeUInt16LE(wide ? 43 : 42, 2);
	if (wide) {
		bytes.writeUInt16LE(8, 4);
		bytes.writeBigUInt64LE(BigInt(first), 8);
	} else bytes.writeUInt32LE(first, 4);
	return bytes;
}

/** The directory of page `n` for its place `at`, with the values it points to; the next is expected right behind it. */
export function directoryBytes(layout: Layout, strips: Strips, at: number, n: number): Buffer {
	const { wide } = layout;
	const fields = fieldsOf(layout, strips, n);
	const pointer = wide ? 8 : 4;
	const entry = wide ? 20 : 12;
	const headBytes = (wide ? 8 : 2) + fields.length * entry + pointer;
	const head = Buffer.alloc(headBytes);
	const tail: Buffer[] = [];
	let tailAt = at + headBytes;
	if (wide) head.writeBigUInt64LE(BigInt(fields.length), 0);
	else head.writeUInt16LE(fields.length, 0);
	for (const [i, field] of fields.entries()) {
		const place = (wide ? 8 : 2) + i * entry;
		const { type, bytes } = encode(field, wide);
		head.writeUInt16LE(field.tag, place);
		head.writeUInt16LE(type, place + 2);
		writePointer(head, wide, field.values.length, place + 4);
		if (bytes.length <= pointer) head.set(bytes, place + 4 + pointer);
		else {
			writePointer(head, wide, tailAt, place + 4 + pointer);
			const even = Buffer.concat([bytes, Buffer.alloc(bytes.length % 2)]);
			tail.push(even);
			tailAt += even.length;
		}
	}
	writePointer(head, wide, n + 1 < layout.pages ? tailAt : 0, headBytes - pointer);
	return Buffer.concat([head, ...tail]);
}

function fieldsOf(layout: Layout, { offsets, counts }: Strips, n: number): Field[] {
	const { spec, samples } = layout;
	const { bytes, kind } = DTYPES[spec.dtype];
	const each = (value: number) => new Array<number>(samples).fill(value);
	const short = (tag: number, ...values: number[]): Field => ({ tag, kind: "short", values });
	const offset = (tag: number, ...values: number[]): Field => ({ tag, kind: "offset", values });
	const extra = samples - (samples >= 3 ? 3 : 1);
	return [
		offset(TAG.width, layout.width),
		offset(TAG.height, layout.height),
		short(TAG.bits, ...each(bytes * 8)),
		short(TAG.compression, layout.compression),
		short(TAG.photometric, samples >= 3 ? 2 : 1),
		...(n === 0 ? [text(TAG.description, descriptionOf(spec))] : []),
		offset(TAG.stripOffsets, ...offsets),
		short(TAG.samples, samples),
		offset(TAG.rowsPerStrip, layout.rowsPerStrip),
		offset(TAG.stripCounts, ...counts),
		short(TAG.planar, 1),
		...(n === 0 ? [text(TAG.software, "nnvol")] : []),
		...(extra > 0 ? [short(TAG.extraSamples, ...new Array<number>(extra).fill(2))] : []),
		short(TAG.sampleFormat, ...each(SAMPLE_FORMAT[kind])),
	];
}

/** As tifffile writes it: JSON with the whole shape; axes and spacing where they are known. */
function descriptionOf({ shape, axes, spacing }: VolumeSpec): string {
	const named = axes === "" ? {} : { axes: axes.toUpperCase().replace(/C$/, "S") };
	return JSON.stringify({ shape, ...named, ...(spacing === undefined ? {} : { spacing }) });
}

function text(tag: number, value: string): Field {
	return { tag, kind: "text", values: [...Buffer.from(`${value}\0`, "utf8")] };
}

function encode({ kind, values }: Field, wide: boolean): { type: number; bytes: Buffer } {
	if (kind === "text") return { type: 2, bytes: Buffer.from(values) };
	const width = kind === "short" ? 2 : wide ? 8 : 4;
	const bytes = Buffer.alloc(values.length * width);
	for (const [i, value] of values.entries()) {
		if (width === 2) bytes.writeUInt16LE(value, i * 2);
		else writePointer(bytes, wide, value, i * width);
	}
	return { type: kind === "short" ? 3 : wide ? 16 : 4, bytes };
}

function writePointer(bytes: Buffer, wide: boolean, value: number, at: number): void {
	if (wide) bytes.writeBigUInt64LE(BigInt(value), at);
	else bytes.writeUInt32LE(value, at);
}
