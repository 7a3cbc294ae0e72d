/**
 * Hostile model zips: each is refused with its reason, and nothing of it is on disk afterwards.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { faultOf } from "../../src/checkpoint/fault.ts";
import type { ZipEntry } from "../../src/checkpoint/zip.ts";
import { openArchive, sizeText, unpack } from "../../src/model/archive.ts";
import { safeFiles } from "../../src/model/archive-names.ts";
import { fields, type Member, zipOf } from "../checkpoint/zip-writer.ts";
import { treeOf } from "../cli/scene.ts";
import { testFolder } from "../folder.ts";
import { writeZip } from "../nnunet/results-folder.ts";

const MODEL = "Dataset001_X/nnUNetTrainer__nnUNetPlans__2d";
const GOOD: readonly Member[] = [
	{ name: `${MODEL}/plans.json`, data: "{}" },
	{ name: `${MODEL}/dataset.json`, data: "{}" },
	{ name: `${MODEL}/fold_0/checkpoint_final.pth`, data: "weights" },
];

/** Opens and unpacks; gives what is in the folder afterwards. */
async function unpackAll(members: readonly Member[], maxBytes?: number): Promise<string[]> {
	const root = testFolder();
	const archive = await openArchive(writeZip(join(root, "m.zip"), members), { maxBytes });
	try {
		await unpack(archive, archive.files, join(root, "out"), (name) => name);
	} finally {
		await archive.zip.close();
	}
	return treeOf(root).filter((name) => name !== "m.zip");
}

describe("names", () => {
	it.each([
		["../evil.txt", /leads out of its folder/],
		["Dataset001_X/../../evil.txt", /leads out of its folder/],
		["/etc/evil.txt", /absolute path/],
		["C:/evil.txt", /drive letter/],
		["c:evil.txt", /drive letter/],
		["..\\evil.txt", /backslash/],
		["\\\\host\\share\\evil.txt", /backslash/],
		["a//b.txt", /empty part/],
		["a/./b.txt", /empty part/],
		["a/file.txt:stream", /character that Windows/],
		["a/what?.txt", /character that Windows/],
		["a/aux", /device on Windows/],
		["a/COM1.txt", /device on Windows/],
		["a/b. /c", /ends in a dot or a space/],
		["a/b./c", /ends in a dot or a space/],
		["a/new\nline", /control character/],
		["a/nul\0.txt", /control character/],
		[`a/${"x".repeat(201)}`, /too long for a file name/],
		[`${"a/".repeat(40)}b`, /too long or too deep/],
	])("%j is refused", async (name, why) => {
		const error = await unpackAll([...GOOD, { name, data: "evil" }]).catch((caught: unknown) => caught);
		expect(error).toMatchObject({ code: "MODEL", message: expect.stringMatching(why) });
	});

	it("that are not UTF-8 are refused", async () => {
		const bytes = Buffer.from(zipOf([...GOOD, { name: "a/xyz.txt", data: "" }]));
		const text = bytes.toString("latin1").replaceAll("xyz", "\u00e9\u00ffz");
		const path = join(testFolder(), "m.zip");
		writeFileSync(path, Buffer.from(text, "latin1"));
		await expect(openArchive(path)).rejects.toThrow(/not UTF-8/);
	});

	it.each([
		["a symbolic link", 0o120777, "link", /symbolic link/],
		["a device", 0o020666, "device", /neither a file nor a folder/],
		["a pipe", 0o010666, "pipe", /neither a file nor a folder/],
		["a folder that is named as a file", 0o040755, "folder", /neither a file nor a folder/],
		["a file that is named as a folder", 0o100644, "file/", /neither a file nor a folder/],
	])("%s is refused", async (_what, mode, name, why) => {
		await expect(unpackAll([...GOOD, { name, data: "", mode }])).rejects.toMatchObject({
			code: "MODEL",
			message: expect.stringMatching(why),
		});
	});

	it("two that differ by case, by form of letters, or as file and folder are refused", async () => {
		const two = (a: string, b: string) =>
			unpackAll([
				{ name: a, data: "" },
				{ name: b, data: "" },
			]);
		await expect(two("a/Plans.json", "a/plans.json")).rejects.toThrow(/are one where case does not count/);
		await expect(two("A/x", "a/y")).rejects.toThrow(/"a" and "A" are one/);
		await expect(two("\u00e9", "e\u0301")).rejects.toThrow(/are one/);
		await expect(two("a", "a/b")).rejects.toThrow(/"a" is a file and a folder at once/);
		await expect(two("a/b", "a")).rejects.toThrow(/is a file and a folder at once/);
		await expect(two("a/b", "a/b")).rejects.toThrow(/two members named/);
	});

	it("that are honest pass, whatever they are, and unpack to what they hold", async () => {
		const members = [
			...GOOD,
			{ name: "Dataset001_X/", data: "", mode: 0o040755 },
			{ name: "Dataset001_X/inference instructions (v1).txt", data: "x", mode: 0o100644 },
			{ name: "Dataset001_X/\u00e4\u00f6\u65e5.txt", data: "x", deflate: true },
			{ name: "__MACOSX/Dataset001_X/._plans.json", data: "junk" },
			{ name: "Dataset001_X/.DS_Store", data: "junk" },
		];
		const found = await unpackAll(members);
		expect(found).toContain(join("out", "Dataset001_X", "\u00e4\u00f6\u65e5.txt"));
		expect(found.filter((name) => /MACOSX|DS_Store/.test(name))).toEqual([]);
	});

	it("never lead out of the folder, for any text", () => {
		const part = fc.oneof(fc.constantFrom("..", ".", "", "a", "C:", "con", "\\", "a\\b"), fc.string({ maxLength: 6 }));
		fc.assert(
			fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
				const entry: ZipEntry = {
					name: parts.join("/"),
					method: 0,
					encrypted: false,
					crc32: 0,
					compressedSize: 0,
					size: 0,
					offset: 0,
					mode: 0,
				};
				let files: readonly ZipEntry[] = [];
				try {
					files = safeFiles([entry], faultOf("MODEL", "m.zip"));
				} catch {
					return;
				}
				for (const { name } of files) {
					expect(join("/root", name)).toBe(`/root/${name}`);
					expect(name).not.toMatch(/\\|:|^\/|(^|\/)\.\.?(\/|$)/);
				}
			}),
			{ numRuns: 500 },
		);
	});
});

