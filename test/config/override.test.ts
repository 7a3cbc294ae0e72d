import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { nodeOf, plainOf } from "../../src/config/node.ts";
import { type Override, overrideOf, parseOverride, printOverride } from "../../src/config/override.ts";
import { keyNames, plainValues, texts } from "./arbitrary.ts";

const load = async (...overrides: string[]) => (await loadConfig({ overrides, env: {} })).config;

describe("parseOverride", () => {
	it.each<readonly [string, unknown]>([
		["a.b=1", 1],
		["a.b=1e-3", 0.001],
		["a.b=", null],
		["a.b=null", null],
		["a.b=true", true],
		["a.b=yes", "yes"],
		["a.b=1_000", "1_000"],
		["a.b=012", 12],
		["a.b=0x10", 16],
		["a.b=-0", 0],
		["a.b='007'", "007"],
		['a.b="x=y"', "x=y"],
		["a.b=x=y", "x=y"],
		["a.b=[1,2]", [1, 2]],
		["a.b=[[1],[1,2]]", [[1], [1, 2]]],
		["a.b={a: 1, b: [x]}", { a: 1, b: ["x"] }],
		["a.b={}", {}],
		["a.b={stem}_{suffix}", "{stem}_{suffix}"],
		["a.b=*.h5", "*.h5"],
		["a.b=cuda:0", "cuda:0"],
		["a.b=C:\\data # 1", "C:\\data # 1"],
		["a.b=%@`!&|>", "%@`!&|>"],
		["a.b=2026-11-23", "2026-11-23"],
		["a.b=1e999", "1e999"],
	])("reads the value of %s", async (text, value) => {
		const override = await parseOverride(text);
		expect(override.path).toEqual(["a", "b"]);
		expect(override.value && plainOf(override.value)).toEqual(value);
	});

	it.each([
		["a=1", "set", ["a"]],
		["+a.b=1", "add", ["a", "b"]],
		["++a.b=1", "force", ["a", "b"]],
		["~a.b", "delete", ["a", "b"]],
		["a[0].b=1", "set", ["a", "0", "b"]],
		["a.0.b=1", "set", ["a", "0", "b"]],
	] as const)("reads the kind and the key of %s", async (text, kind, path) => {
		expect(await parseOverride(text)).toMatchObject({ kind, path });
	});

	it("reads back what printOverride writes", async () => {
		const kinds = fc.constantFrom("set" as const, "add" as const, "force" as const, "delete" as const);
		const paths = fc.array(keyNames, { minLength: 1, maxLength: 4 });
		await fc.assert(
			fc.asyncProperty(kinds, paths, plainValues, async (kind, path, value) => {
				const origin = { kind: "default" } as const;
				const override: Override = { kind, path, value: nodeOf(value), origin };
				const back = await parseOverride(printOverride(override));
				expect(back.kind).toBe(kind);
				expect(back.path).toEqual(path);
				expect(back.value && plainOf(back.value)).toEqual(value);
			}),
		);
	});
});

describe("overrides in a configuration", () => {
	it("set, add, force and take away", async () => {
		expect((await load("system.seed=7")).system.seed).toBe(7);
		expect((await load("++system.seed=7", "++vars.x=1")).vars).toEqual({ x: 1 });
		expect((await load("system.seed=7", "~system.seed")).system.seed).toBe(42);
		expect((await load("system.seed=7", "~system.seed=7")).system.seed).toBe(42);
		expect((await load("+vars.root.deep=/data")).vars).toEqual({ root: { deep: "/data" } });
		expect((await load("~inference")).inference.sliding_window.overlap).toBe(0.5);
	});

	it("apply in order, the last winning", async () => {
		expect((await load("system.seed=1", "system.seed=2")).system.seed).toBe(2);
	});

	it("reach into lists", async () => {
		const flips = "inference.test_time_augmentation.flip_axes";
		expect((await load(`${flips}=[[1],[2]]`, `${flips}.0=[1,2]`)).inference.test_time_augmentation.flip_axes).toEqual([
			[1, 2],
			[2],
		]);
		expect((await load(`${flips}=[[1]]`, `+${flips}.1=[2]`)).inference.test_time_augmentation.flip_axes).toEqual([
			[1],
			[2],
		]);
		expect((await load(`${flips}=[[1],[2]]`, `~${flips}.0`)).inference.test_time_augmentation.flip_axes).toEqual([[2]]);
	});

	it("merge maps into maps", async () => {
		const config = await load(
			"inference.statistics={mean: 1, std: 2}",
			"inference.statistics={std: 3}",
			"inference={data: {output_path: o}}",
		);
		expect(config.inference.statistics).toEqual({ mean: [1], std: [3] });
		expect(config.inference.data).toMatchObject({ input_path: null, output_format: "h5", output_path: "o" });
	});

	it("made by overrideOf set any text", async () => {
		const any = texts.filter((text) => text !== "");
		await fc.assert(
			fc.asyncProperty(any, async (text) => {
				const config = await load(overrideOf("model.nnunet_checkpoint", text));
				expect(config.model.nnunet_checkpoint).toBe(text);
			}),
			{ numRuns: 40 },
		);
		expect((await load(overrideOf("model.nnunet_checkpoint", "[$" + "{x}]{a: 1}"))).model.nnunet_checkpoint).toBe(
			"[$" + "{x}]{a: 1}",
		);
	});

	it("give keys for text what was written", async () => {
		expect((await load("inference.volume_mode.output_suffix=007")).inference.volume_mode.output_suffix).toBe("007");
		expect((await load("inference.data.output_path=1e3")).inference.data.output_path).toBe("1e3");
	});
});
