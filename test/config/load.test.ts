import { createHash } from "node:crypto";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { inFolder } from "./folder.ts";

const hashes = async (...overrides: string[]) => {
	const { hash, resultHash } = await loadConfig({ overrides, env: {} });
	return { hash, resultHash };
};

describe("loadConfig", () => {
	it("lays parameters over the file and below the arguments", async () => {
		const files = {
			"a.yaml": "system: {seed: 1, num_cpus: 1, num_gpus: 0}\n",
			"p.yaml": "system: {seed: 2, num_cpus: 2}\n",
		};
		await inFolder(files, async (folder) => {
			const [file, params] = [join(folder, "a.yaml"), join(folder, "p.yaml")];
			const result = await loadConfig({ file, params, overrides: ["system.num_cpus=3"], env: {} });
			expect(result.config.system).toMatchObject({ seed: 2, num_cpus: 3, num_gpus: 0 });
			expect(result.origins.get("system.seed")).toBe(`${params}:1`);
			expect(result.files).toEqual([file, params]);
			expect((await loadConfig({ params, env: {} })).config.system.seed).toBe(2);
		});
	});

	it("composes, overrides, interpolates and validates in this order", async () => {
		const files = {
			"a.yaml": "_base_: b.yaml\nsystem:\n  seed: 5\nvars: {n: 2}\n",
			"b.yaml":
				"inference:\n  volume_mode:\n    start_index: $" +
				"{vars.n}\n    step: $" +
				"{env:STEP}\nsystem: {num_cpus: 8}\n",
		};
		await inFolder(files, async (folder) => {
			const a = join(folder, "a.yaml");
			const b = join(folder, "b.yaml");
			const result = await loadConfig({ file: a, overrides: ["vars.n=3", "system.device=cpu"], env: { STEP: "4" } });
			expect(result.config.inference.volume_mode).toMatchObject({ start_index: 3, step: 4 });
			expect(result.config.system).toEqual({
				num_gpus: 1,
				num_cpus: 8,
				memory: null,
				seed: 5,
				device: "cpu",
				inference: { batch_size: 1 },
			});
			const origins = [
				"system.seed",
				"system.num_cpus",
				"system.device",
				"system.num_gpus",
				"inference.volume_mode.start_index",
			];
			expect(origins.map((key) => result.origins.get(key))).toEqual([
				`${a}:3`,
				`${b}:5`,
				"argument 'system.device=cpu'",
				"default",
				`${b}:3`,
			]);
			expect(result.files).toEqual([b, a]);
			expect(result.env).toEqual(["STEP"]);
		});
	});

	it("takes an empty file for all defaults", async () => {
		await inFolder({ "a.yaml": "\n" }, async (folder) => {
			const file = join(folder, "a.yaml");
			expect((await loadConfig({ file, env: {} })).config).toEqual((await loadConfig({ env: {} })).config);
		});
	});

	it("takes empty sections for all defaults", async () => {
		await inFolder({ "a.yaml": "system:\ninference:\n  data: null\nmodel: ~\n" }, async (folder) => {
			const file = join(folder, "a.yaml");
			expect((await loadConfig({ file, env: {} })).config).toEqual((await loadConfig({ env: {} })).config);
		});
	});

	it("lets references reach defaults, and keep their type", async () => {
		const reference = "$" + "{system.seed}";
		const { config } = await loadConfig({
			overrides: [`inference.volume_mode.start_index=${reference}`, `+vars.a=x${reference}`],
			env: {},
		});
		expect(config.inference.volume_mode.start_index).toBe(42);
		expect(config.vars).toEqual({ a: "x42" });
	});

	it("names both places of a value that comes from a file and an argument", async () => {
		await inFolder({ "a.yaml": "inference: {test_time_augmentation: {flip_axes: [[1], [2]]}}\n" }, async (folder) => {
			const file = join(folder, "a.yaml");
			const argument = "inference.test_time_augmentation.flip_axes.1=[0]";
			const result = await loadConfig({ file, overrides: [argument], env: {} });
			expect(result.origins.get("inference.test_time_augmentation.flip_axes")).toBe(
				`${file}:1, argument '${argument}'`,
			);
			expect(result.config.inference.test_time_augmentation.flip_axes).toEqual([[1], [0]]);
		});
	});

	it("hashes the values, not the way they were written", async () => {
		const { hash } = await hashes();
		expect(hash).toMatch(/^[0-9a-f]{64}$/);
		expect(await hashes("system.seed=42", "+vars.x=1")).toEqual(await hashes());
		expect((await hashes("system.seed=43")).hash).not.toBe(hash);
		expect(hash).not.toBe(createHash("sha256").update("{}").digest("hex"));
	});

	it("hashes apart what changes the result", async () => {
		const { resultHash } = await hashes();
		const run = [
			"system.num_cpus=1",
			"inference.volume_mode.start_index=1",
			"inference.data.output_path=x",
			"model.nnunet_checkpoint=y",
			"inference.sliding_window.sw_batch_size=1",
		];
		for (const override of run) expect([override, (await hashes(override)).resultHash]).toEqual([override, resultHash]);
		const result = [
			"model.folds=0",
			"inference.sliding_window.overlap=0.25",
			"inference.test_time_augmentation.act=softmax",
			"inference.statistics=volume",
			"inference.postprocessing.binary.enabled=true",
		];
		for (const override of result) expect((await hashes(override)).resultHash).not.toBe(resultHash);
	});
});
