/**
 * Reorderings of bytes that make numbers pack better: byte shuffle (as in blosc and HDF5) and differences.
 *
 * @module
 */

/** The n-th bytes of all elements together, for every n of `width`; what is left over at the end stays as it is. */
export function shuffle(bytes: Uint8Array, width: number): Uint8Array {
	if (width < 2) return bytes;
	const shuffled = new Uint8Array(bytes.length);
	const count = Math.floor(bytes.length / width);
	let at = 0;
	for (let byte = 0; byte < width; byte++) {
		for (let i = 0, from = byte; i < count; i++, from += width) shuffled[at++] = bytes[from] ?? 0;
	}
	shuffled.set(bytes.subarray(at), at);
	return shuffled;
}

/** What `shuffle` was given. */
export function unshuffle(bytes: Uint8Array, width: number): Uint8Array {
	if (width < 2) return bytes;
	const plain = new Uint8Array(bytes.length);
	const count = Math.floor(bytes.length / width);
	let at = 0;
	for (let byte = 0; byte < width; byte++) {
		for (let i = 0, to = byte; i < count; i++, to += width) plain[to] = bytes[at++] ?? 0;
	}
	plain.set(bytes.subarray(at), at);
	return plain;
}

const SUMMED: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
	u1: (bytes) => summed(bytes),
	u2: (bytes) => summedAs(Uint16Array, bytes),
	u4: (bytes) => summedAs(Uint32Array, bytes),
	f4: (bytes) => summedAs(Float32Array, bytes),
	f8: (bytes) => summedAs(Float64Array, bytes),
	u8: summedLong,
};

/** Running sums of elements of `type` ("<i4", "int32" or "|u1"), as numcodecs' delta filter. @throws TypeError for others */
export function undelta(bytes: Uint8Array, type: string): Uint8Array {
	const short = type.replace(/^u?int(\d+)$/, (_, bits: string) => `<u${Number(bits) / 8}`);
	const [, order = "", kind = "", width = ""] =
		/^([<>|])([uif])([1248])$/.exec(short.replace(/^float(\d)\d$/, "<f$1")) ?? [];
	// whole numbers wrap around alike with a sign and without
	const sum = SUMMED[`${kind === "i" ? "u" : kind}${width}`];
	if (sum === undefined || (order === ">" && width !== "1")) throw new TypeError(`the delta filter of "${type}"`);
	return sum(bytes);
}

type Numbers = Uint8Array | Uint16Array | Uint32Array | Float32Array | Float64Array;

function summed(bytes: Uint8Array): Uint8Array {
	const sums = bytes.slice();
	accumulate(sums);
	return sums;
}

function summedAs(
	array: { new (buffer: ArrayBuffer): Numbers; readonly BYTES_PER_ELEMENT: number },
	bytes: Uint8Array,
): Uint8Array {
	const sums = wholeElements(bytes, array.BYTES_PER_ELEMENT);
	accumulate(new array(sums.buffer));
	return sums;
}

function summedLong(bytes: Uint8Array): Uint8Array {
	const sums = wholeElements(bytes, 8);
	const numbers = new BigUint64Array(sums.buffer);
	for (let i = 1; i < numbers.length; i++) numbers[i] = (numbers[i] ?? 0n) + (numbers[i - 1] ?? 0n);
	return sums;
}

function wholeElements(bytes: Uint8Array, width: number): Uint8Array<ArrayBuffer> {
	return new Uint8Array(bytes.subarray(0, bytes.length - (bytes.length % width)));
}

function accumulate(numbers: Numbers): void {
	for (let i = 1; i < numbers.length; i++) numbers[i] = (numbers[i] ?? 0) + (numbers[i - 1] ?? 0);
}
