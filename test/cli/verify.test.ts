import { cpSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { runVerify } from "../../src/cli/commands/verify.ts";
import type { Invocation } from "../../src/cli/invocation.ts";
import { runCommandLine } from "../../src/cli/program.ts";
import { ndarray, zeros } from "../../src/core/array.ts";
import { blockFile } from "../../src/run/block-files.ts";
import { type BlockRecords, knownRuns, openBlockRecords, readBlockRecords } from "../../src/run/block-records.ts";
import { openLedger, writeRecord } from "../../src/run/ledger.ts";
import { markRunning } from "../../src/run/run-marker.ts";
import { testFolder } from "../folder.ts";
import { blockRecord, failedBlock, runFacts } from "../run/run-facts.ts";
import { nnvol } from "./command.ts";
import { ALL, blockOf, labels, recorded } from "./recorded.ts";
import { readJson, readVolume, writeImages, writeModel, writeVolume } from "./scene.ts";

async function verdictOf(path: string) {
	const result = await nnvol("verify", path, "--json");
	return { code: result.code, ...JSON.parse(result.out) };
}

/** Replaces the Zarr by one that differs in block 4. */
async function damageBlock4(path: string): Promise<void> {
	const array = labels();
	array.data[(2 * 6 + 3) * 10 + 6] = 251;
	await replace(path, array);
}

async function replace(path: string, array = labels()): Promise<void> {
	rmSync(path, { recursive: true });
	await writeVolume(path, array, "zyx");
}

/** Runs `verify --repair` with `repair` in place of the original command; gives what it was to run. */
async function repaired(path: string, repair: (records: BlockRecords) => Promise<unknown>, folder = path) {
	const ran: (readonly Invocation[])[] = [];
	const spies = [
		vi.spyOn(process.stdout, "write").mockReturnValue(true),
		vi.spyOn(process.stderr, "write").mockReturnValue(true),
	];
	try {
		const code = await runVerify(path, { repair: true, json: true }, async (runs) => {
			ran.push(runs);
			const [run] = await knownRuns(folder, "brain.zarr");
			if (run !== undefined) await repair(await readBlockRecords(run));
			return 0;
		});
		return { code, ran };
	} finally {
		for (const spy of spies) spy.mockRestore();
	}
}

const invocation = { argv: ["predict", "model", "brain.h5", "out", "--overwrite"], cwd: "/data" };

describe("nnvol verify of a streamed output", () => {
	it("that reads as it was written is clean", async () => {
		const folder = testFolder();
		await (await recorded(folder, ALL)).finish();
		expect(await verdictOf(folder)).toMatchObject({
			code: 0,
			clean: true,
			volumes: [{ output: "brain.zarr", clean: true, blocks: { total: 6, checked: 6, skipped: 0 }, damaged: [] }],
		});
		expect((await nnvol("verify", join(folder, "brain.zarr"))).out).toMatch(
			/whole; 6 of 6 blocks are as they were written\n$/,
		);
	});

	it("names each damaged block by its voxels", async () => {
		const folder = testFolder();
		await (await recorded(folder, ALL)).finish();
		await damageBlock4(join(folder, "brain.zarr"));
		const verdict = await verdictOf(folder);
		expect(verdict.code).toBe(1);
		expect(verdict.volumes[0].damaged).toEqual([
			{ id: 4, box: { start: [2, 0, 4], stop: [4, 6, 8] }, why: "labels is not what was written" },
		]);
		const { out } = await nnvol("verify", folder);
		expect(out).toMatch(
			/not whole; 5 of 6 .*, 1 damaged\n {2}block 4 \(z 2-4, y 0-6, x 4-8\): labels is not what was written\n.*--repair/,
		);
	});

	it("tells blocks that are missing, failed, skipped, or whose record is damaged", async () => {
		const folder = testFolder();
		const records = await recorded(folder, [0, 1]);
		await records.write(blockRecord(2));
		await records.fail(failedBlock(3));
		writeFileSync(blockFile(records.folder, 1, "done"), "{");
		const [found] = (await verdictOf(folder)).volumes;
		expect(found).toMatchObject({ clean: false, finished: false, blocks: { total: 6, checked: 1, skipped: 1 } });
		expect(found.damaged).toMatchObject([{ id: 1, why: "its record is damaged" }]);
		expect(found.failed).toMatchObject([{ id: 3, error: "the disk is on fire" }]);
		expect(found.missing.map(({ id }: { id: number }) => id)).toEqual([4, 5]);
	});

	it("that is gone, or is another volume, cannot be read", async () => {
		const folder = testFolder();
		await (await recorded(folder, ALL)).finish();
		await replace(join(folder, "brain.zarr"), zeros("uint8", [4, 6, 9]));
		expect((await verdictOf(folder)).volumes).toMatchObject([
			{
				unreadable: [{ error: expect.stringMatching(/expected uint8 4x6x10, found uint8 4x6x9/) }],
				blocks: { checked: 0 },
			},
		]);
		rmSync(join(folder, "brain.zarr"), { recursive: true });
		expect(await verdictOf(folder)).toMatchObject({
			code: 1,
			volumes: [{ unreadable: [{ path: join(folder, "brain.zarr") }] }],
		});
	});

	it("that is staged is read in its staging until it is finished, then in its place", async () => {
		const folder = testFolder();
		const product = {
			name: "labels",
			path: "brain.h5",
			format: "hdf5",
			dtype: "uint8",
			shape: [4, 6, 10],
			dataset: "main",
		};
		const records = await recorded(folder, ALL, { products: [{ ...product, staged: ".nnvol/staging/brain.zarr" }] });
		const find = async () => (await verdictOf(folder)).volumes[0];
		expect(await find()).toMatchObject({ clean: false, finished: false, blocks: { checked: 6 }, unreadable: [] });
		await writeVolume(join(folder, "brain.h5"), labels(), "zyx");
		await records.finish();
		rmSync(join(folder, ".nnvol", "staging"), { recursive: true });
		expect(await find()).toMatchObject({ clean: true, blocks: { checked: 6 } });
		expect((await nnvol("verify", join(folder, "brain.h5"))).code).toBe(0);
		const changed = labels();
		changed.data[0] = 77;
		await writeVolume(join(folder, "brain.h5"), changed, "zyx");
		expect(await find()).toMatchObject({ clean: false, damaged: [{ id: 0 }] });
	});
});

describe("nnvol verify of labels in a narrower type than they were staged in", () => {
	it("compares their values", async () => {
		const folder = testFolder();
		const staged = {
			name: "labels",
			path: "brain.h5",
			format: "hdf5",
			dtype: "uint16",
			shape: [4, 6, 10],
			staged: ".nnvol/staging/brain.zarr",
		};
		const facts = runFacts({ products: [staged] });
		const records = await openBlockRecords(folder, "brain.zarr", facts);
		const narrow = labels();
		const wide = ndarray("uint16", narrow.shape, Uint16Array.from(narrow.data, Number));
		for (const id of ALL) await records.write(blockRecord(id, blockOf(wide, id)));
		await writeVolume(join(folder, "brain.h5"), narrow, "zyx");
		await records.finish();
		expect(await verdictOf(folder)).toMatchObject({ clean: true, volumes: [{ blocks: { checked: 6 } }] });
		narrow.data[0] = 9;
		await writeVolume(join(folder, "brain.h5"), narrow, "zyx");
		expect((await verdictOf(folder)).volumes).toMatchObject([{ clean: false, damaged: [{ id: 0 }] }]);
	});
});

describe("nnvol verify --repair", () => {
	it("takes damaged blocks back, runs the command again, and verifies", async () => {
		const folder = testFolder();
		await (await recorded(folder, ALL, { invocation })).finish();
		await damageBlock4(join(folder, "brain.zarr"));
		const { code, ran } = await repaired(folder, async (records) => {
			expect([...records.done].sort()).toEqual([0, 1, 2, 3, 5]);
			expect(records.finished).toBe(false);
			await replace(join(folder, "brain.zarr"));
			await records.write(blockRecord(4, blockOf(labels(), 4)));
			await records.finish();
		});
		expect(ran).toEqual([[invocation]]);
		expect(code).toBe(0);
	});

	it("takes back that the output as a whole is done", async () => {
		const folder = testFolder();
		await (await recorded(folder, ALL, { invocation })).finish();
		const ledger = await openLedger(folder);
		await writeRecord(ledger, { version: 1, state: "done", output: "brain.zarr", plan: "a", inputs: [] });
		await damageBlock4(join(folder, "brain.zarr"));
		await repaired(folder, async () => undefined);
		expect((await openLedger(folder)).records.get("brain.zarr")?.state).toBe("writing");
	});

	it("of what stays damaged ends with 1", async () => {
		const folder = testFolder();
		await (await recorded(folder, ALL, { invocation })).finish();
		await damageBlock4(join(folder, "brain.zarr"));
		expect((await repaired(folder, async () => undefined)).code).toBe(1);
	});

	it("does all blocks again where the file was put together from a staging that is gone", async () => {
		const folder = testFolder();
		const product = {
			name: "labels",
			path: "brain.h5",
			format: "hdf5",
			dtype: "uint8",
			shape: [4, 6, 10],
			dataset: "main",
		};
		const staged = [{ ...product, staged: ".nnvol/staging/brain.zarr" }];
		const records = await recorded(folder, ALL, { products: staged, invocation });
		await writeVolume(join(folder, "brain.h5"), zeros("uint8", [4, 6, 10]), "zyx");
		await records.finish();
		rmSync(join(folder, ".nnvol", "staging"), { recursive: true });
		await repaired(folder, async (left) => expect(left.done.size).toBe(0));
		expect.assertions(1);
	});

	it("leaves what is whole alone, and a run that goes on", async () => {
		const folder = testFolder();
		const records = await recorded(folder, ALL, { invocation });
		await records.finish();
		expect(await repaired(folder, async () => undefined)).toEqual({ code: 0, ran: [] });
		await damageBlock4(join(folder, "brain.zarr"));
		const end = await markRunning(records.folder);
		await expect(repaired(folder, async () => undefined)).rejects.toThrow(/is being worked on by .*; wait/);
		await end();
	});

	it("of a run whose command is not known says what to do", async () => {
		const folder = testFolder();
		await (await recorded(folder, ALL)).finish();
		await damageBlock4(join(folder, "brain.zarr"));
		await expect(repaired(folder, async () => undefined)).rejects.toThrow(/run the same command again to repair it/);
		const [run] = await knownRuns(folder, "brain.zarr");
		expect(run?.facts?.grid).toEqual(runFacts().grid);
	});
});

describe("nnvol verify of cases", () => {
	it("finds outputs that are gone, cut short or changed, and repairs them by the command that made them", async () => {
		const folder = testFolder();
		const model = writeModel(join(folder, "model"));
		const images = await writeImages(join(folder, "in"), ["a_0000.png", "b_0000.png", "c_0000.png"]);
		const out = join(folder, "out");
		expect((await nnvol("predict", model, images, out, "--device", "cpu", "--quiet")).code).toBe(0);
		expect(await verdictOf(out)).toMatchObject({ code: 0, clean: true, outputs: { total: 3, faults: [] } });
		const whole = await readVolume(join(out, "b.png"));
		truncateSync(join(out, "a.png"), statSync(join(out, "a.png")).size - 20);
		rmSync(join(out, "b.png"));
		await writeVolume(join(out, "c.png"), zeros("uint8", [24, 31]), "yx");
		const verdict = await verdictOf(out);
		expect(verdict.code).toBe(1);
		expect(verdict.outputs.faults).toEqual([
			{ output: "a.png", why: expect.stringMatching(/^it cannot be read/) },
			{ output: "b.png", why: "it is not there" },
			{ output: "c.png", why: expect.stringMatching(/^it was changed since/) },
		]);
		const spies = [
			vi.spyOn(process.stdout, "write").mockReturnValue(true),
			vi.spyOn(process.stderr, "write").mockReturnValue(true),
		];
		const code = await runVerify(out, { repair: true }, async ([run]) => runCommandLine(run?.argv ?? []));
		for (const spy of spies) spy.mockRestore();
		expect(code).toBe(0);
		expect(await readVolume(join(out, "b.png"))).toEqual(whole);
		expect(readdirSync(out).sort()).toEqual([".nnvol", "a.png", "b.png", "c.png"]);
	});

	it("tells inputs that failed or were not begun, and runs the command again for them", async () => {
		const folder = testFolder();
		const model = writeModel(join(folder, "model"));
		const images = await writeImages(join(folder, "in"), ["a_0000.png"]);
		writeFileSync(join(images, "b_0000.png"), "no image");
		const out = join(folder, "out");
		expect((await nnvol("predict", model, images, out, "--device", "cpu", "--quiet")).code).toBe(3);
		const verdict = await verdictOf(out);
		expect(verdict).toMatchObject({ code: 1, outputs: { total: 2, remaining: 0 } });
		expect(verdict.outputs.faults).toEqual([
			{ output: "b.png", why: expect.stringMatching(/^it was not made: .*b_0000/) },
		]);
		expect((await verdictOf(join(out, "a.png"))).code).toBe(0);
		await writeImages(images, ["b_0000.png"]);
		const report = join(out, ".nnvol", "report.json");
		writeFileSync(report, JSON.stringify({ ...readJson(report), state: "running", remaining: 1, cases: [] }));
		expect((await nnvol("verify", out)).out).toMatch(/1 of 1 outputs are whole\n1 were not begun\n/);
		const spies = [
			vi.spyOn(process.stdout, "write").mockReturnValue(true),
			vi.spyOn(process.stderr, "write").mockReturnValue(true),
		];
		const code = await runVerify(out, { repair: true }, async ([run]) => runCommandLine(run?.argv ?? []));
		for (const spy of spies) spy.mockRestore();
		expect(code).toBe(0);
		expect(readdirSync(out).sort()).toEqual([".nnvol", "a.png", "b.png"]);
	});

	it("keeps the command line of each share of the cases", async () => {
		const folder = testFolder();
		const model = writeModel(join(folder, "model"));
		const images = await writeImages(join(folder, "in"), ["a_0000.png", "b_0000.png"]);
		const out = join(folder, "out");
		const predict = ["predict", model, images, out, "--device", "cpu", "--quiet", "--num-parts", "2", "--part-id"];
		for (const part of ["0", "1"]) expect((await nnvol(...predict, part)).code).toBe(0);
		cpSync(join(folder, "in", "a_0000.png"), join(out, "a.png"));
		const { ran } = await repaired(out, async () => undefined);
		expect(ran[0]?.map(({ argv }) => argv.at(-1))).toEqual(["0", "1"]);
	});
});
