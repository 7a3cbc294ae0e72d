/**
 * What claims do wherever they lie, as one suite.
 *
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Claim, Claims } from "../../../src/run/claims/claims.ts";

/** A place under test. */
export type Subject = {
	/** Claims in `folder`, a name below the place. */
	readonly open: (folder: string, options: { worker: string; lease: number; exclusive: boolean }) => Promise<Claims>;
	/** Claims of a worker that gives no signs of life. */
	readonly openSilent: (folder: string, options: { worker: string; lease: number }) => Promise<Claims>;
	/** Puts something else where a claim would be. */
	readonly put: (folder: string, name: string, text: string) => Promise<void>;
	/** All that is there. */
	readonly names: (folder: string) => Promise<readonly string[]>;
	/** A lease that runs out within the test. */
	readonly shortLease: number;
	/** False where the server of the test does not look and write in one step. */
	readonly isAtomic?: boolean;
	readonly stop?: () => Promise<void>;
};

const LONG = 3_600_000;

/** Runs the suite on the place that `start` makes. */
export function claimConformance(name: string, start: () => Promise<Subject>): void {
	// most of the time passes in waiting for leases
	describe.concurrent(name, () => {
		let subject: Subject;
		const opened: Claims[] = [];
		let folders = 0;
		beforeAll(async () => {
			subject = await start();
		});
		afterAll(async () => {
			for (const claims of opened) await claims.close().catch(() => undefined);
			await subject?.stop?.();
		});
		const newFolder = () => `f${folders++}`;
		const open = async (folder: string, worker: string, lease = LONG, exclusive = true) => {
			const claims = await subject.open(folder, { worker, lease, exclusive });
			opened.push(claims);
			return claims;
		};
		const openSilent = async (folder: string, worker: string) => {
			const claims = await subject.openSilent(folder, { worker, lease: subject.shortLease });
			opened.push(claims);
			return claims;
		};

		test("a name is one worker's until it is released", async () => {
			const folder = newFolder();
			const [a, b] = [await open(folder, "a"), await open(folder, "b")];
			const first = await a.take("x-1");
			expect(first).toMatchObject({ name: "x-1", deaths: 0 });
			expect(await b.take("x-1")).toBeUndefined();
			expect(await a.take("x-1")).toBeUndefined();
			expect(await b.take("x-2")).toMatchObject({ deaths: 0 });
			expect(await a.held()).toEqual([
				{ name: "x-1", worker: "a" },
				{ name: "x-2", worker: "b" },
			]);
			await first?.release();
			await first?.release();
			expect(await b.take("x-1")).toMatchObject({ deaths: 0 });
			await first?.release();
			expect(await a.take("x-1")).toBeUndefined();
			await a.close();
			await b.close();
			expect(await subject.names(folder)).toEqual([]);
		});

		test("what is still in hand at the end is let go of, and is no death", async () => {
			const folder = newFolder();
			const [a, b] = [await open(folder, "a"), await open(folder, "b")];
			const claims = await Promise.all(["x", "y", "z"].map((one) => a.take(one)));
			expect(claims.map((claim) => claim?.deaths)).toEqual([0, 0, 0]);
			await a.close();
			await a.close();
			expect(await b.held()).toEqual([]);
			expect(await b.take("y")).toMatchObject({ deaths: 0 });
			await claims[1]?.release();
			expect(await b.held()).toEqual([{ name: "y", worker: "b" }]);
			await expect(a.take("x")).rejects.toMatchObject({ code: "RUN", message: expect.stringContaining("were closed") });
		});

		test.each(["", "A", "a b", "../x", ".a", "a_b", "a".repeat(200)])("the name %j is refused", async (bad) => {
			const refused = { code: "RUN", message: expect.stringContaining("cannot be claimed") };
			await expect((await open("refused", "a")).take(bad)).rejects.toMatchObject(refused);
			await expect((await open("refused", "a", LONG, false)).take(bad)).rejects.toMatchObject(refused);
		});

		test("of many who want the same names at once each name has one", async () => {
			if (subject.isAtomic === false) return;
			const folder = newFolder();
			const all = await Promise.all(Array.from({ length: 6 }, (_, n) => open(folder, `w${n}`)));
			const names = Array.from({ length: 30 }, (_, n) => `n-${n}`);
			const taken = await Promise.all(all.flatMap((one) => names.map((wanted) => one.take(wanted))));
			const won = taken.filter((claim): claim is Claim => claim !== undefined).map((claim) => claim.name);
			expect(won.sort()).toEqual([...names].sort());
		});

		test("silence for longer than the lease is a death, and deaths are counted until a release", async () => {
			const folder = newFolder();
			const first = await openSilent(folder, "first");
			const lost = await first.take("x");
			expect(lost?.deaths).toBe(0);
			const second = await openSilent(folder, "second");
			expect(await second.take("x")).toBeUndefined();
			await pause(subject.shortLease + 1500);
			expect(await second.held()).toEqual([]);
			expect(await second.take("x")).toMatchObject({ deaths: 1 });
			// the slower one who takes it for its own still
			expect(await first.take("x")).toBeUndefined();
			await lost?.release();
			expect(await second.held()).toEqual([{ name: "x", worker: "second" }]);
			await pause(subject.shortLease + 1500);
			const third = await open(folder, "third");
			const claim = await third.take("x");
			expect(claim?.deaths).toBe(2);
			await second.close();
			expect(await third.held()).toEqual([{ name: "x", worker: "third" }]);
			await claim?.release();
			expect(await third.take("x")).toMatchObject({ deaths: 0 });
		});

		test("of many who find a claim over one has it", async () => {
			if (subject.isAtomic === false) return;
			const folder = newFolder();
			const names = Array.from({ length: 10 }, (_, n) => `n-${n}`);
			const dead = await openSilent(folder, "dead");
			for (const one of names) expect(await dead.take(one)).toBeDefined();
			await pause(subject.shortLease + 1500);
			const all = await Promise.all(Array.from({ length: 6 }, (_, n) => open(folder, `w${n}`)));
			const taken = await Promise.all(all.flatMap((one) => names.map((wanted) => one.take(wanted))));
			const won = taken.filter((claim): claim is Claim => claim !== undefined);
			expect(won.map((claim) => claim.name).sort()).toEqual(names);
			expect(won.every((claim) => claim.deaths === 1)).toBe(true);
		});

		test("signs of life keep a claim for longer than its lease", async () => {
			const folder = newFolder();
			const [a, b] = [await open(folder, "a", subject.shortLease), await open(folder, "b")];
			expect(await a.take("x")).toBeDefined();
			for (let n = 0; n < 6; n++) {
				await pause(subject.shortLease / 2);
				expect(await b.take("x")).toBeUndefined();
			}
		});

		test("what cannot be read is a claim until a lease is over", async () => {
			const folder = newFolder();
			await subject.put(folder, "x", "no claim");
			const claims = await open(folder, "a", subject.shortLease);
			expect(await claims.take("x")).toBeUndefined();
			expect(await claims.held()).toEqual([]);
			await pause(subject.shortLease + 1500);
			expect(await claims.take("x")).toMatchObject({ deaths: 1 });
		});

		test("marks refuse nobody; those of the living are no deaths", async () => {
			const folder = newFolder();
			const [a, b] = [await open(folder, "a", LONG, false), await open(folder, "b", LONG, false)];
			expect(await a.take("x")).toMatchObject({ name: "x", deaths: 0 });
			const second = await b.take("x");
			expect(second?.deaths).toBe(0);
			expect(await a.held()).toEqual([{ name: "x", worker: "b" }]);
			await a.close();
			expect(await b.held()).toEqual([{ name: "x", worker: "b" }]);
			await second?.release();
			expect(await subject.names(folder)).toEqual([]);
			expect(await b.take("y")).toMatchObject({ deaths: 0 });
			await b.close();
			expect(await subject.names(folder)).toEqual([]);
			await expect(b.take("y")).rejects.toMatchObject({ code: "RUN" });
		});

		test("marks of dead workers are deaths, counted until a release", async () => {
			const folder = newFolder();
			const claims = await open(folder, "share-3", LONG, false);
			const there = { version: 1, token: "0".repeat(16), host: "elsewhere", home: "", pid: 7, start: "1", lease: LONG };
			await subject.put(folder, "own", JSON.stringify({ ...there, worker: "share-3", deaths: 2 }));
			await subject.put(folder, "other", JSON.stringify({ ...there, worker: "share-4", deaths: 2 }));
			await subject.put(folder, "unreadable", "no mark");
			expect((await claims.held()).map((one) => one.worker)).toEqual(["share-4"]);
			const claim = await claims.take("own");
			expect(claim?.deaths).toBe(3);
			expect((await claims.take("other"))?.deaths).toBe(2);
			expect((await claims.take("unreadable"))?.deaths).toBe(0);
			await claim?.release();
			expect((await claims.take("own"))?.deaths).toBe(0);
		});
	});
}
