import fc from "fast-check";
import { expect, it } from "vitest";
import { createForest, flatten, join, newSet, rootOf } from "../../src/image/union-find.ts";

it("joins sets as plain relabelling does, and numbers them by their first members", () => {
	const pair = fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }));
	fc.assert(
		fc.property(fc.array(pair, { maxLength: 30 }), (pairs) => {
			const forest = createForest();
			const plain = Array.from({ length: 21 }, (_, i) => (i === 0 ? 0 : newSet(forest)));
			for (const [a, b] of pairs) {
				expect(join(forest, a, b)).toBe(rootOf(forest, b));
				const [from, to] = [plain[a], plain[b]];
				for (const [i, v] of plain.entries()) if (v === from) plain[i] = to ?? 0;
			}
			const order = [...new Set(plain)];
			const { finals, count } = flatten(forest);
			expect([...finals]).toEqual(plain.map((v) => order.indexOf(v)));
			expect(count).toBe(order.length - 1);
		}),
	);
});

it("grows", () => {
	const forest = createForest();
	for (let i = 1; i <= 5000; i++) expect(newSet(forest)).toBe(i);
	expect(flatten(forest).count).toBe(5000);
});
