/**
 * Archives that are cut, changed or lie about themselves.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import type { Hostile } from "./hostile.ts";
import { checkpointOf, dict, fourFloats, join, pickle, stateDict, storages } from "./pickle-writer.ts";
import { type EndLies, fields, type Member, zipOf } from "./zip-writer.ts";

const DATA = pickle(dict({ network_weights: dict({ w: fourFloats() }) }));
const SIGNATURES = { local: [0x50, 0x4b, 3, 4], central: [0x50, 0x4b, 1, 2], end: [0x50, 0x4b, 5, 6] };

function full(): Buffer {
	return readFileSync(new URL("../fixtures/checkpoint/full.pth", import.meta.url));
}

function cut(part: number): () => Uint8Array {
	return () => Uint8Array.from(full().subarray(0, Math.floor(full().length * part)));
}

/** A good checkpoint in which the pickle's member lies. */
function lying(member: Partial<Member>, lies: EndLies = {}): () => Uint8Array {
	return () => zipOf([{ name: "m/data.pkl", data: DATA, ...member }, ...storages()], lies);
}

/** A good checkpoint with one byte changed at `shift` from the first place of a record. */
function poked(record: keyof typeof SIGNATURES, shift: number, value: number): () => Uint8Array {
	return () => {
		const bytes = Buffer.from(checkpointOf(DATA));
		bytes[bytes.indexOf(Buffer.from(SIGNATURES[record])) + shift] = value;
		return Uint8Array.from(bytes);
	};
}

/** A good checkpoint with a zip64 end record put in, whose fields come from `make`. */
function wide(make: (offset: number, size: number, end: number) => Parameters<typeof fields>[0], at?: bigint) {
	return (): Uint8Array => {
		const bytes = Buffer.from(checkpointOf(DATA));
		const end = bytes.indexOf(Buffer.from(SIGNATURES.end));
		const [size, offset] = [bytes.readUInt32LE(end + 12), bytes.readUInt32LE(end + 16)];
		const locator = fields([
			[4, 0x07064b50],
			[4, 0],
			[8, at ?? end],
			[4, 1],
		]);
		return join(bytes.subarray(0, end), fields(make(offset, size, end)), locator, bytes.subarray(end));
	};
}

function record64(
	count: number | bigint,
	size: number | bigint,
	offset: number | bigint,
): Parameters<typeof fields>[0] {
	const head = [
		[4, 0x06064b50],
		[8, 44],
		[2, 45],
		[2, 45],
		[4, 0],
		[4, 0],
	] as const;
	return [...head, [8, count], [8, count], [8, size], [8, offset]];
}

