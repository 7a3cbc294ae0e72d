/**
 * Most memory of a process: what Linux and nvidia-smi say.
 */
import { execFileSync } from "node:child_process";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { gpuMemory, memoryOf, watchGpuMemory } from "../../src/run/gpu-memory.ts";
import { highestResident, peakMemory } from "../../src/run/peak-memory.ts";
import { testFolder } from "../folder.ts";

const MB = 2 ** 20;

describe("memory of the process", () => {
	it("is what the kernel saw at its highest", () => {
		const before = peakMemory();
		expect(before).toBeGreaterThan(20 * MB);
		expect(before).toBeLessThan(64 * 2 ** 30);
		const held = Buffer.alloc(256 * MB, 1);
		expect(peakMemory()).toBeGreaterThan(process.memoryUsage.rss() - 32 * MB);
		expect(held[held.length - 1]).toBe(1);
		expect(highestResident("VmPeak:\t  10 kB\nVmHWM:\t  278 kB\nVmRSS:\t  1 kB\n")).toBe(278 * 1024);
		expect(highestResident("Name: node\n")).toBeUndefined();
	});

	it.skipIf(process.platform !== "linux")("is not that of the process which started it", () => {
		const held = Buffer.alloc(512 * MB, 1);
		const script = `import("${join(import.meta.dirname, "..", "..", "src", "run", "peak-memory.ts")}").then(({ peakMemory }) => console.log(peakMemory()))`;
		const out = execFileSync(process.execPath, ["--import", "tsx", "-e", script], { encoding: "utf8" });
		expect(Number(out)).toBeLessThan(400 * MB);
		expect(held.length).toBe(512 * MB);
	});
});

describe("memory on graphics cards", () => {
	it("is the sum over cards of what nvidia-smi says of this process", () => {
		expect(memoryOf("12, 100\n7, 2048\n7, 1\n", 7)).toBe(2049 * MB);
		expect(memoryOf("12, 100\n", 7)).toBeUndefined();
		expect(memoryOf("7, [N/A]\n", 7)).toBeUndefined();
	});

	it.skipIf(process.platform === "win32")(
		"is asked now and then, and its highest kept; no program is no fault",
		async () => {
			const end = watchGpuMemory(join(testFolder(), "none"), 0, 5);
			await pause(100);
			end();
			expect(gpuMemory()).toEqual({ now: undefined, peak: undefined });
			const program = join(testFolder(), "nvidia-smi");
			const say = (mebibytes: number) => {
				const line = `echo "${process.pid}, ${mebibytes}"`;
				writeFileSync(`${program}.new`, `#!/bin/sh\n[ "$2" = --format=csv,noheader,nounits ] && ${line}\n`, {
					mode: 0o755,
				});
				renameSync(`${program}.new`, program); // it is run meanwhile
			};
			say(300);
			const stop = watchGpuMemory(program, 0, 5);
			while (gpuMemory().now !== 300 * MB) await pause(5);
			say(100);
			while (gpuMemory().now !== 100 * MB) await pause(5);
			stop();
			expect(gpuMemory()).toEqual({ now: 100 * MB, peak: 300 * MB });
		},
		60_000,
	);
});
