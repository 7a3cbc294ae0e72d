/**
 * Writes Protocol Buffers messages: the few wire types that ONNX files and TensorBoard's events need.
 *
 * A message is built as a list of byte pieces and joined once. Field numbers are the caller's; see `onnx-proto.ts`.
 * Source: the encoding guide of Protocol Buffers (varint, length-delimited, 32-bit and 64-bit wire types).
 *
 * @module
 */

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** One message under construction. Fields are written in the order of the calls. */
export class MessageWriter {
	readonly #pieces: Uint8Array[] = [];
	#length = 0;

	/** An integer field (int32, int64, enum): a safe integer; negative ones take ten bytes, as int64 does. */
	integer(field: number, value: number): this {
		return this.#tag(field, VARINT).#push(varint(BigInt(value)));
	}

	/** A float field of 32 bits. */
	float(field: number, value: number): this {
		const bytes = new Uint8Array(4);
		new DataView(bytes.buffer).setFloat32(0, value, true);
		return this.#tag(field, FIXED32).#push(bytes);
	}

	/** A float field of 64 bits. */
	double(field: number, value: number): this {
		const bytes = new Uint8Array(8);
		new DataView(bytes.buffer).setFloat64(0, value, true);
		return this.#tag(field, FIXED64).#push(bytes);
	}

	/** A bytes field. The bytes are kept, not copied, until `finish`. */
	bytes(field: number, value: Uint8Array): this {
		return this.#tag(field, BYTES)
			.#push(varint(BigInt(value.length)))
			.#push(value);
	}

	/** A string field, UTF-8. */
	text(field: number, value: string): this {
		return this.bytes(field, new TextEncoder().encode(value));
	}

	/** A nested message. */
	message(field: number, value: MessageWriter): this {
		return this.bytes(field, value.finish());
	}

	/** The message's bytes. */
	finish(): Uint8Array {
		const bytes = new Uint8Array(this.#length);
		let at = 0;
		for (const piece of this.#pieces) {
			bytes.set(piece, at);
			at += piece.length;
		}
		return bytes;
	}

	#tag(field: number, wire: number): this {
		return this.#push(varint(BigInt(field * 8 + wire)));
	}

	#push(piece: Uint8Array): this {
		this.#pieces.push(piece);
		this.#length += piece.length;
		return this;
	}
}

/** Base-128 digits of the 64-bit two's complement of `value`, lowest first. */
function varint(value: bigint): Uint8Array {
	const digits: number[] = [];
	let rest = BigInt.asUintN(64, value);
	while (rest >= 0x80n) {
		digits.push(Number(rest & 0x7fn) | 0x80);
		rest >>= 7n;
	}
	digits.push(Number(rest));
	return Uint8Array.from(digits);
}
