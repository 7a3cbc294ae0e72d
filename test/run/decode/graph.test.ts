import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sizeOf, type Zyx } from "../../../src/core/shape.ts";
import { decodeArray } from "../../../src/decode/decode-array.ts";
import { parseDecoding } from "../../../src/decode/step.ts";
import { programOf } from "../../../src/decode/volume/program-of-steps.ts";
import { boundBinary } from "../../../src/export/channels.ts";
import { type RegionTable, regionStats } from "../../../src/image/region-stats.ts";
import { channels, decoded, writeVolume } from "./scene.ts";

let folder = "";

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "nnvol-graph-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const step = (name: string, kwargs: Record<string, unknown> = {}) => ({ name, kwargs });
const node = (name: string, op: string, inputs: readonly string[], kwargs: Record<string, unknown> = {}) => ({
	name,
	op,
	inputs,
	kwargs,
});
const graph = (...nodes: readonly ReturnType<typeof node>[]) => ({ graph: { nodes } });

const COMPONENTS = step("decode_connected_components", { connectivity: 6 });

const MASKS = {
	threshold: [step("threshold", { threshold: 0.45 }), COMPONENTS],
	"median of 3": [step("median"), COMPONENTS],
	"median of 2, 5, 3, of channel 1": [
		step("median", { size: [2, 5, 3], threshold: 0.4 }),
		step("select_channels", { channels: [1] }),
		COMPONENTS,
	],
	"median of sections": [step("median", { size: 4, sectionwise: true }), COMPONENTS],
	opening: [step("opening"), COMPONENTS],
	"opening twice": [step("opening", { iterations: 2, threshold: 0.3 }), COMPONENTS],
	closing: [step("closing", { iterations: 2, threshold: 0.7 }), COMPONENTS],
	"closing of sections": [step("closing", { threshold: 0.7, sectionwise: true }), COMPONENTS],
	channel_gate: [step("channel_gate", { signal_channels: [1, 0], gate_channel: 0 }), COMPONENTS],
	fill_holes: [step("fill_holes"), step("decode_connected_components", { channel: 1 })],
	"fill_holes of sections": [step("fill_holes", { sectionwise: true, threshold: 0.6 }), COMPONENTS],
	"several in a row": [
		step("median", { threshold: 0.4 }),
		step("closing"),
		step("fill_holes"),
		step("opening", { sectionwise: true }),
		COMPONENTS,
		step("keep_largest", { count: 3 }),
	],
};

const OBJECTS = {
	"watershed in what was gated": [
		step("channel_gate", { gate_channel: 1 }),
		step("decode_binary_watershed", { threshold: 0.2, seed_threshold: 0.6, min_seed_size: 2 }),
	],
	mask_objects: [
		step("decode_connected_components", { threshold: 0.3 }),
		step("mask_objects", { channel: 1, threshold: 0.5 }),
		step("remove_small", { min_size: 4 }),
	],
	"mask_objects, then relabel": [
		step("decode_binary_watershed", { threshold: 0.3, seed_threshold: 0.7, min_seed_size: 2 }),
		step("mask_objects", { channel: 1, threshold: 0.5 }),
		step("relabel", { min_size: 3 }),
		step("mask_objects", { channel: 0, threshold: 0.6 }),
	],
	"relabel of sections": [
		step("decode_connected_components", { threshold: 0.4 }),
		step("relabel", { sectionwise: true, connectivity: 8, min_size: 2 }),
		step("section_stitch", { threshold: 0.1 }),
	],
	"section_stitch of objects that span sections": [
		step("decode_connected_components", { threshold: 0.4 }),
		step("section_stitch", { threshold: 0.3 }),
		step("remove_small", { min_size: 5 }),
	],
	"section_stitch after mask_objects, twice": [
		step("decode_connected_components", { threshold: 0.4, sectionwise: true }),
		step("mask_objects", { channel: 1, threshold: 0.3 }),
		step("section_stitch", { threshold: 0.2, join: "all", measure: "smaller" }),
		step("remove_large", { max_size: 150 }),
		step("section_stitch", { threshold: 0.5 }),
	],
	"relabel of what has grown": [
		step("decode_binary_watershed", { threshold: 0.3, seed_threshold: 0.8, sectionwise: true }),
		step("relabel"),
	],
};

const GRAPHS = {
	"seeds of one channel grow in another": graph(
		node("seeds of 1", "decode_connected_components", ["raw[1]"], { threshold: 0.7 }),
		node("kept", "remove_small", ["seeds of 1"], { min_size: 3 }),
		node("grown", "decode_seeded_watershed", ["raw[0]", "kept"], { threshold: 0.35, min_size: 5 }),
	),
	"seeds of an opened mask grow over values, then are masked by a filled one": graph(
		node("opened", "opening", ["raw"], { threshold: 0.4 }),
		node("filled", "fill_holes", ["raw"], { threshold: 0.45 }),
		node("cores", "decode_connected_components", ["opened"], { connectivity: 6 }),
		node("grown", "decode_seeded_watershed", ["raw", "cores"], { threshold: 0.3 }),
		node("inside", "mask_objects", ["grown", "filled"], { channel: 1 }),
	),
	"seeds of sections grow in the volume, and those of the volume in sections": graph(
		node("flat", "decode_connected_components", ["raw"], { threshold: 0.7, sectionwise: true }),
		node("solid", "decode_seeded_watershed", ["raw[1:]", "flat"], { threshold: 0.3 }),
		node("again", "decode_seeded_watershed", ["raw", "solid"], { threshold: 0.4, sectionwise: true }),
		node("joined", "section_stitch", ["again"], { threshold: 0.2 }),
	),
	"a decoder of raw channels beside a mask": graph(
		node("closed", "closing", ["raw[1]"]),
		node("objects", "decode_connected_components", ["raw"], { threshold: 0.4 }),
		node("masked", "mask_objects", ["objects", "closed"]),
	),
};

