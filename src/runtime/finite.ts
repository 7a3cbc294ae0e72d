/**
 * Refuses logits that are not numbers.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";

/**
 * Checks that every entry of `data` is finite: one pass, no branch an entry.
 * @throws RUNTIME naming `what` and the first entry that is NaN or infinite
 */
export function assertFinite(data: Float32Array, what: string): void {
	let trace = 0;
	for (let i = 0; i < data.length; i++) trace += (data[i] ?? 0) * 0; // 0 for finite entries, NaN from the first other one on
	if (trace === 0) return;
	const at = data.findIndex((value) => !Number.isFinite(value));
	throw new NnvolError(
		"RUNTIME",
		`non-finite logits: ${what} holds ${data[at]} at entry ${at} of ${data.length}; look at the input's values for NaN or huge numbers`,
		{ fields: { what, entry: at } },
	);
}
