/**
 * Opcodes that push numbers, text and bytes.
 *
 * @module
 */
import { latin1 } from "./pickle-input.ts";
import type { Operation, PickleMachine } from "./pickle-machine.ts";

/** Longest integer, in bytes or digits: far beyond any id or count. */
const LONGEST_INTEGER = 1024;

/** By opcode. Lengths of 64 bits beyond the input fail as cut off. */
export const LITERAL_OPERATIONS: readonly (readonly [number, Operation])[] = [
	[0x4e, (m) => m.push(null)], // NONE
	[0x88, (m) => m.push(true)], // NEWTRUE
	[0x89, (m) => m.push(false)], // NEWFALSE
	[0x4a, (m) => m.push(m.input.i32())], // BININT
	[0x4b, (m) => m.push(m.input.u8())], // BININT1
	[0x4d, (m) => m.push(m.input.u16())], // BININT2
	[0x8a, (m) => m.push(long(m, m.input.u8()))], // LONG1
	[0x8b, (m) => m.push(long(m, m.input.i32()))], // LONG4
	[0x49, (m) => m.push(integerLine(m))], // INT
	[0x4c, (m) => m.push(integerLine(m))], // LONG
	[0x47, (m) => m.push(m.input.f64())], // BINFLOAT
	[0x46, (m) => m.push(floatLine(m))], // FLOAT
	[0x53, (m) => m.push(stringLine(m))], // STRING
	[0x54, (m) => m.push(latin1(m.input.take(m.input.i32())))], // BINSTRING
	[0x55, (m) => m.push(latin1(m.input.take(m.input.u8())))], // SHORT_BINSTRING
	[0x56, (m) => m.push(unescaped(m.input.line(), /\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g))], // UNICODE
	[0x58, (m) => m.push(m.input.text(m.input.u32()))], // BINUNICODE
	[0x8c, (m) => m.push(m.input.text(m.input.u8()))], // SHORT_BINUNICODE
	[0x8d, (m) => m.push(m.input.text(m.input.u64()))], // BINUNICODE8
	[0x42, (m) => m.push(m.input.take(m.input.u32()))], // BINBYTES
	[0x43, (m) => m.push(m.input.take(m.input.u8()))], // SHORT_BINBYTES
	[0x8e, (m) => m.push(m.input.take(m.input.u64()))], // BINBYTES8
	[0x96, (m) => m.push(m.input.take(m.input.u64()))], // BYTEARRAY8
];

/** A little-endian two's complement integer of `length` bytes. */
function long(machine: PickleMachine, length: number): number | bigint {
	if (length > LONGEST_INTEGER) throw machine.damaged(`has an integer of ${length} bytes`);
	const bytes = machine.input.take(length);
	let value = 0n;
	for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0);
	return narrow(length > 0 ? BigInt.asIntN(8 * length, value) : 0n);
}

function integerLine(machine: PickleMachine): number | bigint | boolean {
	const line = machine.input.line();
	if (line === "00" || line === "01") return line === "01";
	const digits = /^([+-]?\d+)L?$/.exec(line)?.[1];
	if (digits === undefined || digits.length > LONGEST_INTEGER) {
		throw machine.damaged(`has "${line.slice(0, 40)}" for an integer`);
	}
	return narrow(BigInt(digits.replace("+", "")));
}

function narrow(value: bigint): number | bigint {
	const number = Number(value);
	return Number.isSafeInteger(number) ? number : value;
}

function floatLine(machine: PickleMachine): number {
	const line = machine.input.line();
	if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(line)) return Number(line);
	if (line === "nan") return Number.NaN;
	if (/^[+-]?inf$/.test(line)) return line.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
	throw machine.damaged(`has "${line.slice(0, 40)}" for a number`);
}

const STRING_ESCAPE = /\\x([0-9a-fA-F]{2})|\\([\\'"abfnrtv])/g;
const ESCAPES: Readonly<Record<string, string>> = { a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };

function stringLine(machine: PickleMachine): string {
	const line = machine.input.line();
	const quote = line.at(0);
	if (line.length < 2 || (quote !== "'" && quote !== '"') || line.at(-1) !== quote) {
		throw machine.damaged(`has text without its quotes`);
	}
	return unescaped(line.slice(1, -1), STRING_ESCAPE);
}

/** Replaces escapes: the first or second group of `pattern` is a code, or one letter of `ESCAPES`. */
function unescaped(text: string, pattern: RegExp): string {
	return text.replace(pattern, (_, first: string | undefined, second: string | undefined) => {
		if (second !== undefined && second.length === 1) return ESCAPES[second] ?? second;
		const code = Number.parseInt(first ?? second ?? "", 16);
		return code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
	});
}
