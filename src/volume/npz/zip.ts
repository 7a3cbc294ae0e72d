/**
 * The records of a zip file that .npz needs, with zip64 sizes.
 *
 * From PKWARE's APPNOTE 6.3: local header 4.3.7, directory 4.3.12, its ends 4.3.14 to 4.3.16, zip64 sizes 4.5.3.
 *
 * @module
 */

/** One member; sizes and place in bytes, `packed` is its size in the zip. */
export type Member = {
	readonly name: string;
	readonly offset: number;
	readonly crc: number;
	readonly packed: number;
	readonly size: number;
};

const MOST = 0xffffffff;
const ZIP64 = 1;
const VERSION = 45;
const DEFLATED = 8;
/** 1 January 1980, the first day there is: the same content makes the same file. */
const DATE = 0x21;

/** What stands before a member. Its length does not depend on the sizes, so that it can be written again. */
export function localHeader({ name, crc, packed, size }: Member): Buffer {
	const header = Buffer.alloc(30);
	header.writeUInt32LE(0x04034b50, 0);
	header.writeUInt16LE(VERSION, 4);
	header.writeUInt16LE(DEFLATED, 8);
	header.writeUInt16LE(DATE, 12);
	header.writeUInt32LE(crc, 14);
	header.writeUInt32LE(MOST, 18);
	header.writeUInt32LE(MOST, 22);
	header.writeUInt16LE(Buffer.byteLength(name), 26);
	const extra = zip64([size, packed]);
	header.writeUInt16LE(extra.length, 28);
	return Buffer.concat([header, Buffer.from(name), extra]);
}

/** A member's entry in the directory. */
export function directoryEntry({ name, offset, crc, packed, size }: Member): Buffer {
	const header = Buffer.alloc(46);
	header.writeUInt32LE(0x02014b50, 0);
	header.writeUInt16LE(VERSION, 4);
	header.writeUInt16LE(VERSION, 6);
	header.writeUInt16LE(DEFLATED, 10);
	header.writeUInt16LE(DATE, 14);
	header.writeUInt32LE(crc, 16);
	header.writeUInt32LE(Math.min(packed, MOST), 20);
	header.writeUInt32LE(Math.min(size, MOST), 24);
	header.writeUInt16LE(Buffer.byteLength(name), 28);
	const large = [size, packed, offset].filter((value) => value >= MOST);
	const extra = large.length === 0 ? Buffer.alloc(0) : zip64(large);
	header.writeUInt16LE(extra.length, 30);
	header.writeUInt32LE(Math.min(offset, MOST), 42);
	return Buffer.concat([header, Buffer.from(name), extra]);
}

/** What ends the file: the directory's place and size, in zip64's records too where they are too large. */
export function directoryEnd(members: number, start: number, size: number): Buffer {
	const end = Buffer.alloc(22);
	end.writeUInt32LE(0x06054b50, 0);
	end.writeUInt16LE(members, 8);
	end.writeUInt16LE(members, 10);
	end.writeUInt32LE(size, 12);
	end.writeUInt32LE(Math.min(start, MOST), 16);
	if (start < MOST) return end;
	const large = Buffer.alloc(56);
	large.writeUInt32LE(0x06064b50, 0);
	large.writeBigUInt64LE(44n, 4);
	large.writeUInt16LE(VERSION, 12);
	large.writeUInt16LE(VERSION, 14);
	large.writeBigUInt64LE(BigInt(members), 24);
	large.writeBigUInt64LE(BigInt(members), 32);
	large.writeBigUInt64LE(BigInt(size), 40);
	large.writeBigUInt64LE(BigInt(start), 48);
	const locator = Buffer.alloc(20);
	locator.writeUInt32LE(0x07064b50, 0);
	locator.writeBigUInt64LE(BigInt(start + size), 8);
	locator.writeUInt32LE(1, 16);
	return Buffer.concat([large, locator, end]);
}

function zip64(values: readonly number[]): Buffer {
	const extra = Buffer.alloc(4 + 8 * values.length);
	extra.writeUInt16LE(ZIP64, 0);
	extra.writeUInt16LE(8 * values.length, 2);
	for (const [i, value] of values.entries()) extra.writeBigUInt64LE(BigInt(value), 4 + 8 * i);
	return extra;
}
