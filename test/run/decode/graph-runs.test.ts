import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Zyx } from "../../../src/core/shape.ts";
import { decodeArray } from "../../../src/decode/decode-array.ts";
import { parseDecoding } from "../../../src/decode/step.ts";
import { programOf } from "../../../src/decode/volume/program-of-steps.ts";
import { decodeApart, disturb } from "./processes.ts";
import { brokenOff, channels, decoded, freshPath, randomFrom, readAll, writeVolume } from "./scene.ts";
import type { SharedCall } from "./shared-program.ts";

let folder = "";

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "nnvol-graph-runs-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const SHAPE: Zyx = [24, 40, 44];
const DECODING = parseDecoding({
	graph: {
		nodes: [
			{ name: "clean", op: "closing", inputs: ["raw"], kwargs: { threshold: 0.5 } },
			{ name: "filled", op: "fill_holes", inputs: ["clean"] },
			{ name: "cores", op: "decode_connected_components", inputs: ["raw[1]"], kwargs: { threshold: 0.7, min_size: 3 } },
			{ name: "grown", op: "decode_seeded_watershed", inputs: ["raw", "cores"], kwargs: { threshold: 0.3 } },
			{ name: "inside", op: "mask_objects", inputs: ["grown", "filled"] },
			{ name: "apart", op: "relabel", inputs: ["inside"], kwargs: { min_size: 4 } },
		],
	},
});

async function scene(seed: number) {
	const data = channels(seed, SHAPE, 16);
	const input = await writeVolume(folder, "float32", [2, ...SHAPE], data);
	const program = programOf(DECODING, { channels: [0, 1], depth: SHAPE[0], sectionwise: false });
	const { labels, count } = decodeArray({ data, channels: 2, shape: SHAPE }, DECODING, { spacing: [1, 1, 1] });
	expect(count).toBeGreaterThan(4);
	return { input, program, labels };
}

async function stateOf(path: string): Promise<string[]> {
	return (await readdir(join(folder, ".nnvol", "decode", path.slice(folder.length + 1)))).sort();
}

describe("a graph over a volume", () => {
	test("goes on where it broke off, in whatever pass that was", async () => {
		const { input, program, labels } = await scene(5);
		const path = freshPath(folder);
		const passes = new Set<string>();
		const stops = await brokenOff(
			40,
			(before) => {
				let begun = 0;
				return (pass) => {
					passes.add(pass);
					return ++begun > 25 + 20 * before; // what is done is told again
				};
			},
			(more) => decoded(folder, input, program, [12, 16, 16], { ...more, layout: { chunks: [6, 8, 8] }, path }),
		);
		expect(stops).toBeGreaterThan(3);
		expect([...passes].sort()).toEqual(["flooding", "joining", "labelling", "masking", "writing"]);
		expect(await readAll(path)).toEqual(labels);
		expect(await stateOf(path)).toEqual(["done.json", "facts.json"]);
	});

	test("is shared by processes that are killed and stopped: voxels and table are those of one", async () => {
		const { input, program, labels } = await scene(6);
		const call = (): SharedCall => {
			const path = freshPath(folder);
			return {
				input,
				path,
				format: "zarr",
				program,
				memory: 2e9,
				workers: 1,
				block: [12, 24, 24],
				table: `${path}.json`,
			};
		};
		const alone = call();
		const one = decodeApart(alone);
		expect(await one.ended, one.complaints()).toBe(0);
		const shared = { ...call(), lease: 1500 };
		await disturb({
			processes: 2,
			kills: 4,
			stops: 2,
			stopped: 3500,
			every: 600,
			random: randomFrom(8),
			begin: (n) => decodeApart({ ...shared, workers: 1 + (n % 2) }),
		});
		expect(await readAll(alone.path)).toEqual(labels);
		expect(await readAll(shared.path)).toEqual(labels);
		expect(await readFile(`${shared.path}.json`, "utf8")).toBe(await readFile(`${alone.path}.json`, "utf8"));
		const last = decodeApart(shared);
		expect(await last.ended, last.complaints()).toBe(0);
		expect(await stateOf(shared.path)).toEqual(["done.json", "facts.json"]);
	});
});
