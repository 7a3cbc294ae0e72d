/**
 * What every store does, as one suite.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStore } from "../../../src/volume/stores/open-store.ts";
import { isConditional, type KeyStore } from "../../../src/volume/stores/store.ts";

/** A store under test. */
export type Subject = {
	readonly root: string;
	/** Puts a value there by other means than the store; where it is missing the store's own `set` does it. */
	readonly put?: (key: string, bytes: Uint8Array) => Promise<void>;
	readonly canWrite: boolean;
	readonly canList: boolean;
	/** False where the server of the test cannot hold a value of no bytes. */
	readonly canBeEmpty?: boolean;
	/** False where the server of the test takes every condition for true. */
	readonly keepsConditions?: boolean;
	readonly stop?: () => Promise<void>;
};

const BYTES = Uint8Array.from({ length: 1000 }, (_, n) => (n * 7) % 251);

/** Runs the suite on the store that `start` makes. */
export function storeConformance(name: string, start: () => Promise<Subject>): void {
	describe(name, () => {
		let subject: Subject;
		let store: KeyStore;
		beforeAll(async () => {
			subject = await start();
			store = await openStore(subject.root);
			const put = subject.put ?? ((key: string, bytes: Uint8Array) => store.set(key, bytes));
			await put("zarr.json", Buffer.from('{"a": 1}'));
			await put("c/0/0/1", BYTES);
			await put("c/0/1", BYTES.subarray(0, 10));
			await put("name with % and + ü/x", BYTES.subarray(0, 5));
			await put("empty", subject.canBeEmpty === false ? Uint8Array.of(1) : new Uint8Array(0));
		});
		afterAll(async () => {
			await store?.close();
			await subject?.stop?.();
		});

		test("values are read whole, byte for byte", async () => {
			expect(store.root).toBe(subject.root);
			expect(Buffer.from((await store.get("zarr.json")) ?? []).toString()).toBe('{"a": 1}');
			expect(await store.get("c/0/0/1").then(plain)).toEqual([...BYTES]);
			expect(await store.get("name with % and + ü/x").then(plain)).toEqual([...BYTES.subarray(0, 5)]);
			expect(await store.get("empty").then(plain)).toEqual(subject.canBeEmpty === false ? [1] : []);
		});

		test("what is not there is undefined", async () => {
			expect(await store.get("missing")).toBeUndefined();
			expect(await store.get("c/0")).toBeUndefined();
			expect(await store.get("zarr.json/below")).toBeUndefined();
			expect(await store.getRange("missing", { offset: 0, length: 4 })).toBeUndefined();
			expect(await store.getRange("c/0", { offset: 0, length: 4 })).toBeUndefined();
			expect(await store.getRange("missing", { suffixLength: 4 })).toBeUndefined();
			expect(await store.getRange("missing", { offset: 0, length: 0 })).toBeUndefined();
		});

		test.each([
			[0, 1000],
			[0, 1],
			[999, 1],
			[17, 400],
			[0, 0],
			[1000, 0],
		])("range of %i, %i bytes", async (offset, length) => {
			const part = await store.getRange("c/0/0/1", { offset, length });
			expect(plain(part)).toEqual([...BYTES.subarray(offset, offset + length)]);
		});

		test.each([0, 1, 16, 1000])("the last %i bytes", async (suffixLength) => {
			const part = await store.getRange("c/0/0/1", { suffixLength });
			expect(plain(part)).toEqual([...BYTES.subarray(1000 - suffixLength)]);
		});

		test.each([
			{ offset: 999, length: 2 },
			{ offset: 1000, length: 1 },
			{ offset: 5000, length: 4 },
			{ offset: 1001, length: 0 },
			{ suffixLength: 1001 },
		])("a value that ends before the range %o is damaged", async (range) => {
			await expect(store.getRange("c/0/0/1", range)).rejects.toMatchObject({
				code: "VOLUME",
				message: expect.stringMatching(/c\/0\/0\/1: is damaged: expected .* copy it again/),
			});
		});

		test.each([
			{ offset: -1, length: 4 },
			{ offset: 0, length: -4 },
			{ offset: Number.NaN, length: 4 },
			{ offset: 0, length: 2 ** 60 },
			{ suffixLength: -1 },
		])("the range %o is refused", async (range) => {
			await expect(store.getRange("c/0/0/1", range)).rejects.toMatchObject({ code: "VOLUME" });
		});

		test.each(["../x", "c/../../x", "c/./x", "a\\b", "a\0b"])("the key %j is refused", async (key) => {
			const refused = { code: "VOLUME", message: expect.stringContaining("is no path inside") };
			await expect((async () => store.get(key))()).rejects.toMatchObject(refused);
			await expect((async () => store.getRange(key, { offset: 0, length: 1 }))()).rejects.toMatchObject(refused);
		});

		test("many reads side by side", async () => {
			const parts = await Promise.all(
				Array.from({ length: 100 }, (_, n) => store.getRange("c/0/0/1", { offset: n * 10, length: 10 })),
			);
			expect(parts.flatMap(plain)).toEqual([...BYTES]);
		});

		test("an interrupted call says so", async () => {
			const signal = AbortSignal.abort();
			await expect(store.get("c/0/0/1", { signal })).rejects.toMatchObject({ code: "CANCELLED" });
			await expect(store.getRange("c/0/0/1", { suffixLength: 2 }, { signal })).rejects.toMatchObject({
				code: "CANCELLED",
			});
		});

		test("values are written, replaced and removed, or it is said that they cannot be", async () => {
			if (!subject.canWrite) {
				await expect(store.set("new", BYTES)).rejects.toMatchObject({ code: "UNBUILT" });
				await expect(store.remove("new")).rejects.toMatchObject({ code: "UNBUILT" });
				return;
			}
			await store.set("d/e/new", BYTES);
			expect(plain(await store.get("d/e/new"))).toEqual([...BYTES]);
			await store.set("d/e/new", BYTES.subarray(3));
			await store.sync();
			expect(plain(await store.get("d/e/new"))).toEqual([...BYTES.subarray(3)]);
			await store.remove("d/e/new");
			await store.remove("d/e/new");
			await store.remove("never/there");
			expect(await store.get("d/e/new")).toBeUndefined();
			await expect((async () => store.set("../x", BYTES))()).rejects.toMatchObject({ code: "VOLUME" });
			await expect(store.set("late", BYTES, { signal: AbortSignal.abort() })).rejects.toMatchObject({
				code: "CANCELLED",
			});
			expect(await store.get("late")).toBeUndefined();
		});

		test("many writes side by side", async () => {
			if (!subject.canWrite) return;
			const names = Array.from({ length: 60 }, (_, n) => `many/${n % 7}/${n}`);
			await Promise.all(names.map((key, n) => store.set(key, Uint8Array.of(n))));
			await store.sync();
			const read = await Promise.all(names.map((key) => store.get(key)));
			expect(read.flatMap(plain)).toEqual(names.map((_, n) => n));
		});

		test("of several who create a value one does, or it is said that none can", async () => {
			if (!subject.canWrite) {
				await expect(store.create("new", BYTES)).rejects.toMatchObject({ code: "UNBUILT" });
				return;
			}
			await store.remove("made/one");
			expect(await store.create("made/one", BYTES)).toBe(true);
			expect(plain(await store.get("made/one"))).toEqual([...BYTES]);
			if (subject.keepsConditions === false) return;
			expect(await store.create("made/one", BYTES.subarray(1))).toBe(false);
			expect(plain(await store.get("made/one"))).toEqual([...BYTES]);
			await store.remove("made/one");
			expect(await store.create("made/one", BYTES.subarray(2))).toBe(true);
			expect(plain(await store.get("made/one"))).toEqual([...BYTES.subarray(2)]);
			if (subject.canList) expect(await store.list("made")).toEqual({ files: ["one"], folders: [] });
			await expect((async () => store.create("../x", BYTES))()).rejects.toMatchObject({ code: "VOLUME" });
		});

		test("what was seen is replaced, and nothing that came after it", async () => {
			if (!isConditional(store)) return;
			expect(await store.look("seen/none")).toBeUndefined();
			await store.set("seen/one", BYTES.subarray(0, 7));
			const first = await store.look("seen/one");
			expect(plain(first?.bytes)).toEqual([...BYTES.subarray(0, 7)]);
			expect(Math.abs(first?.age ?? Number.NaN)).toBeLessThan(60_000);
			expect(await store.replace("seen/one", BYTES.subarray(0, 8), first?.version ?? "")).toBe(true);
			expect(plain(await store.get("seen/one"))).toEqual([...BYTES.subarray(0, 8)]);
			if (subject.keepsConditions === false) return;
			expect(await store.replace("seen/one", BYTES.subarray(0, 9), first?.version ?? "")).toBe(false);
			expect(plain(await store.get("seen/one"))).toEqual([...BYTES.subarray(0, 8)]);
			const second = await store.look("seen/one");
			await store.remove("seen/one");
			expect(await store.replace("seen/one", BYTES, second?.version ?? "")).toBe(false);
			expect(await store.get("seen/one")).toBeUndefined();
		});

		test("names below a prefix are listed, or it is said that they cannot be", async () => {
			if (!subject.canList) {
				await expect(store.list("")).rejects.toMatchObject({ code: "UNBUILT" });
				return;
			}
			const root = await store.list("");
			expect(root.files).toEqual(expect.arrayContaining(["empty", "zarr.json"]));
			expect(root.folders).toEqual(expect.arrayContaining(["c", "name with % and + ü"]));
			expect(await store.list("c/0")).toEqual({ files: ["1"], folders: ["0"] });
			expect(await store.list("missing")).toEqual({ files: [], folders: [] });
			expect(await store.list("zarr.json")).toEqual({ files: [], folders: [] });
		});
	});
}

function plain(bytes: Uint8Array | undefined): number[] {
	if (bytes === undefined) throw new Error("expected a value, found none");
	return [...bytes];
}
