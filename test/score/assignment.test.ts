import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bestPairs, type Edge } from "../../src/score/assignment.ts";

/** The largest sum of weights, by trying everything. */
function bruteForce(rows: number, edges: readonly Edge[], row = 0, taken = new Set<number>()): number {
	if (row === rows) return 0;
	let best = bruteForce(rows, edges, row + 1, taken);
	for (const edge of edges) {
		if (edge.row !== row || taken.has(edge.column)) continue;
		best = Math.max(best, edge.weight + bruteForce(rows, edges, row + 1, new Set([...taken, edge.column])));
	}
	return best;
}

const graphs = fc
	.record({ rows: fc.integer({ min: 1, max: 6 }), columns: fc.integer({ min: 1, max: 6 }) })
	.chain(({ rows, columns }) =>
		fc.record({
			rows: fc.constant(rows),
			columns: fc.constant(columns),
			edges: fc.uniqueArray(
				fc.record({
					row: fc.nat(rows - 1),
					column: fc.nat(columns - 1),
					weight: fc.integer({ min: 1, max: 40 }).map((n) => n / 20),
				}),
				{ selector: ({ row, column }) => row * 10 + column, maxLength: 20 },
			),
		}),
	);

describe("assignment", () => {
	it("takes each row and column once, with the largest sum", () => {
		fc.assert(
			fc.property(graphs, ({ rows, columns, edges }) => {
				const pairs = bestPairs(rows, columns, edges).filter((edge) => edge !== undefined);
				expect(new Set(pairs.map(({ row }) => row)).size).toBe(pairs.length);
				expect(new Set(pairs.map(({ column }) => column)).size).toBe(pairs.length);
				const sum = pairs.reduce((total, { weight }) => total + weight, 0);
				expect(sum).toBeCloseTo(bruteForce(rows, edges), 9);
			}),
			{ numRuns: 400 },
		);
	});
});