/** Broken archives. */
export const archives: readonly Hostile[] = [
	{ name: "cut after 5 %", bytes: cut(0.05), expect: /its end is missing.*download/ },
	{ name: "cut in the middle", bytes: cut(0.5), expect: /its end is missing/ },
	{ name: "cut in the table of contents", bytes: cut(0.95), expect: /its end is missing/ },
	{ name: "cut by one byte", bytes: () => Uint8Array.from(full().subarray(0, -1)), expect: /end/ },
	{ name: "bytes added", bytes: () => join(checkpointOf(DATA), "xyz"), expect: /cut off or added/ },
	{
		name: "bytes added before",
		bytes: () => join("PK\x03\x04 and more", checkpointOf(DATA)),
		expect: /table of contents/,
	},
	{
		name: "a missing piece inside",
		bytes: () => join(full().subarray(0, 5000), full().subarray(5100)),
		expect: /damaged/,
	},
	{ name: "wrong CRC of the pickle", bytes: lying({ crc: 12345 }), expect: /m\/data\.pkl" is damaged.*CRC-32/ },
	{
		name: "wrong CRC of a storage",
		bytes: () => zipOf([{ name: "m/data.pkl", data: DATA }, ...storages().map((m) => ({ ...m, crc: 9 }))]),
		expect: /m\/data\/0" is damaged.*CRC-32/,
	},
	{ name: "deflate bomb", bytes: lying({ deflate: true, size: 0x7fffffff }), expect: /cannot hold/ },
	{
		name: "more than it told",
		bytes: lying({ deflate: true, data: join(DATA, "x".repeat(500)), size: 300 }),
		expect: /more than the 300 bytes told/,
	},
	{
		name: "huge pickle",
		bytes: lying({ method: 8, data: new Uint8Array(400_000), size: 400_000_000 }),
		expect: /claims 400000000 bytes/,
	},
	{ name: "deflated noise", bytes: lying({ method: 8 }), expect: /cannot be unpacked|bytes told|were expected/ },
	{ name: "stored with two sizes", bytes: lying({ size: 10 }), expect: /cannot hold/ },
	{ name: "method 14 (LZMA)", bytes: lying({ method: 14 }), expect: /packed by method 14/ },
	{ name: "encrypted", bytes: lying({ flags: 1 }), expect: /encrypted/ },
	{ name: "another name in its own header", bytes: lying({ localName: "m/other.pkl" }), expect: /another name/ },
	{ name: "damaged own header", bytes: poked("local", 0, 0x51), expect: /does not begin as a zip|no torch checkpoint/ },
	{ name: "damaged table", bytes: poked("central", 1, 0x51), expect: /table of contents is damaged/ },
	{ name: "name over the end", bytes: poked("central", 29, 0xff), expect: /runs over the end/ },
	{ name: "offset outside", bytes: lying({ offset: 0x7ffffff0 }), expect: /runs over the end of the members/ },
	{ name: "overlapping members", bytes: lying({ offset: 100 }), expect: /overlap|own header|damaged/ },
	{
		name: "two members share bytes",
		bytes: () =>
			zipOf([
				{ name: "m/data.pkl", data: DATA },
				{ name: "m/data.two", data: DATA, offset: 0 },
			]),
		expect: /"m\/data\.pkl" and "m\/data\.two" overlap/,
	},
	{
		name: "two members of one name",
		bytes: () => checkpointOf(DATA, ...storages()),
		expect: /two members named "m\/data\/0"/,
	},
	{ name: "more members than listed", bytes: lying({}, { count: 1 }), expect: /too many/ },
	{ name: "fewer members than told", bytes: lying({}, { count: 60000 }), expect: /cannot be listed/ },
	{ name: "table elsewhere", bytes: lying({}, { offset: 3 }), expect: /table of contents should be/ },
	{ name: "huge table", bytes: lying({}, { size: 0xfffffff0 }), expect: /table of contents should be/ },
	{ name: "one of several disks", bytes: poked("end", 4, 3), expect: /several files/ },
	{ name: "zip64 sizes missing", bytes: lying({ size: 0xffffffff }), expect: /zip64 sizes/ },
	{
		name: "zip64 sizes beyond 2^53",
		bytes: lying({
			size: 0xffffffff,
			extra: fields([
				[2, 1],
				[2, 8],
				[8, 0xffffffffffffffffn],
			]),
		}),
		expect: /zip64 sizes/,
	},
	{
		name: "zip64 size of 2^40",
		bytes: lying({
			size: 0xffffffff,
			extra: fields([
				[2, 1],
				[2, 8],
				[8, 2 ** 40],
			]),
		}),
		expect: /cannot hold/,
	},
	{
		name: "zip64 record contradicts",
		bytes: wide((offset, size) => record64(2, size, offset)),
		expect: /contradict/,
	},
	{
		name: "zip64 record beyond any file",
		bytes: wide((_, size) => record64(3, size, 2n ** 63n)),
		expect: /sizes that no file can have/,
	},
	{
		name: "zip64 record damaged",
		bytes: wide(() => [
			[4, 1],
			[8, 44],
			[8, 0],
			[8, 0],
		]),
		expect: /zip64 end record/,
	},
	{
		name: "zip64 locator outside",
		bytes: wide((offset, size) => record64(3, size, offset), 2n ** 62n),
		expect: /outside the file/,
	},
	{
		name: "path traversal instead of the storage",
		bytes: () =>
			zipOf([
				{ name: "m/data.pkl", data: DATA },
				{ name: "../../m/data/0", data: new Uint8Array(16) },
			]),
		expect: /has no member "m\/data\/0"/,
	},
	{
		name: "storage missing",
		bytes: () => zipOf([{ name: "m/data.pkl", data: DATA }]),
		expect: /has no member "m\/data\/0"/,
	},
	{
		name: "storage too short",
		bytes: () =>
			zipOf([
				{ name: "m/data.pkl", data: DATA },
				{ name: "m/data/0", data: new Uint8Array(12) },
			]),
		expect: /has 12 bytes, 16 were expected for "w"/,
	},
	{
		name: "unknown byte order",
		bytes: () =>
			zipOf([
				{ name: "m/data.pkl", data: DATA },
				{ name: "m/byteorder", data: "middle" },
			]),
		expect: /"middle", not little or big/,
	},
	{
		name: "no network_weights",
		bytes: () => checkpointOf(pickle("}")),
		expect: /nothing under "network_weights".*keys are none/,
	},
	{
		name: "nnU-Net v1",
		bytes: () => checkpointOf(pickle(dict({ state_dict: dict({ w: fourFloats() }) }))),
		expect: /nnU-Net v1.*checkpoint_final/,
	},
	{
		name: "weights that are a tensor",
		bytes: () => checkpointOf(pickle(dict({ network_weights: fourFloats() }))),
		expect: /a tensor under/,
	},
	{ name: "complex weights", bytes: () => stateDict({ w: complex() }), expect: /complex64/ },
];

function complex(): Uint8Array {
	const bytes = Buffer.from(fourFloats()).toString("latin1");
	return join(
		bytes
			.replace("FloatStorage", "ComplexFloatStorage")
			.replace("J\x04\0\0\0tQ", "J\x02\0\0\0tQ")
			.replace("J\x04\0\0\0t", "J\x02\0\0\0t"),
	);
}
