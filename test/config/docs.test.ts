import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { STEP_NAMES } from "../../src/config/decoding/catalogue.ts";
import { withSteps } from "../../src/config/decoding-page.ts";
import { configSchemaJson } from "../../src/config/json-schema.ts";
import { CONFIG_KEYS, fieldsOf } from "../../src/config/key-tree.ts";
import { loadConfig } from "../../src/config/load.ts";
import { configMarkdown } from "../../src/config/markdown.ts";
import { missingKeys } from "../../src/config/required.ts";
import { unbuilt } from "../../src/config/unbuilt.ts";
import { inFolder } from "./folder.ts";

const root = resolve(import.meta.dirname, "..", "..");
const TUTORIAL = join(root, "tutorials", "nnunet_mito_inference.yaml");
const keys = fieldsOf(CONFIG_KEYS).map((field) => field.key);

describe("generated documentation", () => {
	it.each([
		["configuration.md", configMarkdown()],
		["config.schema.json", `${JSON.stringify(configSchemaJson(), null, "\t")}\n`],
	])("docs/%s is up to date (npx tsx scripts/docs-config.ts)", async (name, text) => {
		expect(await readFile(join(root, "docs", name), "utf8")).toBe(text);
	});

	it("docs/decoding.md has the steps as they are (npx tsx scripts/docs-config.ts)", async () => {
		const page = await readFile(join(root, "docs", "decoding.md"), "utf8");
		expect(withSteps(page)).toBe(page);
		for (const name of STEP_NAMES.keys()) expect(page).toContain(`\`${name}\``);
		expect(() => withSteps("no marks")).toThrow(RangeError);
	});

	it("documents every key", () => {
		const page = configMarkdown();
		for (const key of keys) expect(page).toContain(`| \`${key.split(".").at(-1)}\` |`);
	});

	it("shows overrides that work", async () => {
		const rows = [...configMarkdown().matchAll(/^\| `([+~]*(?:system|inference|vars)\.[^`]*)` \| /gm)].map(
			(match) => match[1] ?? "",
		);
		expect(rows.length).toBeGreaterThanOrEqual(10);
		for (const row of rows) {
			const overrides = /flip_axes\.0=/.test(row) ? ["inference.test_time_augmentation.flip_axes=[1,2]", row] : [row];
			const before = row === "~system.seed=7" ? ["system.seed=7"] : [];
			await expect(loadConfig({ overrides: [...before, ...overrides], env: {} })).resolves.toBeDefined();
		}
	});

	it("shows YAML that works", async () => {
		const blocks = [...configMarkdown().matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");
		expect(blocks).toHaveLength(4);
		const files: Record<string, string> = {
			"x/site.yaml": "system: {num_cpus: 2}\n",
			"common/mito.yaml": "",
			"x/common.yaml": "",
			"x/inference/test_time_augmentation/heavy.yaml": "flip_axes: all\n",
		};
		for (const [i, block] of blocks.entries()) files[`x/${i}.yaml`] = block;
		await inFolder(files, async (folder) => {
			const load = async (i: number) => (await loadConfig({ file: join(folder, "x", `${i}.yaml`), env: {} })).config;
			expect((await load(1)).system.num_cpus).toBe(2);
			expect((await load(2)).inference.test_time_augmentation.flip_axes).toBe("all");
			expect((await load(3)).inference.data.output_path).toBe("data/em/out");
		});
	});
});

/** The part of JSON schema that the generated one uses for values: enough to check a configuration against it. */
function allows(schema: unknown, value: unknown): boolean {
	if (typeof schema !== "object" || schema === null) return true;
	const get = (key: string): unknown => Reflect.get(schema, key);
	const anyOf = get("anyOf");
	if (Array.isArray(anyOf)) return anyOf.some((option) => allows(option, value));
	if (get("const") !== undefined) return get("const") === value;
	const options = get("enum");
	if (Array.isArray(options)) return options.includes(value);
	const type = get("type");
	const types = Array.isArray(type) ? type : [type];
	if (type !== undefined && !types.some((name) => isOfType(name, value))) return false;
	const pattern = get("pattern");
	if (typeof value === "string" && typeof pattern === "string") return new RegExp(pattern).test(value);
	if (Array.isArray(value)) return value.every((item) => allows(get("items"), item));
	const properties = get("properties");
	if (typeof value !== "object" || value === null || typeof properties !== "object" || properties === null) return true;
	return Object.entries(value).every(
		([key, item]) => Object.hasOwn(properties, key) && allows(Reflect.get(properties, key), item),
	);
}

function isOfType(name: unknown, value: unknown): boolean {
	if (name === "integer") return Number.isInteger(value);
	if (name === "array") return Array.isArray(value);
	if (name === "null") return value === null;
	return name === "object"
		? typeof value === "object" && value !== null && !Array.isArray(value)
		: typeof value === name;
}

describe("the tutorial", () => {
	it("sets and comments every key of the schema", async () => {
		const { origins } = await loadConfig({ file: TUTORIAL, env: {} });
		expect(keys.filter((key) => origins.get(key) === "default")).toEqual([]);
		const lines = (await readFile(TUTORIAL, "utf8")).split("\n");
		const bare = lines.filter(
			(line, i) => /^\s*\w+:/.test(line) && !line.includes(" # ") && !/^\s*#/.test(lines[i - 1] ?? ""),
		);
		expect(bare).toEqual([]);
	});

	it("is the mitochondria case, and lacks nothing in any mode", async () => {
		const { config } = await loadConfig({ file: TUTORIAL, env: {} });
		expect(config.inference.test_time_augmentation).toMatchObject({
			flip_axes: [[1], [2], [1, 2]],
			act: "softmax",
			select_channel: 1,
		});
		expect(config.inference.postprocessing).toEqual({
			binary: { enabled: true, threshold: 0.5, remove_small_objects: 100, fill_holes: true },
			decoding: [],
			instance_dtype: "auto",
			object_table: null,
			intensity_scale: 255,
			intensity_dtype: "uint8",
		});
		expect(config.inference.volume_mode).toMatchObject({
			output_suffix: "mito_seg",
			file_pattern: ["examples/mito/images/*.png"],
		});
		expect(config.model.nnunet_checkpoint).toBe("examples/mito/checkpoints/mito_semantic_2d.pth");
		expect(unbuilt(config)).toEqual([]);
		for (const mode of ["infer", "infer-volume", "test"] as const) expect(missingKeys(config, mode)).toEqual([]);
	});

	it("takes inputs from the environment or from its variables", async () => {
		const fromEnv = await loadConfig({ file: TUTORIAL, env: { NNVOL_INPUT: "v/*.h5", NNVOL_OUTPUT: "o" } });
		expect(fromEnv.config.inference.data).toMatchObject({ input_path: ["v/*.h5"], output_path: "o" });
		const fromArgument = await loadConfig({ file: TUTORIAL, overrides: ["vars.input=w/*.h5"], env: {} });
		expect(fromArgument.config.data.test.image).toEqual(["w/*.h5"]);
	});

	it("shares a list between processes as the documentation says", async () => {
		const overrides = ["inference.volume_mode.start_index=2", "inference.volume_mode.step=4", "system.device=cuda:2"];
		const { config } = await loadConfig({ file: TUTORIAL, overrides, env: {} });
		expect([config.inference.volume_mode.start_index, config.inference.volume_mode.step, config.system.device]).toEqual(
			[2, 4, "cuda:2"],
		);
	});

	it("satisfies the JSON schema for editors, which refuses a misspelt key and a wrong value", async () => {
		const schema = configSchemaJson();
		const plain: unknown = parse(await readFile(TUTORIAL, "utf8"));
		expect(allows(schema, plain)).toBe(true);
		expect(allows(schema, { system: { sed: 1 } })).toBe(false);
		expect(allows(schema, { system: { seed: "x" } })).toBe(false);
		expect(allows(schema, { inference: { data: { output_format: "jpg" } } })).toBe(false);
	});
});
