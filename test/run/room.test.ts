import { setTimeout as pause } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Room } from "../../src/run/room.ts";

describe("room in memory", () => {
	it("holds what fits, or one thing that is larger than all of it; everything comes to its turn, in order", async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(fc.nat(15), { maxLength: 12 }), async (sizes) => {
				const room = new Room(10);
				const inside: number[] = [];
				const entered: number[] = [];
				const crowded: number[][] = [];
				const work = sizes.map((bytes, n) =>
					room.within(bytes, async () => {
						inside.push(bytes);
						entered.push(n);
						const sum = inside.reduce((a, b) => a + b, 0);
						if (sum > 10 && inside.filter((one) => one > 0).length > 1) crowded.push([...inside]);
						await pause(0);
						inside.splice(inside.indexOf(bytes), 1);
					}),
				);
				await Promise.all(work);
				expect(crowded).toEqual([]);
				expect(entered).toEqual(sizes.map((_, n) => n));
			}),
			{ numRuns: 30 },
		);
	});

	it("lets small things in side by side", async () => {
		const room = new Room(10);
		let inside = 0;
		let most = 0;
		const one = () =>
			room.within(5, async () => {
				most = Math.max(most, ++inside);
				await pause(1);
				inside--;
			});
		await Promise.all([one(), one(), one()]);
		expect(most).toBe(2);
	});

	it("is free again after a failure", async () => {
		const room = new Room(1);
		await expect(room.within(5, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
		expect(await room.within(5, async () => "in")).toBe("in");
	});
});
