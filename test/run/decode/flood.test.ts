import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { boxShape, contains } from "../../../src/core/box.ts";
import { sizeOf, type Zyx } from "../../../src/core/shape.ts";
import { decodeArray } from "../../../src/decode/decode-array.ts";
import { parseDecoding } from "../../../src/decode/step.ts";
import { coreAt, coresOf } from "../../../src/decode/volume/cores.ts";
import { programOf } from "../../../src/decode/volume/program-of-steps.ts";
import { blockCount } from "../../../src/tiling/blocks.ts";
import { decoded, randomFrom, writeVolume } from "./scene.ts";

let folder = "";

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "nnvol-flood-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Values that fall from 1 at the centres of discs to 0.4 at their edge; no two voxels alike. */
function discs(seed: number, shape: Zyx, count: number, radius: number): Float32Array<ArrayBuffer> {
	const random = randomFrom(seed);
	const [, height, width] = shape;
	const data = Float32Array.from({ length: sizeOf(shape) }, () => 0.02 * random());
	for (let n = 0; n < count; n++) {
		const r = radius * (0.6 + 0.8 * random());
		const [cz, cy, cx] = shape.map((extent) => random() * extent);
		for (let i = 0; i < data.length; i++) {
			const [z, y, x] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
			const away = Math.hypot(z - cz!, y - cy!, x - cx!) / r;
			if (away < 1) data[i] = Math.max(data[i]!, 1 - 0.6 * away + 0.02 * random());
		}
	}
	return data;
}

const STEPS = parseDecoding([
	{ name: "decode_binary_watershed", kwargs: { threshold: 0.45, seed_threshold: 0.8, min_seed_size: 4, min_size: 9 } },
]);

async function both(data: Float32Array<ArrayBuffer>, shape: Zyx, sectionwise: boolean, blocks: readonly Zyx[]) {
	const input = await writeVolume(folder, "float32", shape, data);
	const program = programOf(STEPS, { channels: [0], depth: shape[0], sectionwise });
	const layout = { chunks: [Math.min(4, shape[0]), 20, 20] };
	const found: (Uint8Array | Uint32Array)[] = [];
	for (const block of blocks) found.push((await decoded(folder, input, program, block, { layout })).labels);
	const whole = decodeArray({ data, channels: 1, shape }, STEPS, { spacing: [1, 1, 1], sectionwise });
	return { found, whole: whole.labels };
}

describe("objects that grow in several cores", () => {
	const shape: Zyx = [6, 200, 210];

	test("are those of the whole volume where they fit a core and its halo, whatever the blocks", async () => {
		expect(blockCount(coresOf(shape, false).grid)).toBe(4);
		const { found, whole } = await both(discs(3, shape, 60, 9), shape, false, [
			[6, 200, 220],
			[4, 60, 40],
		]);
		expect(found[0]).toEqual(whole);
		expect(found[1]).toEqual(whole);
	});

	test("do not depend on blocks or threads where they do not fit, and are nearly those of the whole volume", async () => {
		const { found, whole } = await both(discs(4, shape, 60, 30), shape, false, [
			[6, 200, 220],
			[4, 60, 40],
		]);
		expect(found[1]).toEqual(found[0]);
		const differing = whole.reduce((sum, id, i) => sum + (found[0]![i] === id ? 0 : 1), 0);
		expect(differing / whole.reduce((sum, id) => sum + (id === 0 ? 0 : 1), 0)).toBeLessThan(0.01);
	});

	test("go on from core to core until nothing is left that a seed can reach", async () => {
		const long: Zyx = [3, 12, 700];
		const data = Float32Array.from({ length: sizeOf(long) }, (_, i) => {
			const [y, x] = [Math.floor(i / 700) % 12, i % 700];
			if (y === 4 || (y === 9 && x % 350 < 4)) return 0.1;
			if (y > 9) return 0.6 - 0.0001 * x; // a part without a seed
			return (x < 3 && y < 4) || (x > 600 && x < 606 && y > 4 && y < 9)
				? 0.95
				: 0.6 - 0.0001 * Math.abs(x - 100) + 0.01 * y;
		});
		expect(blockCount(coresOf(long, false).grid)).toBe(6);
		const { found, whole } = await both(data, long, false, [
			[3, 12, 700],
			[3, 12, 60],
		]);
		expect(found[1]).toEqual(found[0]);
		expect(Array.from(found[0]!, (id) => id > 0)).toEqual(Array.from(whole, (id) => id > 0));
		expect(found[0]).toEqual(whole);
	});

	test("grow in each section by itself where that is asked for", async () => {
		const flat: Zyx = [20, 40, 40];
		expect(blockCount(coresOf(flat, true).grid)).toBe(3);
		const { found, whole } = await both(discs(5, flat, 20, 9), flat, true, [[12, 20, 40]]);
		expect(found[0]).toEqual(whole);
	});
});

describe("cores", () => {
	test("partition the volume, and see their halo", () => {
		const extents = fc.tuple(
			fc.integer({ min: 1, max: 900 }),
			fc.integer({ min: 1, max: 900 }),
			fc.integer({ min: 1, max: 900 }),
		);
		fc.assert(
			fc.property(extents, fc.boolean(), (shape, flat) => {
				const cores = coresOf(shape, flat);
				let voxels = 0;
				for (let id = 0; id < blockCount(cores.grid); id++) {
					const { core, seen } = coreAt(cores, id);
					voxels += sizeOf(boxShape(core));
					expect(contains(seen, core)).toBe(true);
					for (const axis of [0, 1, 2]) {
						if (core.start[axis]! > 0) expect(core.start[axis]! - seen.start[axis]!).toBe(cores.halo[axis]);
						if (core.stop[axis]! < shape[axis]!)
							expect(seen.stop[axis]!).toBeGreaterThan(core.stop[axis]! - (flat && axis === 0 ? 1 : 0));
					}
				}
				expect(voxels).toBe(sizeOf(shape));
			}),
		);
	});
});
