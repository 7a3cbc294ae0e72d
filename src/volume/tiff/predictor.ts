/**
 * From unpacked bytes to samples in the machine's order: byte order, predictors, bits.
 *
 * Predictors from "TIFF Revision 6.0", section 14 (horizontal differences), and Adobe Photoshop TIFF Technical Note 3
 * (floating point: differences of bytes, most significant plane first). The machine is little-endian.
 *
 * @module
 */

/** How the samples of a chunk lie: `rows` of `values` samples, `step` samples a pixel, `width` bytes each. */
export type Rows = {
	readonly rows: number;
	readonly values: number;
	readonly step: number;
	readonly width: 1 | 2 | 4 | 8;
};

/** Turns bytes of big-endian values of `width` round, in place. */
export function swapBytes(bytes: Buffer, width: 1 | 2 | 4 | 8): void {
	if (width === 2) bytes.swap16();
	if (width === 4) bytes.swap32();
	if (width === 8) bytes.swap64();
}

/** Predictor 2: each value is the difference from the pixel before it, wrapping. In place, little-endian. */
export function addUp(bytes: ArrayBuffer, layout: Rows): void {
	if (layout.width === 8) addUpWide(new BigUint64Array(bytes), layout);
	else if (layout.width === 4) addUpRows(new Uint32Array(bytes), layout);
	else if (layout.width === 2) addUpRows(new Uint16Array(bytes), layout);
	else addUpRows(new Uint8Array(bytes), layout);
}

function addUpRows(data: Uint8Array | Uint16Array | Uint32Array, { rows, values, step }: Rows): void {
	for (let start = 0; start < rows * values; start += values) {
		if (step === 1) addUpRow(data, start, start + values);
		else for (let i = start + step; i < start + values; i++) data[i] = (data[i] ?? 0) + (data[i - step] ?? 0);
	}
}

/** A row of grey: the sum so far stays at hand. It wraps in 32 bits, and in the array's own width when it is stored. */
function addUpRow(data: Uint8Array | Uint16Array | Uint32Array, start: number, stop: number): void {
	let sum = 0;
	for (let i = start; i < stop; i++) {
		sum = (sum + (data[i] ?? 0)) | 0;
		data[i] = sum;
	}
}

function addUpWide(data: BigUint64Array, { rows, values, step }: Rows): void {
	for (let start = 0; start < rows * values; start += values) {
		for (let i = start + step; i < start + values; i++) data[i] = (data[i] ?? 0n) + (data[i - step] ?? 0n);
	}
}

/** Predictor 3: rows of byte planes, most significant first, as differences. Returns little-endian values. */
export function joinPlanes(bytes: Uint8Array, { rows, values, step, width }: Rows): Uint8Array {
	const target = new Uint8Array(bytes.length);
	const rowBytes = values * width;
	addUpRows(bytes, { rows, values: rowBytes, step, width: 1 });
	for (let row = 0; row < rows; row++) {
		const start = row * rowBytes;
		for (let plane = 0; plane < width; plane++) {
			for (let i = 0; i < values; i++) {
				target[start + i * width + (width - 1 - plane)] = bytes[start + plane * values + i] ?? 0;
			}
		}
	}
	return target;
}

/** Samples of 1, 2 or 4 bits to bytes; each row begins at a byte. */
export function unpackBits(bytes: Uint8Array, bits: number, rows: number, values: number): Uint8Array {
	const target = new Uint8Array(rows * values);
	const rowBytes = Math.ceil((values * bits) / 8);
	const perByte = 8 / bits;
	for (let row = 0; row < rows; row++) {
		for (let i = 0; i < values; i++) {
			const byte = bytes[row * rowBytes + Math.floor(i / perByte)] ?? 0;
			target[row * values + i] = (byte >> (8 - bits * ((i % perByte) + 1))) & ((1 << bits) - 1);
		}
	}
	return target;
}
