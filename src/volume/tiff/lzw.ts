/**
 * LZW and PackBits, the two old compressions of TIFF.
 *
 * From "TIFF Revision 6.0" (Adobe, 1992), section 9 (PackBits) and section 13 (LZW: codes of 9 to 12 bits, highest bit
 * first, one code sooner wider than needed).
 *
 * @module
 */
const CLEAR = 256;
const END = 257;
const MOST = 4096;

/** The strings that codes stand for: places in what is unpacked already, for every string was written there once. */
class Strings {
	readonly #places = new Int32Array(MOST);
	readonly #lengths = new Int32Array(MOST);
	#before = 0;
	#beforeLength = 0;
	/** The code that the next new string gets. */
	next: number = END + 1;

	clear(): void {
		this.next = END + 1;
		this.#beforeLength = 0;
	}

	/** Length and place of the string of `code`; a place of -1 for a single byte. @throws RangeError */
	find(code: number): { readonly length: number; readonly place: number } {
		if (code < CLEAR) return { length: 1, place: -1 };
		if (code > this.next || (code === this.next && this.#beforeLength === 0)) {
			throw new RangeError(`LZW code ${code} where ${this.next} is the highest there can be`);
		}
		// The newest string is the one before and its own first byte, which is just being written behind it.
		if (code === this.next) return { length: this.#beforeLength + 1, place: this.#before };
		return { length: this.#lengths[code] ?? 0, place: this.#places[code] ?? 0 };
	}

	/** A string of `length` was written at `place`: the one before and its first byte become a new one. */
	add(place: number, length: number): void {
		if (this.#beforeLength > 0 && this.next < MOST) {
			this.#places[this.next] = this.#before;
			this.#lengths[this.next] = this.#beforeLength + 1;
			this.next++;
		}
		this.#before = place;
		this.#beforeLength = length;
	}
}

/** Unpacks LZW to at most `limit` bytes; ends sooner where the codes end. @throws RangeError for a code that cannot be */
export function unpackLzw(bytes: Uint8Array, limit: number): Uint8Array {
	const target = new Uint8Array(limit);
	const strings = new Strings();
	const codes = codeReader(bytes);
	let at = 0;
	for (let code = codes(strings.next); code !== END && at < limit; code = codes(strings.next)) {
		if (code === CLEAR) {
			strings.clear();
			continue;
		}
		const { length, place } = strings.find(code);
		if (place < 0) target[at] = code;
		else for (let i = 0; i < length; i++) target[at + i] = target[place + i] ?? 0;
		strings.add(at, length);
		at += length;
	}
	return target.subarray(0, Math.min(at, limit));
}

/** Reads one code after the other; the width follows from the entries there are. END where the bytes end. */
function codeReader(bytes: Uint8Array): (entries: number) => number {
	let [position, bits, held] = [0, 0, 0];
	return (entries) => {
		const width = entries < 511 ? 9 : entries < 1023 ? 10 : entries < 2047 ? 11 : 12;
		while (bits < width) {
			if (position >= bytes.length) return END;
			held = ((held << 8) | (bytes[position++] ?? 0)) & 0xffffff;
			bits += 8;
		}
		bits -= width;
		return (held >> bits) & ((1 << width) - 1);
	};
}

/** Unpacks PackBits to at most `limit` bytes; ends sooner where the bytes end. */
export function unpackBytes(bytes: Uint8Array, limit: number): Uint8Array {
	const target = new Uint8Array(limit);
	let at = 0;
	for (let i = 0; i < bytes.length && at < limit; ) {
		const head = bytes[i++] ?? 0;
		if (head < 128) {
			const part = bytes.subarray(i, i + Math.min(head + 1, limit - at));
			target.set(part, at);
			at += part.length;
			i += head + 1;
		} else if (head > 128) {
			target.fill(bytes[i++] ?? 0, at, at + 257 - head);
			at += 257 - head;
		}
	}
	return target.subarray(0, Math.min(at, limit));
}
