import { describe, expect, it } from "vitest";
import { CATALOGUE, STEP_NAMES, stepSchema } from "../../src/config/decoding/catalogue.ts";
import { type DecodeStep, isChain, parseDecoding } from "../../src/decode/step.ts";

const watershed = (kwargs: Record<string, unknown>) => [{ name: "decode_binary_watershed", kwargs }];
const graph = (nodes: readonly unknown[], output?: unknown) => ({
	graph: { nodes, ...(output === undefined ? {} : { output }) },
});

/** The steps of a list in order. */
const stepsOf = (raw: unknown): readonly DecodeStep[] => parseDecoding(raw).nodes.map(({ step }) => step);

describe("parseDecoding of a list", () => {
	it("fills in what was left out", () => {
		expect(stepsOf(watershed({ min_seed_size: 50 }))).toEqual([
			{
				name: "decode_binary_watershed",
				kwargs: {
					channel: 0,
					threshold: 0.5,
					seed_threshold: 0.9,
					min_seed_size: 50,
					min_size: 0,
					connectivity: 26,
					sectionwise: null,
				},
			},
		]);
	});

	it("is at rest with what it gave", () => {
		for (const name of STEP_NAMES.keys()) {
			const takes = CATALOGUE.get(STEP_NAMES.get(name) ?? "")?.takes ?? [];
			const before = takes.includes("objects") ? [{ name: "decode_binary_cc" }] : [];
			const after =
				CATALOGUE.get(STEP_NAMES.get(name) ?? "")?.gives === "channels" ? [{ name: "decode_binary_cc" }] : [];
			const steps = stepsOf([...before, { name }, ...after]);
			expect(stepsOf(steps)).toEqual(steps);
			for (const step of steps) expect(stepSchema.parse(step)).toEqual(step);
		}
	});

	it("takes other programs' names, of steps and kwargs", () => {
		const [step] = stepsOf([
			{
				name: "decode_binary_contour_distance_watershed",
				kwargs: { min_instance_size: 7, scale_factors: [1, 1, 1], return_seed: false, precomputed_seed: null },
			},
		]);
		expect(step).toMatchObject({ name: "decode_instance_binary_contour_distance", kwargs: { min_size: 7 } });
		expect(stepsOf([{ name: "decode_binary_cc", kwargs: { foreground_threshold: 0.8 } }])).toMatchObject([
			{ name: "decode_connected_components", kwargs: { threshold: 0.8 } },
		]);
	});

	it("takes {steps}, and leaves out what is not enabled", () => {
		const steps = { steps: [...watershed({}), { name: "section_stitch", enabled: false }] };
		expect(stepsOf(steps).map(({ name }) => name)).toEqual(["decode_binary_watershed"]);
		expect(stepsOf([])).toEqual([]);
	});

	it.each<readonly [unknown, RegExp]>([
		[
			[{ name: "decode_binary_watershd" }],
			/step 1: unknown step 'decode_binary_watershd'; did you mean 'decode_binary_watershed'\?/,
		],
		[[{ name: "zzz" }], /unknown step 'zzz'; known are select_channels, .*mask_objects/],
		[[{ nam: "x" }], /step 1 has no 'nam'; did you mean 'name'\?/],
		[["x"], /step 1: expected \{name, kwargs\}, found "x"/],
		[
			watershed({ min_sed_size: 3 }),
			/step 1 \(decode_binary_watershed\) has no 'min_sed_size'; did you mean 'min_seed_size'\?/,
		],
		[watershed({ threshold: "a" }), /threshold: expected a number, found "a"/],
		[
			watershed({ connectivity: 5 }),
			/connectivity: expected 4 or 8 in sections, 6, 18 or 26 in volumes, or 1, 2, 3, found 5/,
		],
		[watershed({ min_size: 1, min_instance_size: 2 }), /min_instance_size and min_size are the same; keep one/],
		[watershed({ return_seed: true }), /return_seed=true is not built: seeds are not returned/],
		[watershed({ scale_factors: [1, 2, 2] }), /scale_factors=\[1,2,2\] is not built: results are not resized/],
		[[{ name: "decode_binary_cc", kwargs: [] }], /kwargs: expected names and values, found \[\]/],
		[
			[{ name: "section_stitch" }],
			/step 1 \(section_stitch\) takes objects, but the network gives channels; make objects first/,
		],
		[
			[...watershed({}), { name: "opening" }],
			/step 2 \(opening\) takes channels, but step 1 \(decode_binary_watershed\) gives objects/,
		],
		[[{ name: "threshold" }], /step 1 \(threshold\), the last one, makes no objects; add decode_connected_components/],
		[4, /expected a list of \{name, kwargs\}, or \{graph: \.\.\.\}, found 4/],
		[{ stps: [] }, /decoding has no 'stps'; did you mean 'steps'\?/],
		[{ steps: watershed({}), graph: { nodes: [] } }, /steps and graph are both given/],
	])("refuses %j", (raw, text) => {
		expect(() => stepsOf(raw)).toThrow(text);
		expect(() => stepsOf(raw)).toThrow(expect.objectContaining({ code: "CONFIG" }));
	});

	it("names every problem at once", () => {
		expect(() => stepsOf([{ name: "zzz" }, ...watershed({ a: 1, threshold: null })])).toThrow(
			/step 1: unknown.*\n.*has no 'a'.*\n.*threshold: expected a number/,
		);
	});

	it("tells apart what is not built", () => {
		expect(() => stepsOf([{ name: "decode_abiss", kwargs: { thresholds: 0.4 } }])).toThrow(
			expect.objectContaining({
				code: "UNBUILT",
				message: expect.stringMatching(/decode_abiss .*decode_waterz is there/),
			}),
		);
	});
});

