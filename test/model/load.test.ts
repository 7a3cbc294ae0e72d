import { createHash } from "node:crypto";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeModel } from "../../src/model/describe.ts";
import { checkpointFacts } from "../../src/model/facts.ts";
import { loadModel } from "../../src/model/load.ts";
import { findModel } from "../../src/model/locate.ts";
import { GRAPH_FIXTURES } from "../graph/fixtures.ts";
import { sharedPath } from "../shared.ts";

let folder = "";
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), "nnvol-load-"));
	await cp(join(GRAPH_FIXTURES, "residual_3d_batch_norm"), folder, { recursive: true });
});
afterEach(async () => {
	await rm(folder, { recursive: true });
});

describe("loadModel", () => {
	it("joins plans, dataset and checkpoint", async () => {
		const { spec, folds } = await loadModel(await findModel(folder));
		expect(spec).toMatchObject({ trainer: "nnUNetTrainerBN", configuration: "residual", mirrorAxes: [0, 1, 2] });
		expect(folds.map(({ name }) => name)).toEqual(["model"]);
		expect((await folds[0]?.weights())?.get("encoder.stem.convs.0.norm.running_var")?.shape).toEqual([4]);
	});

	it("finds weights that do not belong to the plans", async () => {
		const plans = join(folder, "plans.json");
		await writeFile(
			plans,
			(await readFile(plans, "utf8")).replace('"features_per_stage": [4, 6, 8]', '"features_per_stage": [4, 6, 9]'),
		);
		const { folds } = await loadModel(await findModel(folder));
		await expect(folds[0]?.weights()).rejects.toMatchObject({
			code: "MODEL",
			message: expect.stringMatching(/expect the shape 9x6x3x3x3, found 8x6x3x3x3/),
		});
	});

	it("refuses folds of another configuration", async () => {
		const files = await findModel(folder);
		const other = join(GRAPH_FIXTURES, "plain_2d", "model.pth");
		const model = await loadModel({ ...files, checkpoints: [...files.checkpoints, { fold: "1", path: other }] });
		await expect(model.folds[1]?.weights()).rejects.toMatchObject({
			code: "MODEL",
			message: expect.stringMatching(
				/trained with the configuration plain, the first fold with residual; folds of one model must agree/,
			),
		});
	});
});

describe("describeModel", () => {
	it("tells parameters and checksums", async () => {
		const told = await describeModel(await loadModel(await findModel(folder)));
		const sha256 = createHash("sha256")
			.update(await readFile(join(folder, "model.pth")))
			.digest("hex");
		expect(told).toMatchObject({
			network: "ResidualEncoderUNet",
			parameters: { total: 11138, trainable: 11138 },
			folds: [{ name: "model", path: join(folder, "model.pth"), sha256 }],
		});
		expect(JSON.parse(JSON.stringify(told))).toEqual(told);
	});

	const mito = sharedPath("fixtures", "models", "mito2d");
	it.skipIf(mito === undefined)("knows the folds of a trained model (needs ../shared)", async () => {
		const told = await describeModel(await loadModel(await findModel(mito ?? "")));
		expect(told.folds.map(({ name }) => name)).toEqual(["0", "1"]);
		expect(told.network).toBe("PlainConvUNet");
	});
});

describe("checkpointFacts", () => {
	const good = [
		["trainer_name", "T"],
		["init_args", new Map([["configuration", "2d"]])],
	] as const;

	it("reads None and missing mirroring axes as none, and sorts the others", () => {
		const axes = (...value: readonly unknown[]) =>
			checkpointFacts(
				new Map<unknown, unknown>([...good, ...value.map((v) => ["inference_allowed_mirroring_axes", v] as const)]),
				"m",
			).mirrorAxes;
		expect([axes(), axes(null), axes([]), axes([1, 0, 1])]).toEqual([[], [], [], [0, 1]]);
		expect(() => axes("01")).toThrow(/list of axes or None/);
		expect(() => axes([0.5])).toThrow(/list of axes or None/);
	});

	it("notices running statistics among the weights", () => {
		const weights = (...names: readonly unknown[]) =>
			checkpointFacts(
				new Map<unknown, unknown>([...good, ["network_weights", new Map(names.map((name) => [name, 0]))]]),
				"m",
			).tracksNorms;
		expect(weights("module.encoder.stem.convs.0.norm.running_mean")).toBe(true);
		expect(weights("encoder.stem.convs.0.norm.weight", 7)).toBe(false);
		expect(checkpointFacts(new Map<unknown, unknown>(good), "m").tracksNorms).toBe(false);
	});

	it("says what a foreign checkpoint is", () => {
		const v1 = new Map<unknown, unknown>([
			["epoch", 1],
			["state_dict", new Map()],
		]);
		expect(() => checkpointFacts(v1, "m.pth")).toThrow(
			/m\.pth looks like a checkpoint of nnU-Net v1.*found epoch, state_dict/,
		);
		expect(() => checkpointFacts(new Map(), "m.pth")).toThrow(/no checkpoint of nnU-Net v2/);
		const numbered = new Map<unknown, unknown>([...good, ["init_args", new Map([["configuration", 2]])]]);
		expect(() => checkpointFacts(numbered, "m.pth")).toThrow(/init_args\.configuration must be a name/);
	});
});
