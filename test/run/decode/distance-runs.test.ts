import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sizeOf, type Zyx } from "../../../src/core/shape.ts";
import { decodeArray } from "../../../src/decode/decode-array.ts";
import { parseDecoding } from "../../../src/decode/step.ts";
import { coresOf } from "../../../src/decode/volume/cores.ts";
import { programOf } from "../../../src/decode/volume/program-of-steps.ts";
import { placeOf } from "../../../src/decode/volume/voxel-place.ts";
import type { DecodeOptions } from "../../../src/run/decode/decode-options.ts";
import { decodeVolume } from "../../../src/run/decode/decode-volume.ts";
import { blockCount } from "../../../src/tiling/blocks.ts";
import { openVolume } from "../../../src/volume/formats.ts";
import { decodeApart, disturb } from "./processes.ts";
import { brokenOff, decoded, freshPath, randomFrom, readAll, writeVolume } from "./scene.ts";

let folder = "";

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "nnvol-distance-runs-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** 0.9 in balls, many of which touch, 0.1 elsewhere. */
function balls(seed: number, shape: Zyx, count: number, radius: number): Float32Array<ArrayBuffer> {
	const random = randomFrom(seed);
	const [, height, width] = shape;
	const data = new Float32Array(sizeOf(shape)).fill(0.1);
	for (let n = 0; n < count; n++) {
		const r = radius * (0.6 + 0.8 * random());
		const [cz = 0, cy = 0, cx = 0] = shape.map((extent) => random() * extent);
		for (let z = Math.max(0, Math.ceil(cz - r)); z < Math.min(shape[0], cz + r); z++)
			for (let y = Math.max(0, Math.ceil(cy - r)); y < Math.min(height, cy + r); y++)
				for (let x = Math.max(0, Math.ceil(cx - r)); x < Math.min(width, cx + r); x++)
					if (Math.hypot(z - cz, y - cy, x - cx) < r) data[(z * height + y) * width + x] = 0.9;
	}
	return data;
}

const WATERSHED = [{ name: "decode_distance_watershed", kwargs: { seed_distance: 3, border: "ignored", min_size: 9 } }];
const THROUGH = [
	{
		name: "decode_instance_binary_contour_distance",
		kwargs: {
			distance_channels: null,
			contour_threshold: null,
			binary_threshold: [0.5, 0.5],
			distance_threshold: [0.4, 0],
			min_seed_size: 0,
		},
	},
];

function programFor(raw: unknown, shape: Zyx, sectionwise = false) {
	return programOf(parseDecoding(raw), { channels: [0], depth: shape[0], sectionwise, spacing: [1, 1, 1] });
}

function inMemory(raw: unknown, data: Float32Array<ArrayBuffer>, shape: Zyx, sectionwise = false): Uint32Array {
	return decodeArray({ data, channels: 1, shape }, parseDecoding(raw), { spacing: [1, 1, 1], sectionwise }).labels;
}

describe("objects by distances in several cores and beams", () => {
	const shape: Zyx = [6, 200, 210];

	test.each([
		["to the background", WATERSHED],
		["to the edge, through the background", THROUGH],
	])(
		"are those of the whole volume but for lines between them, whatever the blocks and threads: %s",
		async (_, raw) => {
			expect(blockCount(coresOf(shape, false).grid)).toBe(4);
			const data = balls(5, shape, 160, 7);
			const input = await writeVolume(folder, "float32", shape, data);
			const layout = { chunks: [4, 20, 20] };
			const program = programFor(raw, shape);
			const one = (await decoded(folder, input, program, [6, 200, 220], { layout })).labels;
			const two = (await decoded(folder, input, program, [4, 60, 100], { layout, workers: 2 })).labels;
			expect(two).toEqual(one);
			const whole = inMemory(raw, data, shape);
			expect(Array.from(one, (id) => id > 0)).toEqual(Array.from(whole, (id) => id > 0));
			const differing = whole.reduce((sum, id, i) => sum + (one[i] === id ? 0 : 1), 0);
			expect(differing / whole.reduce((sum, id) => sum + (id === 0 ? 0 : 1), 0)).toBeLessThan(0.001);
		},
	);

	test("reach pieces without a seed from far away, as in memory", async () => {
		const long: Zyx = [2, 9, 700];
		const data = new Float32Array(sizeOf(long)).fill(0.1);
		for (let i = 0; i < data.length; i++) {
			const [y, x] = [Math.floor(i / 700) % 9, i % 700];
			if ((x > 20 && x < 29) || (y === 4 && x > 400 && x % 40 < 2)) data[i] = 0.9; // one seed, at the left end
		}
		const input = await writeVolume(folder, "float32", long, data);
		expect(blockCount(coresOf(long, false).grid)).toBeGreaterThan(4);
		const layout = { chunks: [2, 9, 20] };
		const { labels } = await decoded(folder, input, programFor(THROUGH, long), [2, 9, 100], { layout });
		expect(labels).toEqual(inMemory(THROUGH, data, long));
		expect(labels[4 * 700 + 680]).toBe(1);
	});

	test("grow in each section by itself where that is asked for", async () => {
		const flat: Zyx = [20, 40, 40];
		const data = balls(9, flat, 40, 7);
		const input = await writeVolume(folder, "float32", flat, data);
		for (const raw of [WATERSHED, THROUGH]) {
			const { labels } = await decoded(folder, input, programFor(raw, flat, true), [12, 20, 40]);
			expect(labels).toEqual(inMemory(raw, data, flat, true));
		}
	});
});

const SHAPE: Zyx = [70, 72, 84];

describe("a decoding by distances", () => {
	test("goes on after every few blocks of each pass", async () => {
		const data = balls(2, SHAPE, 90, 9);
		const input = await writeVolume(folder, "float32", SHAPE, data);
		const reader = await openVolume(input);
		await reader.close();
		const path = freshPath(folder);
		const decode = (more: Partial<DecodeOptions>) =>
			decodeVolume(placeOf(reader.info, 1), { path, format: "zarr" }, programFor(THROUGH, SHAPE), {
				memory: 2e9,
				block: [24, 24, 84],
				layout: { chunks: [24, 24, 28] },
				...more,
			});
		const listen = () => {
			let [known, more] = [0, 0];
			return (_: string, done: number) => {
				if (done === known + 1) more++; // what was done before is told at once
				known = done;
				return more >= 4;
			};
		};
		const stops = await brokenOff(100, listen, decode);
		expect(stops).toBeGreaterThan(8);
		expect(await readAll(path)).toEqual(inMemory(THROUGH, data, SHAPE));
	});

	test.each([
		["to the background", WATERSHED],
		["to the edge, through the background", THROUGH],
	])("is the same by two processes of which some are killed: %s", async (_, raw) => {
		const data = balls(3, SHAPE, 90, 9);
		const input = await writeVolume(folder, "float32", SHAPE, data);
		const path = freshPath(folder);
		const program = programFor(raw, SHAPE);
		const call = { input, path, format: "zarr", program, memory: 2e9, workers: 1, block: [12, 24, 24] } as const;
		const random = randomFrom(7);
		const begin = () => decodeApart({ ...call, lease: 1500 });
		const how = { processes: 2, kills: 3, stops: 0, stopped: 0, every: 1500, random, begin };
		await disturb(how);
		expect(await readAll(path)).toEqual(inMemory(raw, data, SHAPE));
	});
});
