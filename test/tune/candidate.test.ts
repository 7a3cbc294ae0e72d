import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { bestYaml } from "../../src/tune/best-file.ts";
import { basePoint, candidateOf, searched } from "../../src/tune/candidate.ts";
import { parseSpace } from "../../src/tune/parse-space.ts";
import { makeSampler, searchPlan } from "../../src/tune/search-plan.ts";
import { drawPoint } from "../../src/tune/space.ts";
import { testFolder } from "../folder.ts";

const load = async (...overrides: string[]) => (await loadConfig({ overrides, env: {} })).config;
const STEPS = "inference.postprocessing.decoding=[{name: decode_binary_watershed, kwargs: {threshold: 0.4}}]";
const ROOT = "inference.postprocessing.";

describe("candidateOf", () => {
	it("puts values in where they belong and leaves the rest", async () => {
		const base = (await load(STEPS, "inference.postprocessing.binary.fill_holes=true")).inference.postprocessing;
		const found = candidateOf(base, {
			[`${ROOT}binary.threshold`]: 0.3,
			[`${ROOT}decoding.0.kwargs.seed_threshold`]: 0.8,
		});
		expect(found.binary).toEqual({ enabled: false, threshold: 0.3, remove_small_objects: 0, fill_holes: true });
		expect(found.decoding).toEqual([
			{ name: "decode_binary_watershed", kwargs: { threshold: 0.4, seed_threshold: 0.8 } },
		]);
		expect(base.binary.threshold).toBe(0.5);
		expect(base.decoding).toEqual([{ name: "decode_binary_watershed", kwargs: { threshold: 0.4 } }]);
	});

	it("fills lists within steps, entry by entry", async () => {
		const base = (await load("inference.postprocessing.decoding=[{name: bcd_watershed}]")).inference.postprocessing;
		const kwargs = `${ROOT}decoding.0.kwargs.binary_threshold`;
		expect(candidateOf(base, { [`${kwargs}.0`]: 0.8, [`${kwargs}.1`]: 0.6 }).decoding).toEqual([
			{ name: "bcd_watershed", kwargs: { binary_threshold: [0.8, 0.6] } },
		]);
	});

	it.each([
		[{ [`${ROOT}binary.remove_small_objects`]: 0.5 }, /is no post-processing: .*binary\.remove_small_objects/],
		[{ [`${ROOT}decoding.1.kwargs.threshold`]: 0.5 }, /there is no entry 1, the configuration has 1; name the steps/],
		[{ [`${ROOT}decoding.0.kwargs.sed_threshold`]: 0.5 }, /sed_threshold/],
		[{ [`${ROOT}binary.threshold.x`]: 0.5 }, /the configuration has one value above x, not a map/],
		[{ [`${ROOT}binari.threshold`]: 0.5 }, /is no post-processing/],
	])("refuses %j", async (point, text) => {
		const base = (await load(STEPS)).inference.postprocessing;
		expect(() => candidateOf(base, point)).toThrow(text);
		expect(() => candidateOf(base, point)).toThrow(expect.objectContaining({ code: "CONFIG" }));
	});

	it("turns masks on where they are searched, and tells the configuration's own point", async () => {
		const base = (await load(STEPS)).inference.postprocessing;
		const space = parseSpace({ "binary.threshold": [0, 1, 0.1], "decoding.0.kwargs.min_size": [0, 9, 1] });
		expect(searched(base, space).binary.enabled).toBe(true);
		expect(searched(base, space.slice(1)).binary.enabled).toBe(false);
		expect(basePoint(base, space)).toEqual({ [`${ROOT}binary.threshold`]: 0.5 });
	});
});

describe("best.yaml", () => {
	it("laid over the configuration gives the post-processing that was found", async () => {
		const base = (await load(STEPS)).inference.postprocessing;
		const space = parseSpace({
			"binary.threshold": [0, 1, 0.05],
			"decoding.0.kwargs.threshold": [0, 1],
			"decoding.0.kwargs.min_size": { type: "int", range: [1, 900], log: true },
		});
		const numbers = fc.array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), {
			minLength: 3,
			maxLength: 3,
		});
		await fc.assert(
			fc.asyncProperty(numbers, async (draws) => {
				const folder = testFolderOnce();
				let n = 0;
				const found = candidateOf(
					searched(base, space),
					drawPoint(space, () => draws[n++ % 3] ?? 0),
				);
				const { writeFile } = await import("node:fs/promises");
				await writeFile(join(folder, "best.yaml"), bestYaml(found, space, ["dice 0.9", "two\nlines"]));
				const loaded = await loadConfig({
					overrides: [STEPS].slice(1),
					params: join(folder, "best.yaml"),
					file: join(folder, "c.yaml"),
					env: {},
				});
				expect(loaded.config.inference.postprocessing).toEqual(found);
			}),
			{ numRuns: 20 },
		);
	});
});

let folder: string | undefined;
function testFolderOnce(): string {
	folder ??= testFolder({
		"c.yaml":
			"inference:\n  postprocessing:\n    decoding: [{name: decode_binary_watershed, kwargs: {threshold: 0.4}}]\n",
	});
	return folder;
}