/** Shapes, blocks and contents; steps are many passes each, so blocks are few. */
const scene = fc.record({
	seed: fc.nat(),
	shape: fc.tuple(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 2, max: 15 }), fc.integer({ min: 2, max: 15 })),
	block: fc.tuple(fc.integer({ min: 3, max: 10 }), fc.integer({ min: 5, max: 15 }), fc.integer({ min: 5, max: 15 })),
	boxes: fc.integer({ min: 1, max: 9 }),
});

/** Decodes both ways. */
async function both(
	raw: unknown,
	{ seed, shape, block, boxes }: { seed: number; shape: Zyx; block: Zyx; boxes: number },
	more: Parameters<typeof decoded>[4] = {},
) {
	const data = channels(seed, shape, boxes);
	const input = await writeVolume(folder, "float32", [2, ...shape], data);
	const decoding = parseDecoding(raw);
	const program = programOf(decoding, { channels: [0, 1], depth: shape[0], sectionwise: false });
	const found = await decoded(folder, input, program, block, more);
	const expected = decodeArray({ data, channels: 2, shape }, decoding, { spacing: [1, 1, 1], sectionwise: false });
	return { ...found, program, data, expected };
}

describe("graphs and longer lists over a written volume", () => {
	test.each(Object.entries({ ...MASKS, ...OBJECTS, ...GRAPHS }))("%s: as in memory", async (_, raw) => {
		await fc.assert(
			fc.asyncProperty(scene, async (found) => {
				const { labels, report, program, expected } = await both(raw, found);
				if (found.shape[0] > 1) expect(program.kind).toBe("graph"); // one section needs less
				expect(labels).toEqual(expected.labels);
				expect(report.objects).toBe(expected.count);
			}),
			{ numRuns: 6 },
		);
	});

	test.each([
		["grown", GRAPHS["seeds of one channel grow in another"]],
		["relabelled", OBJECTS["mask_objects, then relabel"].slice(0, 3)],
	])("the table of what was %s is that of the whole array", async (_, raw) => {
		await fc.assert(
			fc.asyncProperty(scene, async (found) => {
				const tables: RegionTable[] = [];
				const take = async (table: RegionTable) => {
					tables.push(table);
				};
				const { labels, data } = await both(raw, found, { objects: { channel: 1, take } });
				if (!(labels instanceof Uint32Array)) throw new TypeError("uint32 expected");
				const values = data.subarray(sizeOf(found.shape));
				expect(tables).toEqual([regionStats(labels, found.shape, [0, 0, 0], found.shape, values)]);
			}),
			{ numRuns: 4 },
		);
	});

	test.each([
		{ threshold: 0.45, removeSmall: 5, fillHoles: true },
		{ threshold: 0.6, removeSmall: 0, fillHoles: true },
		{ threshold: 0.45, removeSmall: 12, fillHoles: false },
	])("channels are kept within their cleaned masks first: %j", async (binary) => {
		const steps = [step("decode_binary_watershed", { threshold: 0.4, seed_threshold: 0.7 })];
		await fc.assert(
			fc.asyncProperty(scene, async ({ seed, shape, block, boxes }) => {
				const voxels = sizeOf(shape);
				const data = channels(seed, shape, boxes);
				const input = await writeVolume(folder, "float32", [2, ...shape], data);
				const decoding = parseDecoding(steps);
				const program = programOf(decoding, { channels: [1, 0], depth: shape[0], sectionwise: false, binary });
				const tables: RegionTable[] = [];
				const take = async (table: RegionTable) => {
					tables.push(table);
				};
				const { labels } = await decoded(folder, input, program, block, { objects: { channel: 1, take } });
				const values = data.slice(voxels);
				boundBinary(values, shape, binary);
				const expected = decodeArray({ data: values, channels: 1, shape }, decoding, { spacing: [1, 1, 1] });
				expect(labels).toEqual(expected.labels);
				expect(tables).toEqual([regionStats(expected.labels, shape, [0, 0, 0], shape, values)]);
			}),
			{ numRuns: 6 },
		);
	});

	test("channels that are not there are named before anything is done", () => {
		const facts = { channels: [0], depth: 3, sectionwise: false };
		const decoding = parseDecoding([step("median"), step("decode_connected_components", { channel: 2 })]);
		expect(() => programOf(decoding, facts)).toThrow(/channel means channel 2/);
	});
});
