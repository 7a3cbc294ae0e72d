import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { FileStore } from "../../../src/volume/stores/file-store.ts";
import { storeConformance } from "./conformance.ts";

const folders: string[] = [];

async function temporary(): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), "nnvol-store-"));
	folders.push(folder);
	return folder;
}

storeConformance("a folder", async () => {
	const root = await mkdtemp(join(tmpdir(), "nnvol-store-"));
	return { root, canWrite: true, canList: true, stop: () => rm(root, { recursive: true }) };
});

describe("a folder as a store", () => {
	afterEach(async () => {
		for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
	});

	test("leaves nothing beside what it wrote, and lists no temporaries", async () => {
		const root = await temporary();
		const store = new FileStore(join(root, "new", "x.zarr"));
		await Promise.all([1, 2, 3].map((n) => store.set("c/0", Uint8Array.of(n))));
		await store.sync();
		expect(await readdir(join(store.root, "c"))).toEqual(["0"]);
		await writeFile(join(store.root, "c", ".1.host.1.2.nnvol-tmp"), "x");
		expect(await store.list("c")).toEqual({ files: ["0"], folders: [] });
	});

	test("removes what a dead process of this host left beside, when it writes there", async () => {
		const root = await temporary();
		const { besideName } = await import("../../../src/core/atomic-file.ts");
		const left = besideName(join(root, "0"), 7, "tmp").replace(`.${process.pid}.`, ".999999999.");
		const living = besideName(join(root, "1"), 7, "tmp");
		await writeFile(left, "half");
		await writeFile(living, "half");
		const store = new FileStore(root);
		await store.set("2", Uint8Array.of(1));
		expect((await readdir(root)).sort()).toEqual([living.slice(root.length + 1), "2"].sort());
	});

	test("a value that cannot be written says why, and the old one stays", async () => {
		const root = await temporary();
		const store = new FileStore(root);
		await store.set("a", Uint8Array.of(1));
		await expect(store.set("a/b", Uint8Array.of(2))).rejects.toMatchObject({
			code: "VOLUME",
			message: expect.stringContaining("a file is in the way"),
		});
		expect([...(await readFile(join(root, "a")))]).toEqual([1]);
		expect(await readdir(root)).toEqual(["a"]);
	});

	test("a folder that was removed is made again", async () => {
		const store = new FileStore(await temporary());
		await store.set("a/b/c", Uint8Array.of(1));
		await rm(join(store.root, "a"), { recursive: true });
		await store.set("a/b/c", Uint8Array.of(2));
		await store.sync();
		expect(await store.get("a/b/c")).toEqual(Buffer.of(2));
	});

	test("a folder in the place of a value is not removed", async () => {
		const store = new FileStore(await temporary());
		await store.set("a/b", Uint8Array.of(1));
		await store.remove("a");
		expect(await store.get("a/b")).toEqual(Buffer.of(1));
	});
});