describe("searchPlan", () => {
	const SPACE = "tune.space={binary.threshold: [0.3, 0.7, 0.05]}";

	it("has Optuna's and our defaults", async () => {
		const plan = searchPlan(await load(SPACE));
		expect(plan).toMatchObject({
			objective: { metric: "dice", direction: "maximize" },
			sampler: { name: "TPE", startup: 10, candidates: 24 },
			seed: 42,
			trials: 100,
			notes: [],
			warnings: [],
		});
		expect(plan.time).toBeUndefined();
		expect(searchPlan(await load(SPACE, "tune.sampler=grid")).trials).toBeUndefined();
		expect(searchPlan(await load(SPACE, STEPS)).objective).toEqual({ metric: "adapted_rand", direction: "minimize" });
	});

	it("takes sampler, budget and objective as PyTorch Connectomics writes them", async () => {
		const config = await load(
			SPACE,
			"tune.sampler={name: RandomSampler, kwargs: {seed: 7, group: true}}",
			"tune.optimization={mode: single, single_objective: {metric: jaccard, direction: minimize}}",
			"tune.n_trials=9",
			"tune.timeout=30",
			"tune.pruner={enabled: false}",
		);
		const plan = searchPlan(config);
		expect(plan).toMatchObject({ sampler: { name: "Random" }, seed: 7, trials: 9, time: 30_000 });
		expect(plan.objective).toEqual({ metric: "iou", direction: "minimize" });
		expect(plan.warnings).toEqual([expect.stringContaining("iou is better the higher it is")]);
		expect(plan.notes.join("\n")).toMatch(/group of no effect[\s\S]*tune\.pruner has no effect/);
		expect(searchPlan(config, { trials: 3, time: 5 })).toMatchObject({ trials: 3, time: 5 });
		const point = makeSampler(plan)({ trial: 1, tried: [], taken: new Set() });
		expect(Object.keys(point ?? {})).toEqual([`${ROOT}binary.threshold`]);
	});

	it.each([
		[["tune.metric=dicee"], "CONFIG", /tune\.metric: dicee is not known; expected one of dice, iou/],
		[["tune.metric=dice", "tune.optimization={single_objective: {metric: iou}}"], "CONFIG", /both say what/],
		[["tune.optimization={mode: multi}"], "UNBUILT", /mode=multi is not built/],
		[["tune.sampler=CmaEs"], "UNBUILT", /CmaEs is not built; TPE, Random and Grid are/],
		[
			["tune.sampler={name: TPE, kwargs: {n_startup_trials: 0}}"],
			"CONFIG",
			/n_startup_trials: expected a whole number/,
		],
		[["tune.sampler=Grid", "+tune.space.binary.threshold=[0, 1]"], "CONFIG", /Grid needs a step for each number/],
		[["+tune.space.binary.remove_small_objects=[0, 1.5, 0.5]"], "CONFIG", /remove_small_objects/],
	] as const)("refuses %j", async (overrides, code, text) => {
		const space = overrides.some((one) => one.startsWith("+tune.space.binary.threshold")) ? [] : [SPACE];
		const config = await load(...space, ...overrides);
		expect(() => searchPlan(config)).toThrow(text);
		expect(() => searchPlan(config)).toThrow(expect.objectContaining({ code }));
	});

	it("refuses a search of nothing", async () => {
		const config = await load();
		expect(() => searchPlan(config)).toThrow(/nothing to search: name parameters in tune\.space/);
	});
});

describe("parameter_space", () => {
	it("is read as PyTorch Connectomics writes it", async () => {
		const config = await load(
			`tune.parameter_space=${JSON.stringify({
				decoding: {
					function_name: "decode_instance_binary_contour_distance",
					defaults: {
						binary_threshold: [0.9, 0.85],
						contour_threshold: [0.8, 1.1],
						distance_threshold: [0.5, -0.5],
						min_instance_size: 30,
					},
					parameters: {
						binary_threshold_seed: {
							type: "float",
							range: [0.7, 0.99],
							step: 0.01,
							param_group: "binary_threshold",
							tuple_index: 0,
							description: "seeds",
						},
						min_instance_size: { type: "int", range: [10, 200], step: 10 },
					},
				},
				postprocessing: {
					enabled: true,
					function_name: "remove_small_instances",
					defaults: { thres_small: 100 },
					parameters: { thres_small: { type: "int", range: [50, 500], step: 50 } },
				},
			})}`,
		);
		const plan = searchPlan(config);
		expect(plan.space.map(({ key }) => key)).toEqual([
			`${ROOT}decoding.0.kwargs.binary_threshold.0`,
			`${ROOT}decoding.0.kwargs.min_instance_size`,
			`${ROOT}decoding.1.kwargs.thres_small`,
		]);
		expect(plan.objective).toEqual({ metric: "adapted_rand", direction: "minimize" });
		expect(plan.point).toEqual({
			[`${ROOT}decoding.0.kwargs.binary_threshold.0`]: 0.9,
			[`${ROOT}decoding.0.kwargs.min_instance_size`]: 30,
			[`${ROOT}decoding.1.kwargs.thres_small`]: 100,
		});
		const found = candidateOf(plan.base, { ...plan.point, [`${ROOT}decoding.0.kwargs.binary_threshold.0`]: 0.75 });
		expect(found.decoding).toMatchObject([
			{ kwargs: { binary_threshold: [0.75, 0.85] } },
			{ name: "remove_small_instances" },
		]);
	});

	it.each([
		["tune.parameter_space={decodings: {}}", /tune\.parameter_space/],
		[
			"tune.parameter_space={decoding: {function_name: decode_abiss, parameters: {a: {type: float, range: [0, 1]}}}}",
			/decode_abiss/,
		],
	])("refuses %s", async (override, text) => {
		const config = await load(override);
		expect(() => searchPlan(config)).toThrow(text);
	});
});
