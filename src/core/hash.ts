/**
 * One text for equal plain data, and its SHA-256: what records and plans are compared by.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** JSON with sorted keys and without undefined members: equal data give equal text. */
export function canonicalJson(value: unknown): string {
	return JSON.stringify(value, (_key, member: unknown) => (isRecord(member) ? sortKeys(member) : member));
}

/** SHA-256 of `canonicalJson(value)`, in hexadecimal. */
export function hashOf(value: unknown): string {
	return createHash("sha256").update(canonicalJson(value)).digest("hex");
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sortKeys(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
	return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
