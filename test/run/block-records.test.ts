import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runKey } from "../../src/run/block-facts.ts";
import { blockFile } from "../../src/run/block-files.ts";
import {
	blocksFolder,
	forgetRuns,
	knownRuns,
	openBlockRecords,
	readBlockRecords,
	requireSameRun,
} from "../../src/run/block-records.ts";
import { testFolder } from "../folder.ts";
import { blockRecord, failedBlock, runFacts } from "./run-facts.ts";

const OUT = "brain.zarr";
const other = runFacts({ plan: "b".repeat(64), settings: { ...runFacts().settings, step: 0.75 } });
const sorted = (ids: ReadonlySet<number>) => [...ids].sort((a, b) => a - b);

describe("block records", () => {
	it("are found again by a later run of the same key, and by no other", async () => {
		const folder = testFolder();
		const records = await openBlockRecords(folder, OUT, runFacts());
		await records.write(blockRecord(3));
		await records.write({ ...blockRecord(3), id: 1234 });
		await records.fail(failedBlock(4));
		expect([sorted(records.done), sorted(records.failed)]).toEqual([[3, 1234], [4]]);
		const again = await openBlockRecords(folder, OUT, runFacts());
		expect([sorted(again.done), sorted(again.failed)]).toEqual([[3, 1234], [4]]);
		expect(await again.read(1234)).toMatchObject({ id: 1234, worker: "host:1" });
		expect(await again.readFailure(4)).toMatchObject({ error: "the disk is on fire", attempts: 3 });
		for (const facts of [
			other,
			runFacts({ inputs: [{ name: "brain.h5", bytes: 11, modified: 5 }] }),
			runFacts({ grid: { shape: [4, 6, 10], block: [4, 6, 4] } }),
			runFacts({ products: runFacts().products.map((product) => ({ ...product, dtype: "uint16" })) }),
		]) {
			expect(runKey(facts)).not.toBe(runKey(runFacts()));
			expect((await openBlockRecords(folder, OUT, facts)).done.size).toBe(0);
		}
		expect((await openBlockRecords(folder, "other.zarr", runFacts())).done.size).toBe(0);
	});

	it("have one key whatever the machine, the command line or the folder", () => {
		const moved = runFacts({
			nnvol: "2.0.0",
			files: ["x.h5"],
			invocation: { argv: ["predict"], cwd: "/" },
			report: "r",
		});
		expect(runKey(moved)).toBe(runKey(runFacts()));
	});

	it("of a block that failed and was done later are those of a block that is done", async () => {
		const folder = testFolder();
		const records = await openBlockRecords(folder, OUT, runFacts());
		await records.fail(failedBlock(2));
		await records.write(blockRecord(2));
		expect(existsSync(blockFile(records.folder, 2, "failed"))).toBe(false);
		await records.fail(failedBlock(2));
		expect(sorted((await openBlockRecords(folder, OUT, runFacts())).failed)).toEqual([]);
	});

	it("that both stand, of two processes, are done", async () => {
		const folder = testFolder();
		const [a, b] = [await openBlockRecords(folder, OUT, runFacts()), await openBlockRecords(folder, OUT, runFacts())];
		await a.fail(failedBlock(2));
		await b.write(blockRecord(2));
		const found = await openBlockRecords(folder, OUT, runFacts());
		expect([sorted(found.done), sorted(found.failed)]).toEqual([[2], []]);
	});

	it("that are damaged count as missing once they are read", async () => {
		const folder = testFolder();
		const records = await openBlockRecords(folder, OUT, runFacts());
		const whole = JSON.stringify(blockRecord(1));
		for (const text of ["", whole.slice(0, 30), "null", "[]", JSON.stringify(blockRecord(2)), "\0".repeat(80)]) {
			await records.write(blockRecord(1));
			writeFileSync(blockFile(records.folder, 1, "done"), text);
			const later = await openBlockRecords(folder, OUT, runFacts());
			expect(later.done.has(1)).toBe(true);
			expect(await later.read(1), text).toBeUndefined();
			expect(later.done.has(1)).toBe(false);
		}
		await records.write(blockRecord(1));
		expect(await records.read(1)).toEqual(JSON.parse(readFileSync(blockFile(records.folder, 1, "done"), "utf8")));
	});

	it("are exactly those written, whatever a crash left beside them", async () => {
		const host = hostname().replace(/[^\w-]/g, "-");
		const junk = fc.constantFrom(
			(id: number) => `.${id}.done.json.${host}.999999999.5.nnvol-tmp`,
			(id: number) => `.${id}.done.json.elsewhere.1.5.nnvol-tmp`,
			(id: number) => `${id}.done.json~`,
			(id: number) => `0${id}.done.json`,
			(id: number) => `${id}.done`,
			(id: number) => `${id + 5_000_000}.done.json`,
			(id: number) => `-${id}.done.json`,
		);
		const ids = fc.uniqueArray(fc.integer({ min: 0, max: 3000 }), { maxLength: 12 });
		await fc.assert(
			fc.asyncProperty(ids, fc.array(fc.tuple(junk, fc.integer({ min: 0, max: 3000 }))), async (done, left) => {
				const folder = testFolder();
				const records = await openBlockRecords(folder, OUT, runFacts());
				if (done.length > 0) await records.write(blockRecord(0));
				for (const id of done) await records.write({ ...blockRecord(0), id });
				if (done.length > 0) await records.remove(0);
				for (const [name, id] of left) {
					const fan = join(records.folder, String(Math.floor(id / 1000)).padStart(3, "0"));
					if (existsSync(fan)) writeFileSync(join(fan, name(id)), '{"version":1');
				}
				const found = await openBlockRecords(folder, OUT, runFacts());
				expect(sorted(found.done)).toEqual(done.filter((id) => id !== 0).sort((a, b) => a - b));
				const mine = readdirSync(folder, { recursive: true }).map(String);
				expect(mine.filter((name) => name.includes(`${host}.999999999.`))).toEqual([]);
			}),
			{ numRuns: 15 },
		);
	});

	it("are finished from finish to the first block taken back", async () => {
		const folder = testFolder();
		const records = await openBlockRecords(folder, OUT, runFacts());
		await records.write(blockRecord(0));
		await records.finish();
		expect((await openBlockRecords(folder, OUT, runFacts())).finished).toBe(true);
		await records.remove(0);
		const later = await openBlockRecords(folder, OUT, runFacts());
		expect([later.finished, later.done.size]).toEqual([false, 0]);
	});

	it("lie under .nnvol, a thousand a folder, with the facts of the run", async () => {
		const folder = testFolder();
		const facts = runFacts({ invocation: { argv: ["predict"], cwd: "/tmp" } });
		const records = await openBlockRecords(folder, "day 1/brain.zarr", facts);
		await records.write({ ...blockRecord(0), id: 2017 });
		expect(records.folder).toBe(join(folder, ".nnvol", "blocks", "day%201%2Fbrain.zarr", runKey(facts)));
		expect(statSync(join(records.folder, "002", "2017.done.json")).isFile()).toBe(true);
		const [run] = await knownRuns(folder, "day 1/brain.zarr");
		expect(run).toMatchObject({
			key: runKey(facts),
			facts: { output: "day 1/brain.zarr", invocation: facts.invocation },
		});
		expect(run?.facts?.settings).toEqual(JSON.parse(JSON.stringify(facts.settings)));
	});

	it("that cannot be kept are an error naming the folder", async () => {
		const folder = testFolder({ ".nnvol": "a file" });
		await expect(openBlockRecords(folder, OUT, runFacts())).rejects.toThrow(/records of brain\.zarr cannot be kept in/);
	});

	it("are made without harm by several processes at once", async () => {
		const folder = testFolder();
		const all = await Promise.all([0, 1, 2, 3].map(() => openBlockRecords(folder, OUT, runFacts())));
		await Promise.all(
			all.flatMap((records, n) => [records.write(blockRecord(5)), records.write({ ...blockRecord(0), id: 3000 + n })]),
		);
		expect(sorted((await openBlockRecords(folder, OUT, runFacts())).done)).toEqual([5, 3000, 3001, 3002, 3003]);
	});
});

