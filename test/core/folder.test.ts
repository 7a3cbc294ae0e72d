import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeFolder } from "../../src/core/folder.ts";
import { testFolder } from "../folder.ts";

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
