/**
 * Numbers in the text of a header.
 *
 * @module
 */

/** Longer words are no numbers. */
export const MOST_LETTERS = 400;

/** The numbers of a list with blanks between; NaN for what is none. */
export function numbersIn(text: string | undefined): number[] {
	return (text ?? "")
		.split(/\s+/)
		.filter((word) => word !== "")
		.map(parseNumber);
}

/** As C's `strtod` reads a word; NaN for what is no number. */
export function parseNumber(word: string): number {
	const text = word.trim();
	if (text.length > MOST_LETTERS) return Number.NaN;
	if (/^[+-]?inf(inity)?$/i.test(text))
		return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
	return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
}
