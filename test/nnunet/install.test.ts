/**
 * Installing model zips: what is put where, what is left alone, and that nothing is half done.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parseSize } from "../../src/cli/commands/install.ts";
import { installZip } from "../../src/nnunet/install.ts";
import { fields, type Member } from "../checkpoint/zip-writer.ts";
import { nnvol } from "../cli/command.ts";
import { temporariesOf, treeOf } from "../cli/scene.ts";
import { testFolder } from "../folder.ts";
import { membersOf, writeResults, writeZip } from "./results-folder.ts";

const DATASET = "Dataset004_Hippocampus";
const PLAIN = `${DATASET}/nnUNetTrainer__nnUNetPlans__2d`;
const FULL = `${DATASET}/nnUNetTrainer__nnUNetPlans__3d_fullres`;
const EXTRAS = {
	[`${PLAIN}/crossval_results_folds_0_1/postprocessing.json`]: "{}",
	[`${DATASET}/ensembles/ensemble___a___b___0_1/postprocessing.json`]: "{}",
	[`${DATASET}/inference_instructions.txt`]: "do this",
};

let results = "";
beforeEach(() => {
	vi.stubEnv("nnUNet_results", "");
	results = join(testFolder(), "results");
});
afterEach(() => {
	vi.unstubAllEnvs();
});

/** A zip of two models and what nnU-Net adds to it. */
function zip(change: (members: readonly Member[]) => readonly Member[] = (members) => members): string {
	const folder = writeResults(testFolder(EXTRAS), [PLAIN, FULL], { folds: [0, 1] });
	return writeZip(join(testFolder(), "model.zip"), change(membersOf(folder)));
}

const install = (...argv: readonly string[]) => nnvol("install", ...argv, "--results", results);

describe("nnvol install", () => {
	it("puts everything in place and says what", async () => {
		const path = zip();
		const { code, out, err } = await install(path);
		expect(err).toBe("");
		expect(code).toBe(0);
		expect(out).toMatch(/^Installed \(.*\); models are in /);
		expect(out).toContain(
			`  ${PLAIN}: installed\n    folds 0, 1 (checkpoint_final.pth)\n    crossval_results_folds_0_1/postprocessing.json\n`,
		);
		expect(out).toContain(`  ${DATASET}/ensembles/ensemble___a___b___0_1: installed\n    postprocessing.json\n`);
		expect(out).toContain(`  ${DATASET}/inference_instructions.txt: installed\n`);
		const expected = testFolder(EXTRAS);
		writeResults(expected, [PLAIN, FULL], { folds: [0, 1] });
		expect(membersOf(results)).toEqual(membersOf(expected));
		expect(temporariesOf(results)).toEqual([]);
		expect((await nnvol("inspect", "-d", "4", "-c", "2d", "--results", results)).out).toContain("fold 0");
	});

	it("takes the folder from nnUNet_results, and asks for one where there is none", async () => {
		const none = await nnvol("install", zip());
		expect(none).toMatchObject({
			code: 2,
			err: expect.stringMatching(/set the environment variable nnUNet_results, or use --results/),
		});
		vi.stubEnv("nnUNet_results", results);
		expect((await nnvol("nnUNetv2_install_pretrained_model_from_zip", zip())).code).toBe(0);
		expect(treeOf(join(results, PLAIN))).toContain("plans.json");
	});

	it("has nothing to do the second time, also where the folder has more", async () => {
		const path = zip();
		await install(path);
		writeFileSync(join(results, PLAIN, "progress.png"), "mine");
		const { code, out } = await install(path);
		expect(code).toBe(0);
		expect(out).toMatch(/^Nothing to do; /);
		expect(out).toContain(`${PLAIN}: already there`);
		expect(treeOf(join(results, PLAIN))).toContain("progress.png");
	});

	it("refuses where another model is in the place, and changes nothing", async () => {
		await install(zip());
		mkdirSync(join(results, PLAIN, "fold_7"));
		rmSync(join(results, FULL), { recursive: true });
		const other = "x".repeat(readFileSync(join(results, PLAIN, "plans.json")).length);
		writeFileSync(join(results, PLAIN, "plans.json"), other);
		const before = treeOf(results);
		const { code, err } = await install(zip());
		expect(code).toBe(1);
		expect(err).toMatch(
			/2d is there already .*: plans\.json differs\. Use --overwrite to replace it \(which takes away fold_7\)/,
		);
		expect(treeOf(results)).toEqual(before);
		expect(readFileSync(join(results, PLAIN, "plans.json"), "utf8")).toBe(other);
	});

	it("replaces whole models with --overwrite", async () => {
		await install(zip());
		mkdirSync(join(results, PLAIN, "fold_7"));
		writeFileSync(join(results, PLAIN, "plans.json"), "other");
		const { code, out } = await install(zip(), "--overwrite");
		expect(code).toBe(0);
		expect(out).toContain(`${PLAIN}: replaced`);
		expect(out).toContain(`${FULL}: already there`);
		expect(existsSync(join(results, PLAIN, "fold_7"))).toBe(false);
		expect(temporariesOf(results)).toEqual([]);
	});

	it("takes zip64 fields where they are honest", async () => {
		const path = zip((members) =>
			members.map(({ name, data }) => {
				const size = Buffer.from(data).length;
				const extra = fields([
					[2, 1],
					[2, 16],
					[8, size],
					[8, size],
				]);
				return { name, data, extra, size: 0xffffffff, compressedSize: 0xffffffff };
			}),
		);
		expect((await install(path)).code).toBe(0);
		expect(treeOf(join(results, PLAIN))).toContain("plans.json");
	});

	it("tells it as JSON", async () => {
		const { out } = await install(zip(), "--json");
		const report = JSON.parse(out);
		expect(report.parts.map(({ kind }: { readonly kind: string }) => kind).sort()).toEqual([
			"ensemble",
			"file",
			"model",
			"model",
		]);
	});

	it("takes a zip with a folder around the data set, leaving out what lies beside it", async () => {
		const path = zip((members) => [
			...members.map((member) => ({ ...member, name: `my models/${member.name}` })),
			{ name: "my models/README.md", data: "x" },
			{ name: "top.txt", data: "x" },
		]);
		const { code, out } = await install(path);
		expect(code).toBe(0);
		expect(out).toContain("left out, for it belongs to no data set: my models/README.md, top.txt");
		expect(treeOf(join(results, PLAIN))).toContain("plans.json");
	});

	it("takes a model's folder alone where plans.json names its data set", async () => {
		const folder = writeResults(testFolder(), ["nnUNetTrainer__nnUNetPlans__2d"], {
			folds: [0],
			plans: { dataset_name: "Dataset077_Named" },
		});
		expect((await install(writeZip(join(testFolder(), "m.zip"), membersOf(folder)))).code).toBe(0);
		expect(treeOf(join(results, "Dataset077_Named", "nnUNetTrainer__nnUNetPlans__2d"))).toContain("plans.json");
	});

	it.each([
		["../../evil", "without a data set's name"],
		["Dataset001_X/../../evil", "with a name that leads elsewhere"],
	])("does not let plans.json name the folder %s (%s)", async (name) => {
		const folder = writeResults(testFolder(), ["nnUNetTrainer__nnUNetPlans__2d"], {
			folds: [0],
			plans: { dataset_name: name },
		});
		const { code, err } = await install(writeZip(join(testFolder(), "m.zip"), membersOf(folder)));
		expect(code).toBe(1);
		expect(err).toMatch(/does not say of which data set.*nnvol predict .*m\.zip INPUT OUTPUT/);
		expect(treeOf(results)).toEqual([]);
	});
});

