import { execFile } from "node:child_process";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { makeFolder } from "../../src/core/folder.ts";
import { testFolder } from "../folder.ts";

/** The built module: processes of their own run it. */
const BUILT = pathToFileURL(join(import.meta.dirname, "..", "..", "dist", "core", "folder.js")).href;

it("makes a folder and those above it, and takes one that is there", async () => {
	const path = join(testFolder(), "a", "b", "c");
	await makeFolder(path);
	await makeFolder(path);
	expect(statSync(path).isDirectory()).toBe(true);
});

it("makes one folder for many at a time", async () => {
	const path = join(testFolder(), "a", "b", "c");
	await Promise.all(Array.from({ length: 8 }, () => makeFolder(path)));
	expect(statSync(path).isDirectory()).toBe(true);
});

it("refuses a file in the way", async () => {
	const folder = testFolder();
	writeFileSync(join(folder, "file"), "");
	await expect(makeFolder(join(folder, "file"))).rejects.toMatchObject({ code: "EEXIST" });
	await expect(makeFolder(join(folder, "file", "below"))).rejects.toMatchObject({ code: "ENOTDIR" });
});

it.skipIf(!existsSync("/proc/self"))("ends where the system never makes a folder", async () => {
	await expect(makeFolder("/proc/nnvol-test/below")).rejects.toThrow();
});

it("makes the same folders in several processes at once", { timeout: 60_000 }, async () => {
	const root = testFolder();
	const script = `
		const { makeFolder } = await import(${JSON.stringify(BUILT)});
		for (let n = 0; n < 150; n++) await makeFolder(${JSON.stringify(root)} + "/" + n + "/a/b/c");
	`;
	const run = () => promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
	// a rejection shows the error of the process that failed
	await Promise.all(Array.from({ length: 4 }, run));
	expect(existsSync(join(root, "149", "a", "b", "c"))).toBe(true);
});