describe("another run's output", () => {
	it("is refused with what changed, once anything of it is done", async () => {
		const folder = testFolder();
		const records = await openBlockRecords(folder, OUT, other);
		await expect(requireSameRun(folder, OUT, runFacts())).resolves.toBeUndefined();
		await records.write(blockRecord(0));
		await expect(requireSameRun(folder, OUT, other)).resolves.toBeUndefined();
		await expect(requireSameRun(folder, OUT, runFacts())).rejects.toMatchObject({
			code: "CONFIG",
			exitCode: 2,
			message: expect.stringMatching(
				/brain\.zarr was begun by another run \(1 blocks are done\)\. What changed:\n {2}inference\.sliding_window\.overlap: 0\.5, was 0\.25\n.*--overwrite/,
			),
		});
		await expect(requireSameRun(folder, "else.zarr", runFacts())).resolves.toBeUndefined();
	});

	it("of a run whose facts are lost is refused too", async () => {
		const folder = testFolder();
		const records = await openBlockRecords(folder, OUT, other);
		await records.write(blockRecord(0));
		writeFileSync(join(records.folder, "run.json"), "{");
		await expect(requireSameRun(folder, OUT, runFacts())).rejects.toThrow(/what it was made with is not known/);
	});

	it("is forgotten whole", async () => {
		const folder = testFolder();
		for (const facts of [runFacts(), other]) await (await openBlockRecords(folder, OUT, facts)).write(blockRecord(0));
		const neighbour = await openBlockRecords(folder, "b.zarr", runFacts());
		await neighbour.write(blockRecord(1));
		await forgetRuns(folder, OUT);
		expect(await knownRuns(folder, OUT)).toEqual([]);
		expect(readdirSync(blocksFolder(folder, OUT))).toEqual([]);
		const [run] = await knownRuns(folder, "b.zarr");
		expect(run === undefined ? 0 : (await readBlockRecords(run)).done.size).toBe(1);
	});
});