describe("graphs", () => {
	const cores = { name: "cores", op: "decode_connected_components", inputs: ["raw[0:1]"], kwargs: { threshold: 0.9 } };
	const grown = { name: "grown", op: "decode_seeded_watershed", inputs: ["raw", "cores"] };

	it("run in the order that inputs ask for, without what the output does not need", () => {
		const spare = { name: "spare", op: "decode_binary_watershed" };
		const { nodes } = parseDecoding(graph([grown, spare, cores], "grown"));
		expect(nodes.map(({ id }) => id)).toEqual(["cores", "grown"]);
		expect(nodes[1]?.inputs).toEqual([
			{ kind: "raw", channels: null },
			{ kind: "node", id: "cores" },
		]);
	});

	it("are chains where each node works on the one before", () => {
		const chain = graph([{ ...cores, inputs: ["raw"] }, grown]);
		expect(isChain(parseDecoding(chain))).toBe(true);
		expect(stepsOf(chain).map(({ name }) => name)).toEqual(["decode_connected_components", "decode_seeded_watershed"]);
		expect(isChain(parseDecoding(graph([cores, grown])))).toBe(false);
	});

	it.each<readonly [unknown, RegExp]>([
		[graph([]), /there is no node/],
		[{ graph: 3 }, /graph: expected \{nodes: .*found 3/],
		[graph([cores], "core"), /there is no node "core"; did you mean 'cores'\?/],
		[graph([{ ...cores, inputs: ["rw"] }]), /node 'cores': there is no input 'rw'; did you mean 'raw'\?/],
		[graph([{ ...cores, inputs: "raw" }]), /inputs: expected a list of names/],
		[graph([{ ...cores, name: "raw" }]), /with a name other than raw/],
		[graph([cores, cores]), /two nodes are named 'cores'/],
		[
			graph([cores, { ...grown, inputs: ["cores", "raw"] }]),
			/takes channels and objects, in this order; its inputs cores, raw give objects and channels/,
		],
		[
			graph([cores, { ...grown, inputs: ["raw"] }]),
			/takes channels and objects, in this order; its inputs raw give channels/,
		],
		[
			graph([
				{ name: "a", op: "relabel", inputs: ["b"] },
				{ name: "b", op: "relabel", inputs: ["a"] },
			]),
			/nodes need each other: b, a, b/,
		],
		[graph([{ name: "a", op: "threshold" }]), /the output, node 'a', makes no objects/],
		[graph([{ ...cores, op: "x" }]), /node 'cores': unknown step 'x'/],
		[graph([{ ...cores, input: [] }]), /node 'cores' has no 'input'; did you mean 'inputs'\?/],
	])("refuses %j", (raw, text) => {
		expect(() => parseDecoding(raw)).toThrow(text);
	});
});
