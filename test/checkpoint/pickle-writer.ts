/**
 * Assembles pickles by hand, opcode by opcode, for tests.
 *
 * @module
 */
import { type Member, zipOf } from "./zip-writer.ts";

/** A piece of a pickle: opcode characters as text, or bytes. */
export type Piece = string | Uint8Array;

/** The bytes of a pickle: protocol 2, the pieces, STOP. */
export function pickle(...pieces: readonly Piece[]): Uint8Array {
	return join("\x80\x02", ...pieces, ".");
}

/** Text as one byte a character, and bytes, one after the other. */
export function join(...pieces: readonly Piece[]): Uint8Array {
	return Uint8Array.from(Buffer.concat(pieces.map((p) => (typeof p === "string" ? Buffer.from(p, "latin1") : p))));
}

/** BINUNICODE. */
export function text(value: string): Uint8Array {
	const bytes = Buffer.from(value);
	return join("X", u32(bytes.length), bytes);
}

/** An integer as BININT, or LONG1 where it is larger. */
export function int(value: number): Uint8Array {
	if (Number.isInteger(value) && value === (value | 0)) return join("J", u32(value));
	const bytes = Buffer.alloc(8);
	bytes.writeBigInt64LE(BigInt(value));
	return join("\x8a\x08", bytes);
}

/** GLOBAL. */
export function name(module: string, attribute: string): string {
	return `c${module}\n${attribute}\n`;
}

/** A tuple of pieces. */
export function tup(...items: readonly Piece[]): Uint8Array {
	return join("(", ...items, "t");
}

/** A dict of text keys. */
export function dict(entries: Readonly<Record<string, Piece>>): Uint8Array {
	return join("}(", ...Object.entries(entries).flatMap(([key, value]) => [text(key), value]), "u");
}

/** A persistent id for a storage. */
export function storage(type = "FloatStorage", key: Piece = text("0"), length: Piece = int(4)): Uint8Array {
	return join(tup(text("storage"), name("torch", type), key, text("cpu"), length), "Q");
}

/** A tensor by `_rebuild_tensor_v2`. */
export function tensor(over: Piece, offset: Piece, size: Piece, stride: Piece): Uint8Array {
	const args = tup(over, offset, size, stride, "\x89", name("collections", "OrderedDict"), ")R");
	return join(name("torch._utils", "_rebuild_tensor_v2"), args, "R");
}

/** A vector of four elements at the begin of storage 0. */
export function fourFloats(): Uint8Array {
	return tensor(storage(), int(0), tup(int(4)), tup(int(1)));
}

/** A checkpoint file around a pickle. */
export function checkpointOf(data: Uint8Array, ...more: readonly Member[]): Uint8Array {
	return zipOf([{ name: "m/data.pkl", data }, { name: "m/byteorder", data: "little" }, ...storages(), ...more]);
}

/** Storage 0 of four floats. */
export function storages(): Member[] {
	return [{ name: "m/data/0", data: new Uint8Array(new Float32Array([1, 2, 3, 4]).buffer) }];
}

/** A whole small checkpoint with `weights` as the state dict; `change` is applied to its pickle before it is packed. */
export function stateDict(
	weights: Readonly<Record<string, Piece>>,
	change: (data: Uint8Array) => Uint8Array = (data) => data,
): Uint8Array {
	return checkpointOf(change(pickle(dict({ network_weights: dict(weights) }))));
}

/** 32 bits, little-endian. */
export function u32(value: number): Uint8Array {
	const bytes = Buffer.alloc(4);
	bytes.writeInt32LE(value | 0);
	return bytes;
}
