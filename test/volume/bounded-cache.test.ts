import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BoundedCache } from "../../src/volume/bounded-cache.ts";
import { inLanes } from "../../src/volume/lanes.ts";

describe("a bounded cache", () => {
	it("gives what was made for the key, makes it again only when it has gone, and holds no more than its budget", async () => {
		const keys = fc.array(fc.nat(9), { minLength: 1, maxLength: 60 });
		await fc.assert(
			fc.asyncProperty(keys, fc.integer({ min: 0, max: 20 }), async (asked, budget) => {
				const cache = new BoundedCache<number, number>(budget, (value) => value + 1);
				let kept: number[] = [];
				for (const key of asked) {
					let made = false;
					const value = await cache.get(key, async () => {
						made = true;
						return key;
					});
					expect(value).toBe(key);
					expect(made).toBe(!kept.includes(key));
					kept = [...kept.filter((other) => other !== key), key];
					const weight = () => kept.reduce((sum, other) => sum + other + 1, 0);
					while (weight() > budget && kept.length > 1) kept.shift();
				}
			}),
		);
	});
	it("makes a value once for callers at one time, and keeps no failure", async () => {
		const cache = new BoundedCache<string, number>(10, () => 1);
		let count = 0;
		const make = async () => {
			count += 1;
			if (count === 1) throw new Error("first");
			return count;
		};
		const both = await Promise.allSettled([cache.get("a", make), cache.get("a", make)]);
		expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
		expect(await Promise.all([cache.get("a", make), cache.get("a", make)])).toEqual([2, 2]);
		cache.clear();
		expect(await cache.get("a", make)).toBe(3);
	});
});

describe("lanes", () => {
	it("do everything, at most so many at once", async () => {
		let [running, most] = [0, 0];
		const done: number[] = [];
		await inLanes(Array.from({ length: 20 }, (_, i) => i).values(), 3, async (item) => {
			running += 1;
			most = Math.max(most, running);
			await new Promise((resolve) => setTimeout(resolve, item % 3));
			running -= 1;
			done.push(item);
		});
		expect(done.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
		expect(most).toBe(3);
	});
	it("begin no more after a failure, and throw it when the others have ended", async () => {
		const begun: number[] = [];
		let ended = 0;
		const work = inLanes([0, 1, 2, 3, 4, 5, 6, 7], 2, async (item) => {
			begun.push(item);
			await new Promise((resolve) => setTimeout(resolve, 2));
			ended += 1;
			if (item === 1) throw new Error("one");
		});
		await expect(work).rejects.toThrow("one");
		expect(begun.length).toBeLessThan(6);
		expect(ended).toBe(begun.length);
	});
});
