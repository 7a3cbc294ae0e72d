import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { coalescedRanges, groupSpans } from "../../../src/volume/stores/coalesce.ts";
import { MemoryStore } from "./memory-store.ts";

const VALUE = Uint8Array.from({ length: 3000 }, (_, n) => (n * 13) % 253);

const spans = fc.array(fc.record({ offset: fc.nat(2000), length: fc.nat(900) }), { maxLength: 40 });
const bounds = fc.record({ gap: fc.nat(300), most: fc.integer({ min: 1, max: 1500 }) });

describe("parts of a value in few requests", () => {
	test("every part lies in exactly one request, none is larger than allowed, gaps are bridged", () => {
		fc.assert(
			fc.property(spans, bounds, (parts, { gap, most }) => {
				const groups = groupSpans(parts, { gap, most });
				expect(groups.flatMap(({ members }) => members).sort((a, b) => a - b)).toEqual(parts.map((_, n) => n));
				for (const { offset, length, members } of groups) {
					const own = members.map((n) => parts[n]!);
					expect(offset).toBe(Math.min(...own.map((part) => part.offset)));
					expect(offset + length).toBe(Math.max(...own.map((part) => part.offset + part.length)));
					expect(length).toBeLessThanOrEqual(Math.max(most, ...own.map((part) => part.length)));
				}
				for (const [n, { offset, length }] of groups.entries()) {
					const next = groups[n + 1];
					if (next === undefined) continue;
					const isApart = next.offset - (offset + length) > gap;
					const first = parts[next.members[0]!]!;
					expect(isApart || first.offset + first.length - offset > most).toBe(true);
				}
			}),
		);
	});

	test("the bytes are those of each part", async () => {
		await fc.assert(
			fc.asyncProperty(spans, bounds, async (parts, how) => {
				const store = new MemoryStore();
				store.values.set("k", VALUE);
				const read = new Map<number, number[]>();
				await coalescedRanges(store, "k", parts, (index, bytes) => void read.set(index, [...bytes]), {
					...how,
					atOnce: 2,
				});
				for (const [n, { offset, length }] of parts.entries()) {
					expect(read.get(n)).toEqual([...VALUE.subarray(offset, offset + length)]);
				}
				expect(read.size).toBe(parts.length);
				expect(store.most).toBeLessThanOrEqual(2);
				expect(store.log.length).toBe(groupSpans(parts, how).length);
			}),
		);
	});

	test("a hundred chunks of a shard in one request", async () => {
		const store = new MemoryStore("s3://b/x");
		store.values.set("k", new Uint8Array(1 << 20));
		const parts = Array.from({ length: 100 }, (_, n) => ({ offset: n * 10_000, length: 9_000 }));
		let bytes = 0;
		const isThere = await coalescedRanges(store, "k", parts, (_, part) => {
			bytes += part.length;
		});
		expect(isThere).toBe(true);
		expect(bytes).toBe(900_000);
		expect(store.log.length).toBe(1);
	});

	test("no value, damaged values, faults of the taker", async () => {
		const store = new MemoryStore();
		const parts = [0, 1, 2].map((n) => ({ offset: n * 1000, length: 10 }));
		const how = { gap: 0, atOnce: 1 };
		const never = (): never => {
			throw new Error("called");
		};
		expect(await coalescedRanges(store, "k", parts, never, how)).toBe(false);
		expect(store.log.length).toBe(1);
		store.values.set("k", VALUE.subarray(0, 1500));
		await expect(coalescedRanges(store, "k", parts, () => undefined, how)).rejects.toThrow(/is damaged/);
		await expect(coalescedRanges(store, "k", parts, never, how)).rejects.toThrow("called");
	});
});
