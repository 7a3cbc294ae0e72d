/**
 * Names of files in a numbered row, as C's printf makes them.
 *
 * @module
 */

/** `name` with its `%d`, `%03d` or `%x` replaced by `n`. */
export function numbered(name: string, n: number): string {
	return name.replace(/%(0?)(\d*)([duixX])/, (_, zero: string, width: string, letter: string) => {
		const digits = letter.toLowerCase() === "x" ? n.toString(16) : String(n);
		const cased = letter === "X" ? digits.toUpperCase() : digits;
		return cased.padStart(Math.min(Number(width), 100), zero === "0" ? "0" : " ");
	});
}
