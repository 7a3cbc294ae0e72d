import fc from "fast-check";
import { expect, test } from "vitest";
import { MOST_PAIRED, PairSet } from "../../src/image/pair-set.ts";

test("holds the pairs that were added, whichever comes first", () => {
	const number = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: MOST_PAIRED - 1 }));
	fc.assert(
		fc.property(fc.array(fc.tuple(number, number), { maxLength: 2000, size: "max" }), (pairs) => {
			const set = new PairSet();
			const known = new Set<string>();
			for (const [a, b] of pairs) {
				const key = `${Math.min(a, b)} ${Math.max(a, b)}`;
				expect(set.has(b, a)).toBe(known.has(key));
				expect(set.add(a, b)).toBe(!known.has(key));
				known.add(key);
				expect(set.has(a, b)).toBe(true);
			}
		}),
		{ numRuns: 20 },
	);
});
