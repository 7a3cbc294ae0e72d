import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sizeOf, type Zyx } from "../../src/core/shape.ts";
import { splineTable } from "../../src/image/resample-table.ts";
import type { Clip } from "../../src/image/resample-volume.ts";
import { planPasses, type StageRequest } from "../../src/preprocess/stage-plan.ts";

const extent = fc.integer({ min: 1, max: 3000 });
const extents = fc.tuple(extent, extent, extent);
const requests: fc.Arbitrary<StageRequest> = fc
	.record({
		shape: extents,
		to: extents,
		isChanged: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
		clip: fc.constantFrom<Clip[]>("none", "volume", 0, 1, 2),
		channels: fc.integer({ min: 1, max: 4 }),
		voxelBytes: fc.constantFrom(1, 2, 4, 8),
		sourceChunks: extents,
		chunks: extents,
		bytes: fc.integer({ min: 1, max: 2 ** 34 }),
	})
	.map(({ to, isChanged, ...rest }) => {
		const table = (axis: 0 | 1 | 2) =>
			isChanged[axis] && to[axis] !== rest.shape[axis] ? splineTable(rest.shape[axis], to[axis], 1) : undefined;
		return { ...rest, axes: [table(0), table(1), table(2)] };
	});

const AXES = [0, 1, 2] as const;

describe("planPasses", () => {
	it("does every axis once, section axis last, and goes from the image's extents to the network's", () => {
		fc.assert(
			fc.property(requests, (request) => {
				const passes = planPasses(request);
				const done = passes.flatMap(({ steps }) => steps.map(({ axis }) => axis));
				expect([...done].sort()).toEqual(AXES.filter((axis) => request.axes[axis] !== undefined));
				if (typeof request.clip === "number" && done.includes(request.clip)) expect(done.at(-1)).toBe(request.clip);
				expect(passes[0]?.from).toEqual(request.shape);
				for (const [n, { to }] of passes.entries()) if (n + 1 < passes.length) expect(passes[n + 1]?.from).toEqual(to);
				expect(passes.at(-1)?.to).toEqual(AXES.map((axis) => request.axes[axis]?.to ?? request.shape[axis]));
			}),
		);
	});

	it("lets every pass write whole chunks, and read none twice", () => {
		fc.assert(
			fc.property(requests, (request) => {
				const passes = planPasses(request);
				for (const [n, { steps, from, tile, chunks }] of passes.entries()) {
					for (const axis of AXES) {
						const isWhole = steps.some((step) => step.axis === axis) || tile[axis] === from[axis];
						if (!isWhole) expect(tile[axis] % chunks[axis]).toBe(0);
						const next = passes[n + 1];
						if (next !== undefined && next.tile[axis] < next.from[axis]) expect(next.tile[axis] % chunks[axis]).toBe(0);
					}
				}
			}),
		);
	});

	it("clips once, after the last axis that comes before the sections' own", () => {
		fc.assert(
			fc.property(requests, (request) => {
				const steps = planPasses(request).flatMap((pass) => pass.steps);
				const before = steps.filter(({ axis }) => axis !== request.clip);
				expect(steps.filter((step) => step.isClipped)).toEqual(request.clip === "none" ? [] : before.slice(-1));
			}),
		);
	});

	it("goes through blocks that fit, unless a single line does not", () => {
		fc.assert(
			fc.property(requests, (request) => {
				for (const [n, { steps, from, tile }] of planPasses(request).entries()) {
					const isOne = AXES.every((axis) => tile[axis] === 1 || steps.some((step) => step.axis === axis));
					const read = 2 * request.channels * (n === 0 ? request.voxelBytes : 4) * sizeOf(tile);
					if (!isOne) expect(read).toBeLessThan(request.bytes);
					expect(AXES.every((axis) => tile[axis] >= 1 && tile[axis] <= from[axis])).toBe(true);
				}
			}),
		);
	});

	it("takes whole planes in one pass where they fit", () => {
		const shape: Zyx = [500, 1000, 1000];
		const axes = [splineTable(500, 600, 3), splineTable(1000, 800, 3), splineTable(1000, 900, 3)] as const;
		const shared = {
			shape,
			axes,
			clip: "volume",
			channels: 1,
			voxelBytes: 1,
			sourceChunks: [64, 64, 64],
			chunks: [64, 128, 128],
		} as const;
		const passes = (bytes: number) =>
			planPasses({ ...shared, bytes }).map(({ steps }) => steps.map(({ axis }) => axis));
		expect(passes(1e10)).toEqual([[1, 2, 0]]);
		expect(passes(5e8)).toEqual([[1, 2], [0]]);
		expect(passes(1e7)).toEqual([[1], [2], [0]]);
	});
});
