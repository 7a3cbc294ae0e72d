import { spawnSync } from "node:child_process";
import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { finalName, isTemporaryName, publish, removeStale, temporaryBeside } from "../../src/volume/publish.ts";
import { expectFault } from "./conformance.ts";

const root = mkdtempSync(join(tmpdir(), "nnvol-publish-"));
let folder = "";
let count = 0;
beforeEach(() => {
	folder = join(root, `${count++}`);
	mkdirSync(folder);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A process id that was in use a moment ago. */
const DEAD = spawnSync(process.execPath, ["-e", ""]).pid;

describe("temporaryBeside", () => {
	it("same folder, hidden, another name each time, known as temporary", () => {
		const names = Array.from({ length: 50 }, () => temporaryBeside(join(folder, "a.b.zarr")));
		expect(new Set(names).size).toBe(50);
		for (const name of names) {
			expect(dirname(name)).toBe(folder);
			expect(basename(name)).toMatch(/^\.a\.b\.zarr\./);
			expect(isTemporaryName(basename(name))).toBe(true);
			expect(finalName(name)).toBe(join(folder, "a.b.zarr"));
		}
		expect(isTemporaryName("a.png")).toBe(false);
		expect(finalName(join(folder, "a.png"))).toBe(join(folder, "a.png"));
		expect(isTemporaryName(".nnvol-tmp")).toBe(false);
	});
});

describe("publish", () => {
	it("a file, new and over an old one", async () => {
		const final = join(folder, "a.png");
		for (const text of ["one", "two"]) {
			const temporary = temporaryBeside(final);
			writeFileSync(temporary, text);
			await publish(temporary, final);
			expect(readFileSync(final, "utf8")).toBe(text);
			expect(readdirSync(folder)).toEqual(["a.png"]);
		}
	});

	it("a folder, new, over an old one, over a file; a file over a folder", async () => {
		const final = join(folder, "a.zarr");
		const put = async (kind: "file" | "folder", text: string) => {
			const temporary = temporaryBeside(final);
			if (kind === "folder") mkdirSync(temporary);
			writeFileSync(kind === "folder" ? join(temporary, `${text}.json`) : temporary, text);
			await publish(temporary, final);
			expect(readdirSync(folder)).toEqual(["a.zarr"]);
		};
		await put("folder", "one");
		await put("folder", "two");
		expect(readdirSync(final)).toEqual(["two.json"]);
		await put("file", "three");
		expect(readFileSync(final, "utf8")).toBe("three");
		await put("folder", "four");
		expect(readdirSync(final)).toEqual(["four.json"]);
	});

	it("what cannot be published leaves what was there", async () => {
		const final = join(folder, "a.png");
		writeFileSync(final, "old");
		await expectFault(publish(join(folder, "none"), final), final);
		expect(readFileSync(final, "utf8")).toBe("old");
		const temporary = temporaryBeside(final);
		writeFileSync(temporary, "new");
		const nowhere = join(folder, "no", "a.png");
		await expectFault(publish(temporary, nowhere), nowhere);
		expect(readFileSync(temporary, "utf8")).toBe("new");
	});
});

describe("removeStale", () => {
	const owned = (name: string, pid: number, host = hostname().replace(/[^\w-]/g, "-"), kind = "tmp") =>
		join(folder, `.${name}.${host}.${pid}.1.nnvol-${kind}`);

	it("removes files and folders of dead processes of this host, nothing else", async () => {
		const dead = [owned("a.png", DEAD), owned("b.zarr", DEAD)];
		writeFileSync(dead[0] ?? "", "x");
		mkdirSync(dead[1] ?? "");
		writeFileSync(join(dead[1] ?? "", "c"), "x");
		const kept = [
			owned("a.png", process.pid),
			owned("a.png", DEAD, "another-host"),
			temporaryBeside(join(folder, "z.png")),
			join(folder, "a.png"),
		];
		for (const path of kept) writeFileSync(path, "x");
		expect((await removeStale(folder)).sort()).toEqual(dead.map((path) => basename(path)).sort());
		expect(readdirSync(folder).sort()).toEqual(kept.map((path) => basename(path)).sort());
	});

	it("a replaced folder comes back where its successor is missing, goes where it is there", async () => {
		const final = join(folder, "a.zarr");
		mkdirSync(final);
		writeFileSync(join(final, "old"), "x");
		renameSync(final, owned("a.zarr", DEAD, undefined, "old"));
		await removeStale(folder);
		expect(readdirSync(final)).toEqual(["old"]);
		const old = owned("a.zarr", DEAD, undefined, "old");
		mkdirSync(old);
		await removeStale(folder);
		expect(existsSync(old)).toBe(false);
		expect(readdirSync(final)).toEqual(["old"]);
	});

	it("a missing folder is clean", async () => {
		expect(await removeStale(join(folder, "none"))).toEqual([]);
	});
});
