import { describe, expect, it } from "vitest";
import { limitSeconds, requireTime } from "../../../src/launch/slurm/time-limit.ts";

describe("a time limit", () => {
	it.each([
		["90", 5400],
		["2:30", 150],
		["4:00:00", 14400],
		["2-12", 216000],
		["1-00:30", 88200],
		["1-1:1:1", 90061],
		["soon", undefined],
		["1:2:3:4", undefined],
	])("%s is so many seconds", (text, seconds) => expect(limitSeconds(text)).toBe(seconds));

	it("leaves tasks some time before they are told of it", () => {
		expect(() => requireTime({ time: "2", signal: 120 })).toThrow(/as they begin/);
		for (const time of [null, "UNLIMITED", "3", "1-0"]) requireTime({ time, signal: 120 });
		requireTime({ time: "1", signal: 0 });
	});
});
