/**
 * Files that grow: records are whole, in order, bounded; a killed process leaves whole lines.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AppendFile } from "../../src/monitor/append-file.ts";

let folder = "";
beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), "nnvol-append-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function unexpected(error: unknown): void {
	throw error;
}

describe("a file that grows", () => {
	it("holds what was added, in order, behind what was there", async () => {
		const lengths = fc.array(fc.integer({ min: 1, max: 40_000 }), { maxLength: 12 });
		let n = 0;
		await fc.assert(
			fc.asyncProperty(lengths, lengths, async (first, second) => {
				const path = join(folder, "deep", `${n++}.bin`);
				const expected: Uint8Array[] = [];
				for (const part of [first, second]) {
					const file = await AppendFile.open(path, unexpected);
					for (const length of part) {
						const record = new Uint8Array(length).fill(expected.length + 1);
						expected.push(record);
						file.append(record);
					}
					await file.close();
					expect(file.dropped).toBe(0);
				}
				expect(readFileSync(path).equals(Buffer.concat(expected))).toBe(true);
			}),
			{ numRuns: 20 },
		);
	});

	it("drops and counts what is more than the bound, and takes more later", async () => {
		const path = join(folder, "bounded");
		const file = await AppendFile.open(path, unexpected, 10);
		for (const text of ["123456", "789", "too long", "0"]) file.append(Buffer.from(text));
		expect(file.dropped).toBe(1);
		while (statSync(path).size < 10) await pause(10);
		await pause(10);
		file.append(Buffer.from("again"));
		await file.close();
		expect(readFileSync(path, "utf8")).toBe("1234567890again");
		file.append(Buffer.from("late"));
		expect(file.dropped).toBe(1);
	});

	it.skipIf(process.platform !== "linux")("tells once of a full disk, and takes nothing more", async () => {
		const faults: unknown[] = [];
		const file = await AppendFile.open("/dev/full", (error) => faults.push(error));
		file.append(Buffer.from("a"));
		while (faults.length === 0) await pause(10);
		file.append(Buffer.from("b"));
		await file.close();
		expect(faults).toEqual([expect.objectContaining({ code: "ENOSPC" })]);
	});
});

describe.skipIf(process.platform === "win32")("a process that is killed", () => {
	it("leaves whole lines of its own, and the next process adds a file", async () => {
		const out = join(folder, "killed");
		for (let n = 1; n <= 3; n++) {
			const script = join(import.meta.dirname, "write-events.ts");
			const child = spawn(process.execPath, ["--import", "tsx", script, `${out}/`], { stdio: "inherit" });
			const path = () => readdirSync(out).filter((name) => name.includes(`-${child.pid}.`))[0] ?? "none";
			const size = () => statSync(join(out, path()), { throwIfNoEntry: false })?.size ?? 0;
			while (statSync(out, { throwIfNoEntry: false }) === undefined || size() < 50_000) {
				if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}`);
				await pause(20);
			}
			const ended = new Promise((done) => child.on("exit", (_, signal) => done(signal)));
			child.kill("SIGKILL");
			expect(await ended).toBe("SIGKILL");
			expect(readdirSync(out).length).toBe(n);
			const text = readFileSync(join(out, path()), "utf8");
			expect(text.endsWith("\n")).toBe(true);
			const events = text
				.trimEnd()
				.split("\n")
				.map((line) => JSON.parse(line));
			expect(events.map(({ done }) => done)).toEqual(events.map((_, index) => index));
			expect(events[0]).toMatchObject({ kind: "tile", id: "näher", pid: child.pid, shard: "0-of-2" });
		}
	}, 120_000);
});