describe("a hostile or damaged zip leaves nothing behind", () => {
	it.each<[string, readonly Member[], RegExp]>([
		["path traversal", [{ name: `${DATASET}/../../../evil.txt`, data: "x" }], /leads out of its folder/],
		["an absolute path", [{ name: "/tmp/nnvol-evil.txt", data: "x" }], /absolute path/],
		["a link", [{ name: `${DATASET}/link`, data: "/etc/passwd", mode: 0o120777 }], /symbolic link/],
		["a case collision", [{ name: PLAIN.toLowerCase(), data: "x" }], /case does not count/],
		["a wrong checksum", [{ name: `${PLAIN}/x`, data: "x", crc: 1 }], /checksum/],
		[
			"a bomb",
			[{ name: `${PLAIN}/x`, data: Buffer.alloc(2 ** 20), method: 8, size: 2 ** 30 }],
			/would unpack to 1\.0 GiB/,
		],
		[
			"a member that unpacks to more than it says",
			[{ name: `${PLAIN}/x`, data: "x".repeat(9999), deflate: true, size: 10 }],
			/unpacks to more/,
		],
	])("%s", async (_what, added, message) => {
		const { code, err } = await install(zip((members) => [...members, ...added]));
		expect(err).toMatch(message);
		expect(code).toBe(1);
		expect(treeOf(results)).toEqual([]);
	});

	it("an interruption", async () => {
		const options = { overwrite: false, signal: AbortSignal.abort() };
		await expect(installZip(zip(), results, options)).rejects.toMatchObject({ code: "CANCELLED" });
		expect(treeOf(results)).toEqual([]);
	});

	it("no model in it", async () => {
		const path = writeZip(join(testFolder(), "m.zip"), [{ name: "Dataset001_X/imagesTr/a.png", data: "x" }]);
		const { code, err } = await install(path);
		expect(code).toBe(1);
		expect(err).toMatch(
			/holds no trained model: expected DATASET\/TRAINER__PLANS__CONFIGURATION .*found Dataset001_X\/imagesTr\/a\.png/,
		);
	});

	it("models at two depths", async () => {
		const { code, err } = await install(
			zip((members) => [...members, ...members.map((member) => ({ ...member, name: `more/${member.name}` }))]),
		);
		expect(code).toBe(1);
		expect(err).toMatch(/models at different depths/);
	});

	it("no file at all, a wrong size", async () => {
		expect(await install(join(testFolder(), "none.zip"))).toMatchObject({
			code: 1,
			err: expect.stringMatching(/there is no such file/),
		});
		expect(await install(zip(), "--max-size", "huge")).toMatchObject({
			code: 2,
			err: expect.stringMatching(/--max-size huge: expected a size/),
		});
		expect(await install(zip(), "--max-size", "1KB")).toMatchObject({
			code: 1,
			err: expect.stringMatching(/more than the 1\.0 KiB allowed/),
		});
	});
});

describe("sizes", () => {
	it.each([
		["1000", 1000],
		["2KB", 2048],
		["1.5 MiB", 1572864],
		["50GB", 50 * 2 ** 30],
		["1t", 2 ** 40],
	])("%s is %d bytes", (text, bytes) => {
		expect(parseSize("--max-size", text)).toBe(bytes);
	});

	it.each(["", "0", "-1", "1PB", "GB", "1e9"])("%j is none", (text) => {
		expect(() => parseSize("--max-size", text)).toThrow(/expected a size/);
	});
});
