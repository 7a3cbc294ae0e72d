/**
 * Shares as arrays: SLURM takes indices below `MaxArraySize`, so more shares than that are several arrays.
 *
 * @module
 */

/** One array: its task `i` does share `first + i`. */
export type ArrayPart = { readonly first: number; readonly indices: readonly number[] };

/** The arrays of these shares (ascending); none for none. @param size `MaxArraySize`: one more than the largest index */
export function arrayParts(shares: readonly number[], size: number): readonly ArrayPart[] {
	const parts = new Map<number, number[]>();
	for (const share of shares) {
		const first = share - (share % size);
		const indices = parts.get(first) ?? [];
		indices.push(share - first);
		parts.set(first, indices);
	}
	return [...parts].map(([first, indices]) => ({ first, indices }));
}

/** `0-7,9` of ascending numbers. */
export function rangesText(numbers: readonly number[]): string {
	const ranges: [number, number][] = [];
	for (const n of numbers) {
		const last = ranges.at(-1);
		if (last?.[1] === n - 1) last[1] = n;
		else ranges.push([n, n]);
	}
	return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(",");
}

/** The numbers of `0-7,9`, ascending as written. */
export function numbersOf(ranges: string): readonly number[] {
	return ranges.split(",").flatMap((range) => {
		const [from = Number.NaN, to = from] = range.split("-").map(Number);
		return Array.from({ length: to - from + 1 }, (_, n) => from + n);
	});
}
