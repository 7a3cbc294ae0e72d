import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { syncFolder, writeAtomically } from "../../src/core/atomic-file.ts";
import { isTemporaryName } from "../../src/volume/publish.ts";
import { testFolder } from "../folder.ts";

describe("writeAtomically", () => {
	it("writes and replaces, leaving nothing beside", async () => {
		const folder = testFolder();
		const path = join(folder, "a.json");
		await writeAtomically(path, "one");
		await writeAtomically(path, Uint8Array.of(0x74, 0x77, 0x6f));
		expect(readFileSync(path, "utf8")).toBe("two");
		expect(readdirSync(folder)).toEqual(["a.json"]);
	});

	it("leaves nothing on failure, and what was there as it was", async () => {
		const folder = testFolder({ "taken/inside": "x" });
		await expect(writeAtomically(join(folder, "taken"), "text")).rejects.toThrow();
		expect(readdirSync(folder)).toEqual(["taken"]);
		expect(readdirSync(join(folder, "taken"))).toEqual(["inside"]);
		await expect(writeAtomically(join(folder, "missing", "a"), "text")).rejects.toThrow(/ENOENT/);
		expect(readdirSync(folder)).toEqual(["taken"]);
	});

	it("is whole whoever reads while many write", async () => {
		const folder = testFolder();
		const path = join(folder, "a");
		const texts = Array.from({ length: 20 }, (_, n) => String(n).repeat(5000));
		await writeAtomically(path, texts[0] ?? "");
		const writes = texts.map((text) => writeAtomically(path, text));
		for (let n = 0; n < 50; n++) {
			expect(texts).toContain(readFileSync(path, "utf8"));
			await new Promise((done) => setImmediate(done));
		}
		await Promise.all(writes);
		expect(texts).toContain(readFileSync(path, "utf8"));
		expect(readdirSync(folder)).toEqual(["a"]);
	});

	it("uses temporary names that are cleaned away after a crash", async () => {
		const folder = testFolder();
		const seen = new Set<string>();
		const text = "x".repeat(4_000_000);
		const writing = writeAtomically(join(folder, "a.pkl"), text);
		let isDone = false;
		void writing.then(() => {
			isDone = true;
		});
		while (!isDone) {
			for (const name of readdirSync(folder)) seen.add(name);
			await new Promise((done) => setImmediate(done));
		}
		await writing;
		const temporary = [...seen].filter((name) => name !== "a.pkl");
		expect(temporary).toHaveLength(1);
		expect(temporary.every(isTemporaryName)).toBe(true);
		expect(temporary[0]).toContain(`.${process.pid}.`);
		expect(temporary[0]).toContain(hostname().replace(/[^\w-]/g, "-"));
	});
});

describe("syncFolder", () => {
	it("does nothing where there is no folder", async () => {
		const folder = testFolder();
		mkdirSync(join(folder, "a"));
		writeFileSync(join(folder, "b"), "");
		await expect(syncFolder(join(folder, "a"))).resolves.toBeUndefined();
		await expect(syncFolder(join(folder, "missing"))).resolves.toBeUndefined();
	});
});
