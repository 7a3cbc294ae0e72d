import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cachedStore } from "../../../src/volume/stores/cached-store.ts";
import { MemoryStore } from "./memory-store.ts";

function filled(): MemoryStore {
	const store = new MemoryStore();
	for (let n = 0; n < 10; n++) store.values.set(`k${n}`, new Uint8Array(100).fill(n));
	return store;
}

describe("a store that keeps what it read", () => {
	test("reads once, also when asked side by side", async () => {
		const inner = filled();
		const store = cachedStore(inner, { bytes: 1000 });
		await Promise.all([store.get("k1"), store.get("k1"), store.get("k1")]);
		expect(await store.get("k1")).toEqual(inner.values.get("k1"));
		await store.getRange("k1", { suffixLength: 3 });
		await store.getRange("k1", { suffixLength: 3 });
		expect(inner.log).toEqual(["k1", 'k1 {"suffixLength":3}']);
	});

	test("keeps no more than it may, the last used longest, and nothing too large", async () => {
		const inner = filled();
		inner.values.set("large", new Uint8Array(400));
		const store = cachedStore(inner, { bytes: 300, largest: 300 });
		for (const key of ["k1", "k2", "k3", "k1", "k4", "k1", "k3", "k2"]) await store.get(key);
		expect(inner.log).toEqual(["k1", "k2", "k3", "k4", "k2"]);
		await store.get("large");
		await store.get("large");
		expect(inner.log.slice(5)).toEqual(["large", "large"]);
	});

	test("what is not there is asked for again, and so is what failed", async () => {
		const inner = filled();
		const store = cachedStore(inner, { bytes: 1000 });
		expect(await store.get("new")).toBeUndefined();
		inner.values.set("new", Uint8Array.of(1));
		expect(await store.get("new")).toEqual(Uint8Array.of(1));
		await expect(store.getRange("k1", { offset: 99, length: 2 })).rejects.toThrow(/damaged/);
		inner.values.set("k1", new Uint8Array(101));
		expect((await store.getRange("k1", { offset: 99, length: 2 }))?.length).toBe(2);
	});

	test("one who gives up does not end the read of another", async () => {
		const store = cachedStore(filled(), { bytes: 1000 });
		const controller = new AbortController();
		const given = store.get("k1", { signal: controller.signal });
		const waiting = store.get("k1");
		controller.abort();
		await expect(given).rejects.toMatchObject({ code: "CANCELLED" });
		expect((await waiting)?.length).toBe(100);
	});

	test("what is written is read, whatever is under way", async () => {
		const step = fc.oneof(
			fc.record({ kind: fc.constant("get" as const), key: fc.nat(3) }),
			fc.record({ kind: fc.constant("set" as const), key: fc.nat(3), value: fc.nat(255) }),
			fc.record({ kind: fc.constant("remove" as const), key: fc.nat(3) }),
		);
		await fc.assert(
			fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.nat(3), async (steps, bytes) => {
				const inner = new MemoryStore();
				const store = cachedStore(inner, { bytes, largest: 2 });
				const reads: Promise<unknown>[] = [];
				for (const entry of steps) {
					const key = `k${entry.key}`;
					if (entry.kind === "get") reads.push(store.get(key));
					if (entry.kind === "set") await store.set(key, Uint8Array.of(entry.value));
					if (entry.kind === "remove") await store.remove(key);
					expect(await store.get(key)).toEqual(inner.values.get(key));
				}
				await Promise.all(reads);
			}),
		);
	});
});
