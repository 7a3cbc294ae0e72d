/**
 * A cursor over the bytes of a pickle: every read is checked against the end before anything is allocated.
 *
 * @module
 */
import { viewOf } from "../core/bytes.ts";
import type { Fault } from "./fault.ts";

/** Longest text line (protocol 0 numbers, names) that is read. */
const LONGEST_LINE = 1 << 20;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The bytes of one pickle and a position in them. */
export class PickleInput {
	readonly #bytes: Uint8Array;
	readonly #view: DataView;
	readonly #fault: Fault;
	#at = 0;

	constructor(bytes: Uint8Array, fault: Fault) {
		this.#bytes = bytes;
		this.#view = viewOf(bytes);
		this.#fault = fault;
	}

	/** Bytes read so far. */
	get position(): number {
		return this.#at;
	}

	u8(): number {
		return this.#view.getUint8(this.#advance(1));
	}

	u16(): number {
		return this.#view.getUint16(this.#advance(2), true);
	}

	u32(): number {
		return this.#view.getUint32(this.#advance(4), true);
	}

	i32(): number {
		return this.#view.getInt32(this.#advance(4), true);
	}

	/** An unsigned 64-bit length: never more than the bytes that are left. */
	u64(): number {
		return Number(this.#view.getBigUint64(this.#advance(8), true));
	}

	/** Big-endian, as BINFLOAT has it. */
	f64(): number {
		return this.#view.getFloat64(this.#advance(8), false);
	}

	/** The next `length` bytes; a view, not a copy. */
	take(length: number): Uint8Array {
		const from = this.#advance(length);
		return this.#bytes.subarray(from, from + length);
	}

	/** The next `length` bytes as UTF-8. */
	text(length: number): string {
		const bytes = this.take(length);
		try {
			return utf8.decode(bytes);
		} catch (error) {
			throw this.#fault(`its pickle has text at byte ${this.#at - length} that is not UTF-8`, undefined, error);
		}
	}

	/** The bytes up to the next line feed, one character a byte; the line feed is skipped. */
	line(): string {
		const end = this.#bytes.subarray(0, this.#at + LONGEST_LINE).indexOf(0x0a, this.#at);
		if (end < 0) throw this.#fault(`its pickle is cut off in a line of text at byte ${this.#at}`);
		const text = latin1(this.take(end - this.#at));
		this.#at++;
		return text;
	}

	#advance(length: number): number {
		const from = this.#at;
		if (!(length >= 0 && from + length <= this.#bytes.length)) {
			const left = this.#bytes.length - from;
			throw this.#fault(`its pickle is cut off: ${length} bytes are asked for at byte ${from}, ${left} are left`);
		}
		this.#at = from + length;
		return from;
	}
}

/** Bytes as text, one character a byte. */
export function latin1(bytes: Uint8Array): string {
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
