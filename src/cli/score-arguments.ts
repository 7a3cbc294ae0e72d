/**
 * Arguments of scores: ids of any width, and thresholds.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";

/** Ids, also joined by commas. @throws CONFIG */
export function parseIds(flag: string, words: readonly string[]): readonly bigint[] {
	return partsOf(words).map((word) => {
		if (!/^-?\d{1,20}$/.test(word))
			throw new NnvolError("CONFIG", `${flag}: expected labels such as 255, found ${word}`);
		return BigInt(word);
	});
}

/** Numbers above 0 and up to 1, ascending, each once. @throws CONFIG */
export function parseFractions(flag: string, words: readonly string[]): readonly number[] {
	const values = partsOf(words).map((word) => {
		const value = Number(word);
		if (value > 0 && value <= 1) return value;
		throw new NnvolError("CONFIG", `${flag}: expected numbers above 0 and up to 1, such as 0.5 0.75, found ${word}`);
	});
	return [...new Set(values)].sort((a, b) => a - b);
}

function partsOf(words: readonly string[]): string[] {
	return words.flatMap((word) => word.split(",")).filter((word) => word !== "");
}
