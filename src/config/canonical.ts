/**
 * One text for one value: JSON with sorted keys, and its SHA-256.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** JSON without spaces, the keys of every map sorted by code unit; `undefined` entries are left out. */
export function canonicalJson(value: unknown): string {
	return JSON.stringify(sorted(value)) ?? "null";
}

/** SHA-256 of the canonical JSON, in hexadecimal. */
export function canonicalHash(value: unknown): string {
	return createHash("sha256").update(canonicalJson(value)).digest("hex");
}

function sorted(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(sorted);
	if (typeof value !== "object" || value === null) return value;
	const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
	return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}
