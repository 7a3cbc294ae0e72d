import { readdirSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { identify } from "../../src/run/input-identity.ts";
import {
	type CaseRecord,
	type Ledger,
	openLedger,
	outputState,
	recordName,
	stateFolder,
	writeRecord,
} from "../../src/run/ledger.ts";
import { testFolder } from "../folder.ts";

const PLAN = "plan-a";

/** A folder with an input and an output of ten bytes, and what is recorded of it. */
async function scene(name = "a.png", over: Partial<CaseRecord> = {}) {
	const folder = testFolder({ "in/a.png": "input", [`out/${name}`]: "0123456789" });
	const out = join(folder, "out");
	const output = join(out, name);
	const input = join(folder, "in", "a.png");
	const inputs = await identify([input]);
	const ledger = await openLedger(out);
	const record: CaseRecord = {
		version: 1,
		state: "done",
		output: recordName(ledger, output),
		plan: PLAN,
		inputs,
		bytes: 10,
		...over,
	};
	return { folder, out, output, input, inputs, ledger, record };
}

/** The state that a later run finds. */
async function stateAfter(out: string, output: string, inputs: Parameters<typeof outputState>[3], plan = PLAN) {
	return outputState(await openLedger(out), output, plan, inputs);
}

describe("the state of an output", () => {
	it("is missing without a file, whatever is recorded", async () => {
		const { out, ledger, record, inputs } = await scene();
		await writeRecord(ledger, { ...record, output: "b.png" });
		expect(await stateAfter(out, join(out, "b.png"), inputs)).toEqual({ kind: "missing" });
		expect(await stateAfter(out, join(out, "c.png"), inputs)).toEqual({ kind: "missing" });
	});

	it("is done with its record", async () => {
		const { out, output, inputs, ledger, record } = await scene();
		await writeRecord(ledger, record);
		expect(await stateAfter(out, output, inputs)).toEqual({ kind: "done" });
	});

	it("is unfinished where it was being put in place, or is not as long as it was", async () => {
		const { out, output, inputs, ledger, record } = await scene();
		await writeRecord(ledger, { ...record, state: "writing" });
		expect(await stateAfter(out, output, inputs)).toEqual({ kind: "unfinished" });
		await writeRecord(ledger, record);
		truncateSync(output, 9);
		expect(await stateAfter(out, output, inputs)).toEqual({ kind: "unfinished" });
	});

	it("is foreign without a record", async () => {
		const { out, output, inputs } = await scene();
		expect(await stateAfter(out, output, inputs)).toEqual({ kind: "foreign", why: expect.stringMatching(/no record/) });
	});

	it("is foreign where model or configuration were others, also half-written", async () => {
		const { out, output, inputs, ledger, record } = await scene();
		for (const state of ["done", "writing"] as const) {
			await writeRecord(ledger, { ...record, state });
			expect(await stateAfter(out, output, inputs, "plan-b")).toMatchObject({
				kind: "foreign",
				why: expect.stringMatching(/another model/),
			});
		}
	});

	it("is foreign where its input has changed", async () => {
		const { out, output, input, inputs, ledger, record } = await scene();
		await writeRecord(ledger, record);
		utimesSync(input, 1, 1);
		expect(await stateAfter(out, output, await identify([input]))).toMatchObject({
			kind: "foreign",
			why: expect.stringMatching(/input has changed/),
		});
		writeFileSync(input, "more input");
		expect(await stateAfter(out, output, await identify([input]))).toMatchObject({ kind: "foreign" });
		expect(await stateAfter(out, output, inputs)).toEqual({ kind: "done" });
	});

	it("is done once accepted, for the same model and input only", async () => {
		const { out, output, inputs, ledger, record } = await scene();
		const { bytes: _, ...rest } = record;
		await writeRecord(ledger, { ...rest, accepted: true });
		expect(await stateAfter(out, output, inputs)).toEqual({ kind: "done", accepted: true });
		expect(await stateAfter(out, output, inputs, "plan-b")).toMatchObject({ kind: "foreign" });
	});

	it("of a folder is its record's", async () => {
		const { out, output, inputs, ledger, record } = await scene("v.zarr/zarr.json");
		const folder = dirname(output);
		const { bytes: _, ...rest } = record;
		await writeRecord(ledger, { ...rest, output: "v.zarr" });
		expect(await stateAfter(out, folder, inputs)).toEqual({ kind: "done" });
		await writeRecord(ledger, { ...rest, output: "v.zarr", state: "writing" });
		expect(await stateAfter(out, folder, inputs)).toEqual({ kind: "unfinished" });
	});
});

describe("records", () => {
	it("are kept by the output's path in its folder, also in subfolders and with odd names", async () => {
		for (const name of ["day 1/a.png", "a%2Fb.png", "ä 文.png", "con:x.png", "a.json"]) {
			const { out, output, inputs, ledger, record } = await scene(name);
			expect(record.output).toBe(name);
			await writeRecord(ledger, record);
			const records: Ledger["records"] = (await openLedger(out)).records;
			expect([...records.keys()]).toEqual([name]);
			expect(await stateAfter(out, output, inputs)).toEqual({ kind: "done" });
		}
	});

	it("keep names apart that are too long for a file system once encoded", async () => {
		const { out, ledger, record } = await scene();
		const names = ["文".repeat(60), `${"文".repeat(59)}字`, "x".repeat(240)].map((name) => `${name}.png`);
		for (const name of names) await writeRecord(ledger, { ...record, output: name });
		expect([...(await openLedger(out)).records.keys()].sort()).toEqual([...names].sort());
	});

	it("that are damaged count as absent", async () => {
		const { out, output, inputs, ledger, record } = await scene();
		await writeRecord(ledger, record);
		const [file = ""] = readdirSync(ledger.folder);
		const whole = JSON.stringify(record);
		const damaged = [
			"",
			whole.slice(0, 40),
			"null",
			"[]",
			"7",
			'"done"',
			JSON.stringify({ ...record, version: 2 }),
			JSON.stringify({ ...record, state: "finished" }),
			JSON.stringify({ ...record, output: 3 }),
			JSON.stringify({ ...record, inputs: "a" }),
			JSON.stringify({ ...record, plan: undefined }),
			"\0".repeat(200),
		];
		for (const text of damaged) {
			writeFileSync(join(ledger.folder, file), text);
			expect(await stateAfter(out, output, inputs), text).toMatchObject({ kind: "foreign" });
		}
		writeFileSync(join(ledger.folder, file), JSON.stringify({ ...record, bytes: "many" }));
		expect(await stateAfter(out, output, inputs)).toEqual({ kind: "unfinished" });
		writeFileSync(join(ledger.folder, file), whole);
		expect(await stateAfter(out, output, inputs)).toEqual({ kind: "done" });
	});

	it("lie under .nnvol, and what a killed run left there is cleaned away", async () => {
		const { out, ledger, record } = await scene();
		expect(ledger.folder).toBe(join(out, ".nnvol", "records"));
		expect(stateFolder(out)).toBe(join(out, ".nnvol"));
		await writeRecord(ledger, record);
		const host = hostname().replace(/[^\w-]/g, "-");
		const names = [
			`.a.png.json.${host}.999999999.5.nnvol-tmp`,
			`.a.png.json.${host}.${process.pid}.6.nnvol-tmp`,
			".a.png.json.elsewhere.1.7.nnvol-tmp",
		];
		for (const name of names) writeFileSync(join(ledger.folder, name), "half a rec");
		expect([...(await openLedger(out)).records.keys()]).toEqual(["a.png"]);
		const left = readdirSync(ledger.folder).filter((name) => name.endsWith("-tmp"));
		expect(left.sort(), "those of living processes and other machines stay").toEqual(names.slice(1).sort());
	});
});

describe("openLedger", () => {
	it("makes the output folder", async () => {
		const out = join(testFolder(), "new", "out");
		expect((await openLedger(out)).records.size).toBe(0);
		expect(readdirSync(out)).toEqual([".nnvol"]);
	});

	it("that cannot is an error naming the folder", async () => {
		const folder = testFolder({ out: "a file" });
		await expect(openLedger(join(folder, "out"))).rejects.toMatchObject({ code: "RUN" });
		await expect(openLedger(join(folder, "out"))).rejects.toThrow(
			/the output folder .*out cannot be written; check its permissions or choose another/,
		);
	});
});
