/**
 * Bytes seen as numbers, and numbers of bytes in words.
 *
 * @module
 */

/** A view over exactly the bytes of `bytes`. */
export function viewOf(bytes: Uint8Array): DataView {
	return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A copy with the bytes of each element of `width` (1, 2, 4 or 8) bytes in the other order. */
export function swappedCopy(bytes: Uint8Array, width: number): Uint8Array {
	const copy = Buffer.from(bytes);
	if (width === 2) return copy.swap16();
	if (width === 4) return copy.swap32();
	return width === 8 ? copy.swap64() : copy;
}

/** Bytes of each unit: as on every label, a kilobyte is 1000 and a kibibyte 1024. */
const UNITS: Readonly<Record<string, number>> = {
	"": 1,
	k: 1e3,
	m: 1e6,
	g: 1e9,
	t: 1e12,
	ki: 2 ** 10,
	mi: 2 ** 20,
	gi: 2 ** 30,
	ti: 2 ** 40,
};

/** `4GB`, `1.5 GiB`, `512M`, `1000000`: whole bytes, rounded down; undefined for what is no size. */
export function parseBytes(text: string): number | undefined {
	const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?) ?([kmgt]i?|)b?$/i.exec(text.trim()) ?? [];
	const bytes = Math.floor(Number(number) * (UNITS[unit.toLowerCase()] ?? Number.NaN));
	return number !== "" && Number.isSafeInteger(bytes) ? bytes : undefined;
}

const NAMES = ["bytes", "KB", "MB", "GB", "TB", "PB"] as const;

/** `2.0 GB`, `512 MB`: in powers of 1000, as sizes are asked for. */
export function bytesText(bytes: number): string {
	const power = bytes < 1000 ? 0 : Math.min(NAMES.length - 1, Math.floor(Math.log10(bytes) / 3));
	const value = bytes / 1000 ** power;
	return `${power === 0 || value >= 99.95 ? value.toFixed(0) : value.toFixed(1)} ${NAMES[power]}`;
}
