import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { wholeBox } from "../../../src/core/box.ts";
import { sizeOf, type Zyx } from "../../../src/core/shape.ts";
import { signed } from "../../../src/decode/distance-decoders.ts";
import { markRun } from "../../../src/decode/volume/run-mark.ts";
import { type Border, distance } from "../../../src/image/distance.ts";
import { openPool } from "../../../src/run/decode/block-pool.ts";
import { type DistanceWish, distancePasses } from "../../../src/run/decode/distance-passes.ts";
import { Passes } from "../../../src/run/decode/passes.ts";
import { blockGrid } from "../../../src/tiling/blocks.ts";
import { openVolume } from "../../../src/volume/formats.ts";
import { blobs, freshPath, writeVolume } from "./scene.ts";

let folder = "";

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "nnvol-distance-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Case = Pick<DistanceWish, "spacing" | "border" | "flat" | "gives" | "most">;

/** Distances of a mask by passes. */
async function byPasses(mask: Uint8Array<ArrayBuffer>, shape: Zyx, wish: Case, memory = 1e9): Promise<Float32Array> {
	const path = await writeVolume(folder, "uint8", shape, mask);
	const work = freshPath(folder, "");
	await mkdir(work);
	await markRun(work);
	const pool = openPool(1);
	const grid = blockGrid(shape, shape);
	const passes = new Passes({ folder: work, grid, unit: shape, pool, memory, onBlock: () => undefined });
	const place = { path, axes: "zyx", scale: 1 };
	const found = await distancePasses(passes, { name: "far", place, mask: [{ channel: 0, above: 0.5 }], ...wish });
	await pool.close();
	const reader = await openVolume(found.path);
	try {
		const { data } = await reader.read(wholeBox(shape));
		if (data instanceof Float32Array) return data;
		throw new TypeError("float32 expected");
	} finally {
		await reader.close();
	}
}

/** The same of the whole array. */
function inMemory(
	mask: Uint8Array<ArrayBuffer>,
	shape: Zyx,
	{ spacing, border, flat, gives }: Case,
): Float32Array<ArrayBuffer> {
	const whole = (part: Uint8Array, of: readonly number[]) => {
		const [own, other] = [part, part.map((value) => 1 - value)].map((side) =>
			distance(side, of, spacing.slice(3 - of.length), border),
		);
		if (own === undefined || other === undefined) throw new TypeError();
		return gives === "signed" ? signed(own, other) : own;
	};
	if (!flat) return whole(mask, shape);
	const plane = shape[1] * shape[2];
	const found = new Float32Array(mask.length);
	for (let at = 0; at < mask.length; at += plane) found.set(whole(mask.subarray(at, at + plane), shape.slice(1)), at);
	return found;
}

const step = fc.constantFrom(1, 0.4, 2.5, 1 / 3, 30.7);

const cases = fc.record({
	seed: fc.nat(),
	shape: fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 40 })),
	boxes: fc.integer({ min: 0, max: 12 }),
	noise: fc.constantFrom(0, 0.01, 0.3),
	spacing: fc.tuple(step, step, step),
	border: fc.constantFrom<Border>("background", "ignored"),
	flat: fc.boolean(),
	gives: fc.constantFrom("distances", "signed"),
	most: fc.constantFrom(400, 1200, 4000, 2 ** 24),
});

describe("distances by passes", () => {
	test("are those of the whole array to the last bit, whatever the beams", async () => {
		await fc.assert(
			fc.asyncProperty(cases, async ({ seed, shape, boxes, noise, ...wish }) => {
				const mask = blobs(seed, shape, boxes, noise);
				expect(await byPasses(mask, shape, wish)).toEqual(inMemory(mask, shape, wish));
			}),
			{ numRuns: 25 },
		);
	});

	test("are those of the whole array where lines are so long that they have an envelope", async () => {
		const shape: Zyx = [150, 20, 21];
		const mask = new Uint8Array(sizeOf(shape)).fill(1);
		for (const hole of [5, 17_000, 17_001, 30_050, 60_001]) mask[hole] = 0;
		for (const spacing of [
			[0.3, 0.7, 1.1],
			[1, 1, 1],
		]) {
			const wish = { spacing, border: "ignored", flat: false, gives: "distances", most: 12_000 } as const;
			expect(await byPasses(mask, shape, wish)).toEqual(inMemory(mask, shape, wish));
		}
	});

	test("are refused where a beam does not fit the memory", async () => {
		const wish = { spacing: [1, 1, 1], border: "ignored", flat: false, gives: "distances" } as const;
		await expect(byPasses(new Uint8Array(27), [3, 3, 3], wish, 100)).rejects.toThrow(
			/27 voxels at once.*raise --memory/,
		);
	});
});
