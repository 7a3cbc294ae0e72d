/**
 * Writes small ZIP archives for tests, with every field open to lies.
 *
 * @module
 */
import { crc32, deflateRawSync } from "node:zlib";

/** A member; the optional fields replace what is true. */
export type Member = {
	readonly name: string;
	readonly data: Uint8Array | string;
	readonly deflate?: boolean;
	readonly method?: number;
	readonly flags?: number;
	readonly crc?: number;
	/** Unpacked size as the table of contents tells it. */
	readonly size?: number;
	readonly compressedSize?: number;
	readonly offset?: number;
	readonly localName?: string;
	readonly extra?: Uint8Array;
	/** Type and permissions, as Unix keeps them. */
	readonly mode?: number;
};

/** Lies of the end record. */
export type EndLies = { readonly count?: number; readonly size?: number; readonly offset?: number };

/** The bytes of an archive. */
export function zipOf(members: readonly Member[], lies: EndLies = {}): Uint8Array {
	const parts: Buffer[] = [];
	const table: Buffer[] = [];
	let offset = 0;
	for (const member of members) {
		const raw = Buffer.from(member.data);
		const packed = member.deflate ? deflateRawSync(raw) : raw;
		const method = member.method ?? (member.deflate ? 8 : 0);
		const crc = member.crc ?? crc32(raw);
		const local = header(0x04034b50, member.localName ?? member.name, [
			[2, 20],
			[2, member.flags ?? 0],
			[2, method],
			[4, 0],
			[4, crc],
			[4, packed.length],
			[4, raw.length],
		]);
		const extra = Buffer.from(member.extra ?? []);
		const name = Buffer.from(member.name);
		const entry = fields([
			[4, 0x02014b50],
			[2, 20],
			[2, 20],
			[2, member.flags ?? 0],
			[2, method],
			[4, 0],
			[4, crc],
			[4, member.compressedSize ?? packed.length],
			[4, member.size ?? raw.length],
			[2, name.length],
			[2, extra.length],
			[2, 0],
			[2, 0],
			[2, 0],
			[4, (member.mode ?? 0) * 65536],
			[4, member.offset ?? offset],
		]);
		parts.push(local, packed);
		table.push(entry, name, extra);
		offset += local.length + packed.length;
	}
	const directory = Buffer.concat(table);
	const end = fields([
		[4, 0x06054b50],
		[2, 0],
		[2, 0],
		[2, lies.count ?? members.length],
		[2, lies.count ?? members.length],
		[4, lies.size ?? directory.length],
		[4, lies.offset ?? offset],
		[2, 0],
	]);
	return Uint8Array.from(Buffer.concat([...parts, directory, end]));
}

/** Little-endian fields of 2, 4 or 8 bytes. */
export function fields(list: readonly (readonly [2 | 4 | 8, number | bigint])[]): Buffer {
	return Buffer.concat(
		list.map(([width, value]) => {
			const bytes = Buffer.alloc(8);
			bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
			return bytes.subarray(0, width);
		}),
	);
}

function header(signature: number, name: string, middle: readonly (readonly [2 | 4, number])[]): Buffer {
	const text = Buffer.from(name);
	return Buffer.concat([fields([[4, signature], ...middle, [2, text.length], [2, 0]]), text]);
}
