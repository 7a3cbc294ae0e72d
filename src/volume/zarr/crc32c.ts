/**
 * CRC-32C (Castagnoli, polynomial 0x1EDC6F41 reflected; RFC 3720 appendix B.4), four bytes a step.
 *
 * @module
 */

const TABLES = makeTables();

function makeTables(): readonly Int32Array[] {
	const first = new Int32Array(256);
	for (let n = 0; n < 256; n++) {
		let c = n;
		for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1;
		first[n] = c;
	}
	const tables = [first];
	for (let k = 1; k < 4; k++) {
		const before = tables[k - 1] ?? first;
		tables.push(before.map((c) => (c >>> 8) ^ (first[c & 255] ?? 0)));
	}
	return tables;
}

/** The checksum of `bytes` as a number of 32 bits, not negative. */
export function crc32c(bytes: Uint8Array): number {
	const [t0, t1, t2, t3] = TABLES;
	if (t0 === undefined || t1 === undefined || t2 === undefined || t3 === undefined) return 0;
	let c = -1;
	let i = 0;
	for (const end = bytes.length - 3; i < end; i += 4) {
		c ^= (bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8) | ((bytes[i + 2] ?? 0) << 16) | ((bytes[i + 3] ?? 0) << 24);
		c = (t3[c & 255] ?? 0) ^ (t2[(c >>> 8) & 255] ?? 0) ^ (t1[(c >>> 16) & 255] ?? 0) ^ (t0[c >>> 24] ?? 0);
	}
	for (; i < bytes.length; i++) c = (c >>> 8) ^ (t0[(c ^ (bytes[i] ?? 0)) & 255] ?? 0);
	return (c ^ -1) >>> 0;
}
