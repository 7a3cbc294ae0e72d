import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { components } from "../../src/image/components.ts";
import { componentsParallel } from "../../src/image/components-parallel.ts";
import { scenes } from "./flood.ts";

describe("componentsParallel", () => {
	it("finds what one thread finds, for all connectivities, shapes and numbers of threads", async () => {
		await fc.assert(
			fc.asyncProperty(
				scenes(1),
				fc.integer({ min: 1, max: 4 }),
				fc.boolean(),
				async ({ shape, connectivity, labels }, threads, isShared) => {
					const memory = isShared ? new SharedArrayBuffer(labels.length) : new ArrayBuffer(labels.length);
					const mask = new Uint8Array(memory);
					mask.set(labels);
					const { labels: found, ...rest } = await componentsParallel(mask, shape, connectivity, threads, 1);
					const { labels: expected, ...others } = components(mask, shape, connectivity);
					expect(new Uint32Array(found)).toEqual(expected);
					expect(rest).toEqual(others);
				},
			),
			{ numRuns: 200 },
		);
	});

	it("joins an object that winds through all slabs, and takes few threads for a small array", async () => {
		const [depth, height, width] = [32, 64, 256];
		// columns along z, joined at the far end or the near one by turns
		const mask = new Uint8Array(depth * height * width).map((_, i) => {
			const [x, y, z] = [i % width, Math.floor(i / width) % height, Math.floor(i / (width * height))];
			if (y !== 5) return 0;
			return x % 2 === 0 || z === (x % 4 === 1 ? 0 : depth - 1) ? 1 : 0;
		});
		const { count, sizes } = await componentsParallel(mask, [depth, height, width], 1, 4, 1);
		expect(count).toBe(1);
		expect(sizes[1]).toBe(mask.reduce((n, v) => n + v, 0));
		const small = await componentsParallel(mask, [depth, height, width], 1, 4);
		expect(small.labels.buffer).toBeInstanceOf(SharedArrayBuffer); // two slabs of 2^18 voxels
		const smaller = await componentsParallel(mask.subarray(0, height * width), [height, width], 1, 4);
		expect(smaller.labels.buffer).toBeInstanceOf(ArrayBuffer);
	});

	it("refuses lengths and connectivities that do not fit", async () => {
		await expect(componentsParallel(new Uint8Array(8), [2, 2], 1, 2, 1)).rejects.toThrow(/2x2/);
		await expect(componentsParallel(new Uint8Array(4), [2, 2], 3, 2, 1)).rejects.toThrow(RangeError);
		await expect(componentsParallel(new Uint8Array(4), [2, 3], 1, 1)).rejects.toThrow(RangeError);
	});
});
