/**
 * LZW, the old compression of TIFF.
 *
 * From "TIFF Revision 6.0" (Adobe, 1992), section 13: codes of 9 to 12 bits, highest bit first, one code sooner wider
 * than needed. The strings that codes stand for are places in what is unpacked already, for every string was written
 * there once.
 *
 * @module
 */
import { setImmediate } from "node:timers/promises";

const CLEAR = 256;
const END = 257;
const MOST = 4096;

/** Bytes unpacked before others get a turn. */
const PIECE = 1 << 20;

/**
 * Unpacks LZW to at most `limit` bytes; ends sooner where the codes end.
 *
 * @throws RangeError for a code that cannot be
 */
export async function unpackLzw(bytes: Uint8Array, limit: number): Promise<Uint8Array> {
	const state = new Unpacking(bytes, limit);
	while (state.unpack(PIECE)) await setImmediate();
	return state.target.subarray(0, Math.min(state.at, limit));
}

/** A strip or tile on its way. */
class Unpacking {
	readonly target: Uint8Array;
	/** Bytes unpacked so far; the last string may reach over the target's end. */
	at: number = 0;
	readonly #codes: Codes;
	readonly #places = new Int32Array(MOST);
	readonly #lengths = new Int32Array(MOST);
	/** The string before, which becomes a new one with the first byte of the next. */
	#before = 0;
	#beforeLength = 0;

	constructor(bytes: Uint8Array, limit: number) {
		this.target = new Uint8Array(limit);
		this.#codes = new Codes(bytes);
	}

	/** Unpacks about `most` bytes more; false when there is nothing left to do. */
	unpack(most: number): boolean {
		const codes = this.#codes;
		const stop = Math.min(this.target.length, this.at + most);
		while (this.at < stop) {
			const code = codes.read();
			if (code === END) return false;
			if (code === CLEAR) {
				codes.clear();
				this.#beforeLength = 0;
			} else this.#add(this.#write(code));
		}
		return this.at < this.target.length;
	}

	/** Writes the string of `code` and gives its length. */
	#write(code: number): number {
		const { target, at } = this;
		if (code < CLEAR) {
			target[at] = code;
			return 1;
		}
		const { next } = this.#codes;
		if (code > next || (code === next && this.#beforeLength === 0)) {
			throw new RangeError(`LZW code ${code} where ${next} is the highest there can be`);
		}
		// the newest string is the one before and its own first byte, which is just being written behind it
		const place = code === next ? this.#before : (this.#places[code] ?? 0);
		const length = code === next ? this.#beforeLength + 1 : (this.#lengths[code] ?? 0);
		for (let i = 0; i < length; i++) target[at + i] = target[place + i] ?? 0;
		return length;
	}

	#add(length: number): void {
		const codes = this.#codes;
		if (this.#beforeLength > 0 && codes.next < MOST) {
			this.#places[codes.next] = this.#before;
			this.#lengths[codes.next] = this.#beforeLength + 1;
			codes.grow();
		}
		this.#before = this.at;
		this.#beforeLength = length;
		this.at += length;
	}
}

/** Reads one code after the other; their width follows from the strings there are. */
class Codes {
	/** The code that the next new string gets. */
	next: number = END + 1;
	readonly #bytes: Uint8Array;
	#position = 0;
	#bits = 0;
	#held = 0;
	#width = 9;

	constructor(bytes: Uint8Array) {
		this.#bytes = bytes;
	}

	/** END where the bytes end. */
	read(): number {
		while (this.#bits < this.#width) {
			if (this.#position >= this.#bytes.length) return END;
			this.#held = ((this.#held << 8) | (this.#bytes[this.#position++] ?? 0)) & 0xffffff;
			this.#bits += 8;
		}
		this.#bits -= this.#width;
		return (this.#held >> this.#bits) & ((1 << this.#width) - 1);
	}

	clear(): void {
		this.next = END + 1;
		this.#width = 9;
	}

	/** One string more. */
	grow(): void {
		this.next++;
		if (this.next === 511 || this.next === 1023 || this.next === 2047) this.#width++;
	}
}
