import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type NdArray, ndarray } from "../../src/core/array.ts";
import { sizeOf, type Zyx } from "../../src/core/shape.ts";
import { countVolumes } from "../../src/score/count-volumes.ts";
import { labelVolume, memoryVolume } from "../../src/score/label-volume.ts";
import { scoreBoxes } from "../../src/score/score-boxes.ts";
import { wrongPlaces } from "../../src/score/wrong-places.ts";
import type { VolumeReader } from "../../src/volume/volume.ts";

const extent = (most: number) => fc.integer({ min: 1, max: most });
const shapes = fc.tuple(extent(7), extent(9), extent(11));
const chunkings = fc.option(shapes, { nil: undefined });

function labels(shape: Zyx, seed: number): NdArray {
	return ndarray(
		"uint16",
		shape,
		Uint16Array.from({ length: sizeOf(shape) }, (_, n) => (Math.floor(n / 3) * seed) % 5),
	);
}

describe("volumes read box by box", () => {
	it("boxes cover every voxel once, begin at chunks, and hold no more voxels than they may", () => {
		fc.assert(
			fc.property(shapes, chunkings, chunkings, fc.integer({ min: 1, max: 200 }), (shape, a, b, voxels) => {
				const seen = new Uint8Array(sizeOf(shape));
				const unit = shape.map((n, axis) => Math.min(n, Math.max(a?.[axis] ?? 1, b?.[axis] ?? 1)));
				for (const { start, stop } of scoreBoxes(shape, [a, b], voxels)) {
					const [z0 = 0, y0 = 0, x0 = 0] = start;
					const [z1 = 0, y1 = 0, x1 = 0] = stop;
					expect(start.every((from, axis) => from % (unit[axis] ?? 1) === 0)).toBe(true);
					expect((z1 - z0) * (y1 - y0) * (x1 - x0)).toBeLessThanOrEqual(Math.max(voxels, sizeOf(unit)));
					for (let z = z0; z < z1; z++)
						for (let y = y0; y < y1; y++)
							for (let x = x0; x < x1; x++) {
								const at = (z * shape[1] + y) * shape[2] + x;
								seen[at] = (seen[at] ?? 0) + 1;
							}
				}
				expect(seen.every((count) => count === 1)).toBe(true);
			}),
		);
	});

	it("counts do not depend on the boxes", async () => {
		await fc.assert(
			fc.asyncProperty(shapes, extent(60), extent(60), async (shape, few, many) => {
				const truth = memoryVolume("t", labels(shape, 3), shape);
				const found = memoryVolume("f", labels(shape, 7), shape);
				const counted = async (boxVoxels: number) => {
					const counts = await countVolumes(truth, found, { boxVoxels });
					return [...counts.meetings()].map(({ truth: t, found: f, voxels }) => `${t} ${f} ${voxels}`).sort();
				};
				expect(await counted(few)).toEqual(await counted(many));
			}),
		);
	});

	it("the worst places are those with the most wrong voxels, by section, whatever the boxes", async () => {
		await fc.assert(
			fc.asyncProperty(shapes, extent(60), async (shape, boxVoxels) => {
				const [a, b] = [labels(shape, 3), labels(shape, 7)];
				const plane = shape[1] * shape[2];
				const wrong = Array.from({ length: shape[0] }, (_, z) => {
					let count = 0;
					for (let n = z * plane; n < (z + 1) * plane; n++) if (a.data[n] !== b.data[n]) count++;
					return count;
				});
				const places = await wrongPlaces(
					memoryVolume("t", a, shape),
					memoryVolume("f", b, shape),
					(t, f) => t === f,
					3,
					{
						boxVoxels,
					},
				);
				const most = wrong.filter((count) => count > 0).sort((one, other) => other - one);
				expect(places.map((place) => place.wrong)).toEqual(most.slice(0, 3));
				for (const { box, wrong: count } of places) {
					expect(count).toBe(wrong[box.start[0] ?? -1]);
					expect(box.stop).toEqual([(box.start[0] ?? 0) + 1, shape[1], shape[2]]);
				}
			}),
		);
	});

	it("large sections are seen through windows", async () => {
		const shape = [2, 700, 1300] as const;
		const [a, b] = [new Uint8Array(sizeOf(shape)), new Uint8Array(sizeOf(shape))];
		b.fill(1, 700 * 1300 + 650 * 1300 + 900, 700 * 1300 + 650 * 1300 + 1000);
		const places = await wrongPlaces(
			memoryVolume("t", ndarray("uint8", shape, a), shape),
			memoryVolume("f", ndarray("uint8", shape, b), shape),
			(t, f) => t === f,
			5,
		);
		// three columns of windows, 434 wide: the last begins at 868; two rows, 350 high
		expect(places).toEqual([{ box: { start: [1, 350, 868], stop: [2, 700, 1300] }, wrong: 100 }]);
	});
});

describe("volumes of any axes", () => {
	const reader = (shape: readonly number[], axes: string): VolumeReader => ({
		info: { format: "tiff", path: "v.tif", dtype: "uint8", shape, axes },
		read: async (box) => {
			const own = box.stop.map((stop, axis) => stop - (box.start[axis] ?? 0));
			return ndarray("uint8", own, new Uint8Array(sizeOf(own)).fill(box.start.at(-1) ?? 0));
		},
		close: async () => undefined,
	});

	it.each([
		[[5, 6], "", [1, 5, 6]],
		[[4, 5, 6], "zyx", [4, 5, 6]],
		[[1, 4, 5, 6], "", [4, 5, 6]],
		[[1, 4, 5, 6], "czyx", [4, 5, 6]],
		[[1, 5, 6], "cyx", [1, 5, 6]],
		[[5, 6, 1], "yxc", [1, 5, 6]],
		[[1, 1, 4, 5, 6], "", [4, 5, 6]],
	])("%j %s is %j", async (shape, axes, wanted) => {
		const volume = labelVolume(reader(shape, axes));
		expect(volume.shape).toEqual(wanted);
		const [, height = 0, width = 0] = wanted;
		const array = await volume.read({ start: [0, 0, 2], stop: [1, height, width] });
		expect(array.shape).toEqual([1, height, width - 2]);
	});

	it.each([
		[[5, 6, 3], "yxc"],
		[[2, 4, 5, 6], "czyx"],
		[[2, 4, 5, 6], ""],
		[[7], ""],
		[[0, 5], "yx"],
	])("%j %s are no labels", (shape, axes) => {
		expect(() => labelVolume(reader(shape, axes))).toThrow(/v\.tif: expected labels of two or three axes, found/);
	});
});
