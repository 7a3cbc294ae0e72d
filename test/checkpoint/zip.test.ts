import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openZip, type ZipReader } from "../../src/checkpoint/zip.ts";
import { type Member, zipOf } from "./zip-writer.ts";

let folder = "";
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "nnvol-zip-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function use<T>(members: readonly Member[], work: (zip: ZipReader) => Promise<T>): Promise<T> {
	const path = join(folder, "x.zip");
	await writeFile(path, zipOf(members));
	const zip = await openZip(path);
	try {
		return await work(zip);
	} finally {
		await zip.close();
	}
}

describe("openZip", () => {
	it("gives back any members, stored or deflated, in their order", async () => {
		const member = fc.record({ name: fc.string(), data: fc.uint8Array({ maxLength: 2000 }), deflate: fc.boolean() });
		const members = fc.uniqueArray(member, { selector: ({ name }) => Buffer.from(name).toString(), maxLength: 8 });
		await fc.assert(
			fc.asyncProperty(members, async (list) => {
				await use(list, async (zip) => {
					expect(zip.names()).toEqual(list.map(({ name }) => Buffer.from(name).toString()));
					const contents = await Promise.all(zip.names().map((name) => zip.read(name)));
					expect(contents.map((bytes) => Buffer.from(bytes))).toEqual(list.map(({ data }) => Buffer.from(data)));
				});
			}),
			{ numRuns: 60 },
		);
	});

	it.each([false, true])("reads a member of 9 MB in pieces (deflated: %s)", async (deflate) => {
		const data = Uint8Array.from({ length: 9_000_001 }, (_, i) => (i * i) >> 7);
		await use([{ name: "big", data, deflate }], async (zip) => {
			let size = 0;
			let count = 0;
			for await (const piece of zip.pieces("big")) {
				expect(Buffer.compare(piece, data.subarray(size, size + piece.length))).toBe(0);
				size += piece.length;
				count++;
			}
			expect(size).toBe(data.length);
			expect(count).toBeGreaterThan(2);
			expect(Buffer.compare(await zip.read("big"), data)).toBe(0);
		});
	});

	it("may be left in the middle of a member", async () => {
		await use([{ name: "a", data: "x".repeat(1_000_000), deflate: true }], async (zip) => {
			for await (const piece of zip.pieces("a")) {
				expect(piece.length).toBeGreaterThan(0);
				break;
			}
			expect((await zip.read("a")).length).toBe(1_000_000);
		});
	});

	it("tells what is in the table of contents", async () => {
		await use([{ name: "a", data: "hello", deflate: true }], async (zip) => {
			expect(zip.entries.get("a")).toMatchObject({ name: "a", method: 8, size: 5, encrypted: false, offset: 0 });
		});
	});

	it("refuses missing members, and more bytes than asked for", async () => {
		await use([{ name: "a", data: "hello" }], async (zip) => {
			await expect(zip.read("b")).rejects.toThrow(/x\.zip: has no member "b"/);
			await expect(zip.read("constructor")).rejects.toThrow(/no member/);
			await expect(zip.read("a", { maxBytes: 4 })).rejects.toThrow(/claims 5 bytes, at most 4/);
			expect(new TextDecoder().decode(await zip.read("a", { maxBytes: 5 }))).toBe("hello");
		});
	});

	it("gives errors of the kind that the caller names", async () => {
		const path = join(folder, "none.npz");
		await expect(openZip(path, { code: "VOLUME" })).rejects.toMatchObject({ code: "VOLUME" });
		await writeFile(path, "no zip at all, but longer than an end record");
		await expect(openZip(path, { code: "VOLUME" })).rejects.toMatchObject({ code: "VOLUME", fields: { path } });
	});
});
