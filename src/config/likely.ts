/**
 * The name that was probably meant: edit distance over known names.
 *
 * @module
 */

/** Longest name that is compared: what is longer is no misspelling. */
const LONGEST = 80;

/** Insertions, deletions and substitutions between `a` and `b` (Levenshtein), letter case ignored. */
export function editDistance(a: string, b: string): number {
	const [from, to] = [a.toLowerCase(), b.toLowerCase()];
	let row = Array.from({ length: to.length + 1 }, (_, j) => j);
	for (let i = 1; i <= from.length; i++) {
		const next = [i];
		for (let j = 1; j <= to.length; j++) {
			const change = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
			next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
		}
		row = next;
	}
	return row[to.length] ?? 0;
}

/** The known name nearest to `name`, where it is near enough to have been meant: a third of its letters may differ. */
export function likelyName(name: string, known: readonly string[]): string | undefined {
	if (name.length > LONGEST) return undefined;
	let best: { readonly name: string; readonly distance: number } | undefined;
	for (const candidate of known) {
		const distance = editDistance(name, candidate);
		if (distance > Math.max(1, Math.floor(Math.max(name.length, candidate.length) / 3))) continue;
		if (best === undefined || distance < best.distance) best = { name: candidate, distance };
	}
	return best?.name;
}

/** `; did you mean 'x'?` or nothing. */
export function meantText(name: string | undefined): string {
	return name === undefined ? "" : `; did you mean '${name}'?`;
}
