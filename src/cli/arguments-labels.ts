/**
 * Reading of label values that the parser leaves as text.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";

/** `1 2` or `1,2`, in this order. @throws CONFIG */
export function parseLabels(name: string, words: readonly string[]): number[] {
	const parts = words.flatMap((word) => word.split(",")).filter((part) => part.trim() !== "");
	const labels = parts.map((part) => parseLabel(name, part));
	if (labels.length === 0) throw new NnvolError("CONFIG", `${name}: expected label values such as 1 2, found none`);
	if (new Set(labels).size < labels.length)
		throw new NnvolError("CONFIG", `${name} ${words.join(" ")} names a label twice; keep one`);
	return labels;
}

/** A whole number. @throws CONFIG */
export function parseLabel(name: string, text: string): number {
	const value = Number(text);
	if (/^-?\d+$/.test(text.trim()) && Number.isSafeInteger(value)) return value;
	throw new NnvolError("CONFIG", `${name} ${text}: expected a label value, a whole number`);
}
