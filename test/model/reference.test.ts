/**
 * What a user may call a model: names in nnU-Net's folder of results, folders of several models, model zips.
 */
import { mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { cacheFolder } from "../../src/model/archive-cache.ts";
import { findModel } from "../../src/model/locate.ts";
import { modelPath } from "../../src/model/reference.ts";
import { treeOf } from "../cli/scene.ts";
import { testFolder } from "../folder.ts";
import { membersOf, writeResults, writeZip } from "../nnunet/results-folder.ts";

const PLAIN = "nnUNetTrainer__nnUNetPlans__2d";
const FULL = "nnUNetTrainer__nnUNetPlans__3d_fullres";
const RESIDUAL = "nnUNetTrainer__nnUNetResEncUNetMPlans__2d";
const OTHER = "nnUNetTrainerNoMirroring__nnUNetPlans__2d";

beforeEach(() => {
	vi.stubEnv("nnUNet_results", "");
});
afterEach(() => {
	vi.unstubAllEnvs();
});

/** Data sets 4, 41 and 104, and what else lies about in such folders. */
function results(): string {
	const folder = testFolder({
		"Dataset104_Heart/ensembles/": "",
		"Dataset104_Heart/ensemble___a__b__c/": "",
		"notes.txt": "",
		".Dataset004_hidden/": "",
	});
	return writeResults(folder, [
		`Dataset004_Hippocampus/${PLAIN}`,
		`Dataset004_Hippocampus/${FULL}`,
		`Dataset004_Hippocampus/${RESIDUAL}`,
		`Dataset041_Hip/${OTHER}`,
		`Dataset104_Heart/${PLAIN}`,
	]);
}

describe("a look-up in nnU-Net's folder of results", () => {
	it.each([
		[{ dataset: "4", configuration: "3d_fullres" }, `Dataset004_Hippocampus/${FULL}`],
		[{ dataset: "004", configuration: "2d" }, `Dataset004_Hippocampus/${PLAIN}`],
		[{ dataset: "Dataset004_Hippocampus", configuration: "2d" }, `Dataset004_Hippocampus/${PLAIN}`],
		[
			{ dataset: "pocamp", configuration: "2d", plansName: "nnUNetResEncUNetMPlans" },
			`Dataset004_Hippocampus/${RESIDUAL}`,
		],
		[{ dataset: "41", trainer: "nnUNetTrainerNoMirroring" }, `Dataset041_Hip/${OTHER}`],
		[{ dataset: "heart" }, `Dataset104_Heart/${PLAIN}`],
	])("%j", async (lookup, expected) => {
		const folder = results();
		const path = await modelPath({ ...lookup, results: folder });
		expect(relative(folder, path).split("\\").join("/")).toBe(expected);
		vi.stubEnv("nnUNet_results", folder);
		expect(await modelPath(lookup)).toBe(path);
		expect((await findModel(lookup)).plans).toBe(join(path, "plans.json"));
	});

	it.each([
		[
			{ dataset: "5" },
			/no data set named 5; it holds Dataset004_Hippocampus: 2d \(nnUNetTrainer, nnUNetPlans\), .*Dataset041_Hip: /,
		],
		[{ dataset: "hip" }, /2 data sets named hip; it holds Dataset004_Hippocampus, Dataset041_Hip$/],
		[
			{ dataset: "4", configuration: "3d_lowres" },
			/no model with configuration 3d_lowres, trainer nnUNetTrainer, plans nnUNetPlans; it holds 2d \(.*3d_fullres/,
		],
		[{ dataset: "4" }, /2 models .*say which by -c CONFIGURATION/],
		[{ dataset: "41", configuration: "2d" }, /it holds 2d \(nnUNetTrainerNoMirroring, nnUNetPlans\)/],
	])("%j is an error that lists what is there", async (lookup, message) => {
		await expect(modelPath({ ...lookup, results: results() })).rejects.toMatchObject({
			code: "MODEL",
			message: expect.stringMatching(message),
		});
	});

	it("needs to know the folder, which must be there", async () => {
		await expect(modelPath({ dataset: "4" })).rejects.toMatchObject({
			code: "CONFIG",
			message: expect.stringMatching(/set the environment variable nnUNet_results/),
		});
		await expect(modelPath({ dataset: "4", results: join(testFolder(), "none") })).rejects.toMatchObject({
			code: "MODEL",
			message: expect.stringMatching(/folder of results .*none cannot be read/),
		});
	});
});

describe("a name as MODEL", () => {
	it.each([
		["Dataset004_Hippocampus/3d_fullres", {}, FULL],
		[`Dataset004_Hippocampus/${RESIDUAL}`, {}, RESIDUAL],
		["Dataset004_Hippocampus/2d", { plansName: "nnUNetResEncUNetMPlans" }, RESIDUAL],
		["Dataset004_Hippocampus", { configuration: "3d_fullres" }, FULL],
		["Dataset004/2d", {}, PLAIN],
	])("%s %j", async (text, choice, expected) => {
		expect(basename(await modelPath({ ...choice, path: text, results: results() }))).toBe(expected);
	});

	it("may go on to a file", async () => {
		const text = `Dataset004_Hippocampus/${PLAIN}/fold_0/checkpoint_final.pth`;
		const folder = results();
		expect(await modelPath({ path: text, results: folder })).toBe(join(folder, text));
	});

	it("is a path that is missing where no folder of results is known", async () => {
		await expect(modelPath("Dataset004_X/2d")).rejects.toMatchObject({
			code: "MODEL",
			message: expect.stringMatching(/does not exist; .*set nnUNet_results/),
		});
		await expect(modelPath({ path: "model/2d", results: results() })).rejects.toThrow(
			/model model\/2d does not exist, neither as a path nor in /,
		);
	});
});

describe("a folder of several models", () => {
	it("takes the one that fits, and says which there are otherwise", async () => {
		const folder = join(results(), "Dataset004_Hippocampus");
		expect(basename(await modelPath({ path: folder, configuration: "3d_fullres" }))).toBe(FULL);
		await expect(modelPath(folder)).rejects.toThrow(/has 3 models; it holds 2d .*3d_fullres/);
		await expect(modelPath({ path: folder, trainer: "x" })).rejects.toThrow(/has no model with trainer x; it holds/);
	});

	it("that is a model itself must not contradict the choice", async () => {
		const folder = join(results(), "Dataset004_Hippocampus", FULL);
		expect(await modelPath({ path: folder, configuration: "3d_fullres" })).toBe(folder);
		await expect(modelPath({ path: folder, configuration: "2d" })).rejects.toThrow(
			/has no model with configuration 2d; it holds 3d_fullres/,
		);
	});
});

describe("a model zip", () => {
	beforeEach(() => {
		vi.stubEnv("NNVOL_CACHE", testFolder());
	});

	const zip = (folder: string) => writeZip(join(testFolder(), "model.zip"), membersOf(folder));

	it("is unpacked into the cache once, and only what a prediction reads", async () => {
		const folder = writeResults(
			testFolder({ "Dataset004_X/inference_instructions.txt": "x" }),
			[`Dataset004_X/${PLAIN}`],
			{ folds: [0, 1] },
		);
		writeFileSync(join(folder, "Dataset004_X", PLAIN, "fold_0", "progress.png"), "x");
		const path = zip(folder);
		const found = await findModel(path);
		expect(found.checkpoints.map(({ fold }) => fold)).toEqual(["0", "1"]);
		const before = treeOf(cacheFolder());
		expect(before.filter((name) => /\.(png|txt)$|nnvol-tmp/.test(name))).toEqual([]);
		expect(dirname(found.plans).startsWith(cacheFolder())).toBe(true);
		expect(await findModel(path)).toEqual(found);
		expect(treeOf(cacheFolder())).toEqual(before);
	});

	it("is unpacked anew where the cache was damaged", async () => {
		const path = zip(writeResults(testFolder(), [PLAIN]));
		const { checkpoints } = await findModel(path);
		truncateSync(checkpoints[0]?.path ?? "", 10);
		const again = await findModel(path);
		expect(again.checkpoints).toEqual(checkpoints);
		expect(membersOf(dirname(again.plans)).map(({ data }) => data.length)).not.toContain(10);
	});

	it("of several models needs a choice; a later stage of a cascade brings the stages before", async () => {
		const low = "nnUNetTrainer__nnUNetPlans__3d_lowres";
		const cascade = "nnUNetTrainer__nnUNetPlans__3d_cascade_fullres";
		const folder = writeResults(testFolder(), [`Dataset004_X/${PLAIN}`, `Dataset004_X/${low}`]);
		writeResults(folder, [`Dataset004_X/${cascade}`], {
			folds: [0],
			plans: { configurations: { "3d_cascade_fullres": { inherits_from: "3d_fullres", previous_stage: "3d_lowres" } } },
		});
		const path = zip(folder);
		await expect(modelPath(path)).rejects.toThrow(/has 3 models; it holds 2d .*3d_cascade_fullres .*say which by -c/);
		const chosen = await modelPath({ path: path, configuration: "3d_cascade_fullres" });
		expect(readdirSync(dirname(chosen)).sort()).toEqual([cascade, low]);
	});

	it.each([
		["plans.json", "model.pth"],
		["a/plans.json", "a/fold_all/checkpoint_final.pth"],
		["a/b/c/plans.json", "a/b/c/checkpoints/x.pth"],
	])("with %s and %s holds a model", async (plans, checkpoint) => {
		const path = writeZip(join(testFolder(), "m.zip"), [
			{ name: plans, data: "{}" },
			{ name: plans.replace("plans", "dataset"), data: "{}" },
			{ name: checkpoint, data: "weights" },
			{ name: "__MACOSX/a/._plans.json", data: "" },
		]);
		const found = await findModel(path);
		expect(found.checkpoints).toHaveLength(1);
		expect(basename(found.plans)).toBe("plans.json");
	});

	it("without a model says what it holds", async () => {
		const path = writeZip(join(testFolder(), "m.zip"), [{ name: "fold_0/checkpoint_final.pth", data: "x" }]);
		await expect(findModel(path)).rejects.toMatchObject({
			code: "MODEL",
			message: expect.stringMatching(/holds no model: .*found fold_0\/checkpoint_final\.pth/),
		});
	});

	it("that is damaged leaves nothing in the cache", async () => {
		const members = membersOf(writeResults(testFolder(), [PLAIN])).map((member) => ({
			...member,
			...(member.name.endsWith(".pth") ? { crc: 7 } : {}),
		}));
		const path = writeZip(join(testFolder(), "m.zip"), members);
		await expect(findModel(path)).rejects.toMatchObject({ code: "MODEL", message: expect.stringMatching(/checksum/) });
		expect(treeOf(cacheFolder()).filter((name) => /pth|json|tmp/.test(name))).toEqual([]);
	});

	it("clears away what a process that was killed left, not what another is writing", async () => {
		const path = zip(writeResults(testFolder(), [PLAIN]));
		const model = dirname((await findModel(path)).plans);
		rmSync(model, { recursive: true });
		const host = hostname().replace(/[^\w-]/g, "-");
		const [dead, alive] = [2 ** 22 + 1, process.ppid].map((pid) =>
			join(dirname(model), `.${basename(model)}.${host}.${pid}.7.nnvol-tmp`),
		);
		for (const name of [dead, alive]) mkdirSync(name ?? "");
		await findModel(path);
		expect(readdirSync(dirname(model)).sort()).toEqual([basename(alive ?? ""), basename(model)].sort());
	});

	it("is told where the cache cannot be written", async () => {
		const file = join(testFolder({ file: "" }), "file");
		vi.stubEnv("NNVOL_CACHE", file);
		await expect(findModel(zip(writeResults(testFolder(), [PLAIN])))).rejects.toMatchObject({
			code: "MODEL",
			message: expect.stringMatching(/NNVOL_CACHE/),
		});
	});
});

describe("the cache folder", () => {
	it.each([
		[{ NNVOL_CACHE: "/a", XDG_CACHE_HOME: "/b" }, "linux", "/a"],
		[{ XDG_CACHE_HOME: "/b" }, "linux", join("/b", "nnvol")],
		[{}, "linux", join(".cache", "nnvol")],
		[{}, "darwin", join("Library", "Caches", "nnvol")],
		[{ LOCALAPPDATA: "/l" }, "win32", join("/l", "nnvol", "cache")],
	])("for %j on %s is %s", (env, platform, expected) => {
		expect(cacheFolder(env, platform).endsWith(expected)).toBe(true);
	});
});
