/**
 * Writes plain data as a Python pickle (protocol 2) that `pickle.load` reads: what nnU-Net keeps beside probabilities.
 *
 * Only the opcodes of data are used, and names of functions where they are the data: nothing in such a file calls anything.
 *
 * @module
 */

/** A Python tuple; arrays become lists. */
export class PickleTuple {
	readonly items: readonly Pickled[];

	constructor(items: readonly Pickled[]) {
		this.items = items;
	}
}

/** A Python function or class by its module and name. */
export class PickleName {
	readonly module: string;
	readonly name: string;

	constructor(module: string, name: string) {
		this.module = module;
		this.name = name;
	}
}

/** What can be written: whole numbers become `int`, others `float`, objects `dict` with keys of text. */
export type Pickled =
	| null
	| boolean
	| number
	| string
	| readonly Pickled[]
	| PickleTuple
	| PickleName
	| { readonly [key: string]: Pickled };

/** The bytes of the pickle of `value`. */
export function writePickle(value: Pickled): Uint8Array {
	return Buffer.concat([Buffer.of(0x80, 2), ...encode(value), Buffer.from(".")]);
}

const MARK = Buffer.from("(");

function encode(value: Pickled): Buffer[] {
	if (value === null) return [Buffer.from("N")];
	if (typeof value === "boolean") return [Buffer.of(value ? 0x88 : 0x89)];
	if (typeof value === "number") return [encodeNumber(value)];
	if (typeof value === "string") return [encodeText(value)];
	if (value instanceof PickleTuple) return [MARK, ...value.items.flatMap(encode), Buffer.from("t")];
	if (value instanceof PickleName) return [Buffer.from(`c${value.module}\n${value.name}\n`)];
	if (isList(value)) return [Buffer.from("]"), MARK, ...value.flatMap(encode), Buffer.from("e")];
	const items = Object.entries(value).flatMap(([key, each]) => [encodeText(key), ...encode(each)]);
	return [Buffer.from("}"), MARK, ...items, Buffer.from("u")];
}

function isList(value: Pickled): value is readonly Pickled[] {
	return Array.isArray(value);
}

function encodeNumber(value: number): Buffer {
	const bytes = Buffer.alloc(10);
	if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
		bytes.write("G");
		bytes.writeDoubleBE(value, 1);
		return bytes.subarray(0, 9);
	}
	if (value === (value | 0)) {
		bytes.write("J");
		bytes.writeInt32LE(value, 1);
		return bytes.subarray(0, 5);
	}
	bytes.set([0x8a, 8]);
	bytes.writeBigInt64LE(BigInt(value), 2);
	return bytes;
}

function encodeText(value: string): Buffer {
	const text = Buffer.from(value, "utf8");
	const head = Buffer.from("X\0\0\0\0");
	head.writeUInt32LE(text.length, 1);
	return Buffer.concat([head, text]);
}
