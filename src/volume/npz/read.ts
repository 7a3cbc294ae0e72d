/**
 * Reads numpy's .npz whole: for files of probabilities that fit into memory.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { crc32, inflateRaw } from "node:zlib";
import type { NdArray } from "../../core/array.ts";
import { fileError, volumeError } from "../fault.ts";
import { parseNpy } from "./npy.ts";
import type { Member } from "./zip.ts";

/** Every array of a .npz by its name. Members that are stored or deflated; not for files of 4 GiB and more. @throws VOLUME */
export async function readNpz(path: string): Promise<Readonly<Record<string, NdArray>>> {
	const file = await readFile(path).catch((cause) => {
		throw fileError(path, "read", cause);
	});
	try {
		const arrays: Record<string, NdArray> = {};
		for (const member of readDirectory(file)) {
			const array = parseNpy(await unpack(file, member));
			if (typeof array === "string") throw new RangeError(`${member.name}: ${array}`);
			arrays[member.name.replace(/\.npy$/, "")] = array;
		}
		return arrays;
	} catch (cause) {
		throw volumeError(
			path,
			"expected a .npz file, found one that is damaged or of another kind; copy or make it again",
			cause,
		);
	}
}

function readDirectory(file: Buffer): Member[] {
	const end = file.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
	if (end < 0 || end + 22 > file.length) throw new RangeError("it has no zip directory");
	const members: Member[] = [];
	let at = file.readUInt32LE(end + 16);
	for (let n = file.readUInt16LE(end + 10); n > 0; n--) {
		if (file.readUInt32LE(at) !== 0x02014b50) throw new RangeError("its zip directory is broken");
		const [name, extra, comment] = [file.readUInt16LE(at + 28), file.readUInt16LE(at + 30), file.readUInt16LE(at + 32)];
		members.push({
			name: file.toString("utf8", at + 46, at + 46 + name),
			offset: file.readUInt32LE(at + 42),
			crc: file.readUInt32LE(at + 16),
			packed: file.readUInt32LE(at + 20),
			size: file.readUInt32LE(at + 24),
		});
		at += 46 + name + extra + comment;
	}
	return members;
}

async function unpack(file: Buffer, { name, offset, crc, packed, size }: Member): Promise<Uint8Array> {
	const start = offset + 30 + file.readUInt16LE(offset + 26) + file.readUInt16LE(offset + 28);
	const stored = file.subarray(start, start + packed);
	const method = file.readUInt16LE(offset + 8);
	const bytes = method === 0 ? stored : await promisify(inflateRaw)(stored, { maxOutputLength: size + 1 });
	if (bytes.length !== size || crc32(bytes) !== crc) throw new RangeError(`${name}: its checksum is wrong`);
	return bytes;
}