describe("sizes", () => {
	const MIB = 2 ** 20;
	const big = (size: number, compressedSize: number): Member => ({
		name: `${MODEL}/fold_1/checkpoint_final.pth`,
		data: Buffer.alloc(compressedSize),
		method: 8,
		size,
		compressedSize,
	});

	it("an archive that would unpack to a hundredfold is refused before anything is written", async () => {
		await expect(unpackAll([...GOOD, big(600 * MIB, 1 * MIB)])).rejects.toMatchObject({
			code: "MODEL",
			message:
				/would unpack to 600 MiB, more than the 512 MiB allowed|would unpack to 600 MiB, more than the 100 MiB allowed/,
		});
	});

	it("--max-size is obeyed in both directions", async () => {
		await expect(unpackAll(GOOD, 5)).rejects.toThrow(
			/would unpack to 11 bytes, more than the 5 bytes allowed.*--max-size 1GB/,
		);
		const root = testFolder();
		const archive = await openArchive(writeZip(join(root, "m.zip"), [big(600 * MIB, 1 * MIB)]), {
			maxBytes: 700 * MIB,
		});
		expect(archive.files[0]?.size).toBe(600 * MIB);
		await archive.zip.close();
	});

	it("a member that lies about its size is caught while it is unpacked", async () => {
		await expect(
			unpackAll([...GOOD, { name: "a/x", data: "x".repeat(5000), deflate: true, size: 100 }]),
		).rejects.toThrow(/unpacks to more than the 100 bytes told/);
		await expect(
			unpackAll([...GOOD, { name: "a/x", data: "x".repeat(5000), deflate: true, size: 6000 }]),
		).rejects.toThrow(/has 5000 bytes, 6000 were expected/);
	});

	it("more than a machine can hold is refused, told by zip64 fields", async () => {
		const extra = fields([
			[2, 1],
			[2, 8],
			[8, 2 ** 50],
		]);
		const member = { name: `${MODEL}/x.pth`, data: Buffer.alloc(10), size: 0xffffffff, extra, method: 8 };
		await expect(unpackAll([member])).rejects.toMatchObject({
			code: "MODEL",
			message: expect.stringMatching(/would unpack to 1024 TiB/),
		});
	});

	it.each([
		[0, "0 bytes"],
		[1023, "1023 bytes"],
		[1536, "1.5 KiB"],
		[300 * 2 ** 20, "300 MiB"],
		[2 ** 50, "1024 TiB"],
	])("%d bytes are %s", (bytes, text) => {
		expect(sizeText(bytes)).toBe(text);
	});
});

describe("damage", () => {
	it.each([0.1, 0.5, 0.9, 0.999])("a zip cut at %d of its length is refused", async (part) => {
		const bytes = zipOf(GOOD);
		const path = join(testFolder(), "m.zip");
		writeFileSync(path, bytes.subarray(0, Math.floor(bytes.length * part)));
		await expect(openArchive(path)).rejects.toMatchObject({
			code: "MODEL",
			message: expect.stringMatching(/m\.zip: /),
		});
	});

	it("any byte that is changed is noticed, or changes nothing", async () => {
		const root = testFolder();
		const path = join(root, "m.zip");
		const bytes = zipOf(GOOD);
		let noticed = 0;
		for (let at = 0; at < bytes.length; at += 3) {
			const damaged = Uint8Array.from(bytes);
			damaged[at] = (damaged[at] ?? 0) ^ 0x41;
			writeFileSync(path, damaged);
			const out = join(root, `out${at}`);
			try {
				const archive = await openArchive(path);
				await unpack(archive, archive.files, out, (name) => name).finally(() => archive.zip.close());
			} catch (error) {
				expect(error).toMatchObject({ name: "NnvolError" });
				noticed++;
				continue;
			}
			for (const { name, data } of GOOD) {
				const file = treeOf(out).includes(join(...name.split("/"))) ? readFileSync(join(out, name), "utf8") : undefined;
				if (file !== undefined) expect(file).toBe(data);
			}
		}
		expect(noticed).toBeGreaterThan(bytes.length / 6);
	});

	it("an encrypted member and an unknown method are refused", async () => {
		await expect(unpackAll([...GOOD, { name: "a/x", data: "x", flags: 1 }])).rejects.toThrow(/encrypted/);
		await expect(unpackAll([...GOOD, { name: "a/x", data: "x", method: 14 }])).rejects.toThrow(/method 14/);
	});

	it("an interruption ends it", async () => {
		const root = testFolder();
		const archive = await openArchive(writeZip(join(root, "m.zip"), GOOD));
		const stopped = unpack(archive, archive.files, join(root, "out"), (name) => name, AbortSignal.abort());
		await expect(stopped.finally(() => archive.zip.close())).rejects.toMatchObject({ code: "CANCELLED" });
	});
});
