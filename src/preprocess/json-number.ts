/**
 * Numbers in JSON, those too that it does not have: they are written as words.
 *
 * @module
 */
import { z } from "zod";

/** A number, or the word for one. */
export const jsonNumber = z.union([z.number(), z.enum(["NaN", "Infinity", "-Infinity"]).transform(Number)]);

/** `value` for `JSON.stringify`; `jsonNumber` reads it, to the bit. */
export function packNumber(value: number): z.input<typeof jsonNumber> {
	if (Number.isNaN(value)) return "NaN";
	if (value === Number.POSITIVE_INFINITY) return "Infinity";
	return value === Number.NEGATIVE_INFINITY ? "-Infinity" : value;
}
