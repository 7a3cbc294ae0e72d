import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { type Region, regionsOf } from "../../src/plan/regions.ts";

async function regions(...overrides: string[]): Promise<readonly Region[] | undefined> {
	return regionsOf((await loadConfig({ overrides, env: {} })).config);
}

const CHUNKS = "inference.volume_mode.chunks";
const holds = ({ start, size }: Region, voxel: readonly number[]) =>
	voxel.every((v, axis) => v >= (start[axis] ?? 0) && v < (start[axis] ?? 0) + (size[axis] ?? 0));

describe("regions", () => {
	it("are undefined for a whole volume, and the box of roi", async () => {
		expect(await regions()).toBeUndefined();
		expect(await regions("inference.roi={start: [1, 2, 3], size: [4, 5, 6]}")).toEqual([
			{ start: [1, 2, 3], size: [4, 5, 6] },
		]);
	});

	it("of a chunk are one box, unless step and count say more", async () => {
		expect(await regions(`${CHUNKS}=[{start: [0, 8, 0], size: [4, 8, 8]}]`)).toEqual([
			{ start: [0, 8, 0], size: [4, 8, 8] },
		]);
		expect(await regions(`${CHUNKS}=[{start: [0, 0, 0], size: [4, 8, 8], count: [1, 2, 2]}]`)).toEqual([
			{ start: [0, 0, 0], size: [4, 8, 8] },
			{ start: [0, 0, 8], size: [4, 8, 8] },
			{ start: [0, 8, 0], size: [4, 8, 8] },
			{ start: [0, 8, 8], size: [4, 8, 8] },
		]);
		expect(
			await regions(`${CHUNKS}=[{start: [5, 0, 0], size: [1, 2, 3], step: [10, 1, 1], count: [2, 1, 1]}]`),
		).toEqual([
			{ start: [5, 0, 0], size: [1, 2, 3] },
			{ start: [15, 0, 0], size: [1, 2, 3] },
		]);
	});

	it("are the same for lists that mean the same", async () => {
		const [a, b] = ["{start: [0, 0, 0], size: [2, 2, 2]}", "{start: [0, 0, 2], size: [2, 2, 2]}"];
		expect(await regions(`${CHUNKS}=[${a}, ${b}]`)).toEqual(await regions(`${CHUNKS}=[${b}, ${a}, ${b}]`));
	});

	it("that hold nothing are an error", async () => {
		await expect(regions(`${CHUNKS}=[]`)).rejects.toMatchObject({ code: "CONFIG" });
		await expect(
			regions(`${CHUNKS}=[{start: [0, 0, 0], size: [2, 2, 2]}]`, "inference.roi={start: [2, 0, 0], size: [1, 1, 1]}"),
		).rejects.toThrow(/roi holds none of the boxes/);
		await expect(
			regions(`${CHUNKS}=[{start: [0, 0, 0], size: [1, 1, 1], count: [1000000, 1000000, 1]}]`),
		).rejects.toThrow(/asks for 1000000000000 boxes, more than 1000000/);
	});

	it("hold a voxel exactly where a box of a chunk and roi do", async () => {
		const triple = (least: number, most: number) =>
			fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: least, max: most })));
		const chunk = fc.record({ start: triple(0, 6), size: triple(1, 4), step: triple(1, 5), count: triple(1, 3) });
		await fc.assert(
			fc.asyncProperty(
				fc.array(chunk, { minLength: 1, maxLength: 3 }),
				chunk,
				triple(0, 12),
				async (chunks, roi, voxel) => {
					const box = { start: roi.start, size: roi.size.map((size) => size + 4) };
					const wanted = chunks.some(({ start, size, step, count }) =>
						voxel.every((v, axis) => {
							const from = v - (start[axis] ?? 0);
							const at = Array.from({ length: count[axis] ?? 1 }, (_, n) => n * (step[axis] ?? 1));
							return at.some((place) => from >= place && from < place + (size[axis] ?? 1));
						}),
					);
					const found = await regions(
						`${CHUNKS}=${JSON.stringify(chunks)}`,
						`inference.roi=${JSON.stringify(box)}`,
					).catch(() => []);
					expect((found ?? []).some((region) => holds(region, voxel))).toBe(wanted && holds(box, voxel));
				},
			),
			{ numRuns: 60 },
		);
	});
});
