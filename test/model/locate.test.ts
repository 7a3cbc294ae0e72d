import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findModel } from "../../src/model/locate.ts";

let root = "";
beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), "nnvol-locate-"));
});
afterEach(async () => {
	await rm(root, { recursive: true });
});

/** Empty files under the root. */
async function files(...paths: readonly string[]): Promise<void> {
	for (const path of paths) {
		await mkdir(dirname(join(root, path)), { recursive: true });
		await writeFile(join(root, path), "");
	}
}
const at = (...parts: readonly string[]) => join(root, ...parts);
const JSONS = ["plans.json", "dataset.json"];
const final = (fold: string) => `fold_${fold}/checkpoint_final.pth`;

describe("findModel", () => {
	it("takes a checkpoint with its files beside it", async () => {
		await files("a.pth", ...JSONS);
		const expected = {
			plans: at("plans.json"),
			dataset: at("dataset.json"),
			checkpoints: [{ fold: "a", path: at("a.pth") }],
		};
		expect(await findModel(at("a.pth"))).toEqual(expected);
		expect(await findModel(root)).toEqual(expected);
	});

	it("takes a folder whose subfolder checkpoints holds the model", async () => {
		await files("checkpoints/a.pth", "checkpoints/plans.json", "checkpoints/dataset.json");
		expect(await findModel(root)).toMatchObject({
			plans: at("checkpoints", "plans.json"),
			checkpoints: [{ fold: "a", path: at("checkpoints", "a.pth") }],
		});
	});

	it("takes a checkpoint in a fold, and the fold's folder, with the files one folder up", async () => {
		await files(final("3"), "fold_3/checkpoint_best.pth", ...JSONS);
		const expected = { plans: at("plans.json"), checkpoints: [{ fold: "3", path: at(final("3")) }] };
		expect(await findModel(at(final("3")))).toMatchObject(expected);
		expect(await findModel(at("fold_3"))).toMatchObject(expected);
	});

	it("takes every numbered fold in order, those without a checkpoint and fold_all left out", async () => {
		await files(final("10"), final("2"), final("all"), "fold_0/debug.json", ...JSONS);
		const folds = async (options = {}) => (await findModel(root, options)).checkpoints.map(({ fold }) => fold);
		expect(await folds()).toEqual(["2", "10"]);
		expect(await folds({ folds: [10] })).toEqual(["10"]);
		expect(await folds({ folds: ["all"] })).toEqual(["all"]);
	});

	it("takes fold_all where it is alone", async () => {
		await files(final("all"), ...JSONS);
		expect((await findModel(root)).checkpoints).toEqual([{ fold: "all", path: at(final("all")) }]);
	});

	it("takes checkpoints of another name where asked", async () => {
		await files(final("0"), "fold_0/checkpoint_best.pth", "fold_1/checkpoint_best.pth", ...JSONS);
		const { checkpoints } = await findModel(root, { checkpointName: "checkpoint_best.pth" });
		expect(checkpoints.map(({ path }) => path)).toEqual([
			at("fold_0/checkpoint_best.pth"),
			at("fold_1/checkpoint_best.pth"),
		]);
	});

	it("lets explicit paths win", async () => {
		await files("m/a.pth", "m/plans.json", "other/p.json", "other/d.json");
		const found = await findModel(at("m", "a.pth"), { plans: at("other/p.json"), dataset: at("other/d.json") });
		expect(found).toMatchObject({ plans: at("other/p.json"), dataset: at("other/d.json") });
	});
});

describe("findModel refuses", () => {
	const refused = (path: string, options = {}) => expect(findModel(path, options)).rejects;

	it("a path that is not there", async () => {
		await refused(at("none")).toMatchObject({ code: "MODEL", message: expect.stringMatching(/does not exist/) });
	});

	it("a file named as a zip that is none", async () => {
		await files("model.zip");
		await refused(at("model.zip")).toMatchObject({
			code: "MODEL",
			message: expect.stringMatching(/model\.zip: .*no ZIP end record/),
		});
	});

	it("a missing fold, listing what is there", async () => {
		await files(final("0"), final("all"), ...JSONS);
		await refused(root, { folds: [0, 4] }).toMatchObject({
			code: "MODEL",
			message: expect.stringMatching(/no fold 4 .* has the folds 0, all/),
		});
	});

	it("folds asked of a single checkpoint", async () => {
		await files("a.pth", ...JSONS);
		await refused(at("a.pth"), { folds: [1] }).toThrow(/single checkpoint/);
	});

	it("folds that have only the best checkpoint, naming the option", async () => {
		await files("fold_1/checkpoint_best.pth", "fold_2/x", ...JSONS);
		await refused(root).toThrow(
			/none of fold_1, fold_2 holds checkpoint_final\.pth; .*\(folds 1\): use it with --checkpoint-name checkpoint_best\.pth/,
		);
		await refused(root, { checkpointName: "mine.pth" }).toThrow(/holds mine\.pth; is the training finished/);
	});

	it("missing plans or dataset, naming where they were looked for", async () => {
		await files("m/a.pth", "m/plans.json");
		await refused(at("m", "a.pth")).toThrow(
			`dataset.json is missing: looked for ${at("m", "dataset.json")} and ${at("dataset.json")}`,
		);
		await refused(at("m", "a.pth"), { dataset: at("x.json") }).toThrow(
			/x\.json \(given as dataset\.json\) does not exist/,
		);
	});

	it("a model of version 1", async () => {
		await files("fold_0/model.pth", "plans.pkl");
		await refused(at("fold_0/model.pth")).toThrow(/nnU-Net v1/);
	});

	it("several checkpoints without folds, an empty folder, a folder of models", async () => {
		await files("two/a.pth", "two/b.pth", "two/plans.json", "many/x/plans.json", "many/y/plans.json");
		await mkdir(at("empty"));
		await refused(at("two")).toThrow(/holds 2 checkpoints \(a\.pth, b\.pth\); name one/);
		await refused(at("empty")).toThrow(/found an empty folder/);
		await refused(at("many")).toThrow(/the models x, y; name one of them/);
	});
});
