import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Stopwatch } from "../../src/run/timing.ts";

describe("the time of a case", () => {
	it("is shared out among its parts, none counted twice", async () => {
		const watch = new Stopwatch();
		const begun = performance.now();
		await watch.measure("network", async () => {
			await pause(30);
			watch.measureNow("export", () => {
				for (const until = performance.now() + 30; performance.now() < until; );
			});
		});
		const whole = (performance.now() - begun) / 1000;
		const { network, export: out, read } = watch.timing;
		expect(out).toBeGreaterThanOrEqual(0.029);
		expect(network).toBeGreaterThanOrEqual(0.028);
		expect(network + out).toBeLessThanOrEqual(whole + 0.002);
		expect(read).toBe(0);
	});

	it("counts work that fails", async () => {
		const watch = new Stopwatch();
		await expect(watch.measure("write", () => pause(20).then(() => Promise.reject(new Error("no"))))).rejects.toThrow(
			"no",
		);
		expect(watch.timing.write).toBeGreaterThan(0.01);
	});
});
