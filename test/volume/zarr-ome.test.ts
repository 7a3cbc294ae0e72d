/**
 * OME-Zarr written and read: images, labels, pyramids.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type NdArray, ndarray } from "../../src/core/array.ts";
import { wholeBox } from "../../src/core/box.ts";
import { sizeOf } from "../../src/core/shape.ts";
import type { VolumeSpec } from "../../src/volume/volume.ts";
import { halve } from "../../src/volume/zarr/downsample.ts";
import { buildPyramid, pyramidLevels } from "../../src/volume/zarr/pyramid.ts";
import { zarr } from "../../src/volume/zarr/zarr.ts";
import { expectFault, expectSame, noise } from "./conformance.ts";

let folder = "";
let count = 0;
const fresh = () => join(folder, `${count++}.zarr`);

beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), "nnvol-ome-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function save(path: string, array: NdArray, spec: Omit<VolumeSpec, "dtype" | "shape">): Promise<void> {
	const writer = await zarr.openRegions?.(path, { ...spec, dtype: array.dtype, shape: array.shape });
	await writer?.write(
		array.shape.map(() => 0),
		array,
	);
	await writer?.finish();
	await writer?.close();
}

async function load(path: string, dataset?: string) {
	const reader = await zarr.open(path, dataset === undefined ? {} : { dataset });
	try {
		return { info: reader.info, array: await reader.read(wholeBox(reader.info.shape)) };
	} finally {
		await reader.close();
	}
}

const json = (...parts: string[]): unknown => JSON.parse(readFileSync(join(...parts), "utf8"));

const AXES = [
	{ name: "z", type: "space", unit: "nanometer" },
	{ name: "y", type: "space", unit: "nanometer" },
	{ name: "x", type: "space", unit: "nanometer" },
];
const DATASETS = [{ path: "0", coordinateTransformations: [{ type: "scale", scale: [30, 4, 5] }] }];

describe("OME-Zarr", () => {
	const image = noise("uint8", [5, 12, 9], 1);
	const base = { axes: "zyx", spacing: [30, 4, 5], unit: "nanometer" } as const;

	it("0.4: image and labels, attributes as the specification has them", async () => {
		const path = fresh();
		await save(path, image, { ...base, layout: { ome: "0.4" } });
		await save(path, image, { ...base, dataset: "labels/cells", layout: { ome: "0.4" } });
		await save(path, image, { ...base, dataset: "labels/nuclei", layout: { ome: "0.4" } });
		expect(json(path, ".zgroup")).toEqual({ zarr_format: 2 });
		expect(json(path, ".zattrs")).toEqual({
			multiscales: [{ version: "0.4", name: "image", axes: AXES, datasets: DATASETS }],
		});
		expect(json(path, "labels", ".zattrs")).toEqual({ labels: ["cells", "nuclei"] });
		expect(json(path, "labels", "cells", ".zattrs")).toEqual({
			multiscales: [{ version: "0.4", name: "cells", axes: AXES, datasets: DATASETS }],
			"image-label": { version: "0.4", source: { image: "../../" } },
		});
		expect(json(path, "0", ".zarray")).toMatchObject({ zarr_format: 2, dimension_separator: "/", shape: [5, 12, 9] });
		for (const dataset of [undefined, "labels/cells", "labels/cells/0"]) {
			const { info, array } = await load(path, dataset);
			expectSame(array, image);
			expect(info).toMatchObject({ axes: "zyx", spacing: [30, 4, 5], unit: "nanometer" });
		}
	});

	it("0.5: the same below `ome`", async () => {
		const path = fresh();
		await save(path, image, { ...base, layout: { ome: "0.5" } });
		await save(path, image, { ...base, dataset: "labels/cells", layout: { ome: "0.5" } });
		await save(path, image, { ...base, layout: { ome: "0.5" } });
		expect(json(path, "zarr.json")).toMatchObject({
			zarr_format: 3,
			node_type: "group",
			attributes: { ome: { version: "0.5", multiscales: [{ name: "image", axes: AXES, datasets: DATASETS }] } },
		});
		expect(json(path, "labels", "zarr.json")).toMatchObject({
			attributes: { ome: { version: "0.5", labels: ["cells"] } },
		});
		expect(json(path, "labels", "cells", "zarr.json")).toMatchObject({
			attributes: { ome: { version: "0.5", "image-label": { source: { image: "../../" } } } },
		});
		const { info } = await load(path);
		expect(info).toMatchObject({ dataset: "0", scales: [{ name: "0", shape: [5, 12, 9], spacing: [30, 4, 5] }] });
	});

	it("labels before their image: the root becomes an image afterwards", async () => {
		const path = fresh();
		await save(path, image, { ...base, dataset: "labels/cells", layout: { ome: "0.5" } });
		await save(path, image, { ...base, layout: { ome: "0.5" } });
		expect((await load(path)).info.dataset).toBe("0");
		expect((await load(path, "labels/cells")).info.dataset).toBe("labels/cells/0");
	});

	it("by `create` too; axes that OME-Zarr has not, and the wrong version of Zarr, are refused", async () => {
		const path = fresh();
		const spec: VolumeSpec = { dtype: "uint8", shape: image.shape, ...base, layout: { ome: "0.5" } };
		const writer = await zarr.create(path, spec);
		await writer.write([0, 0, 0], image);
		await writer.finish();
		expectSame((await load(path)).array, image);
		expect((await load(path)).info.spacing).toEqual([30, 4, 5]);
		await expectFault(zarr.create(fresh(), { ...spec, axes: "" }), folder);
		await expectFault(zarr.create(fresh(), { ...spec, axes: "yxc" }), folder);
		await expectFault(zarr.create(fresh(), { ...spec, layout: { ome: "0.4", zarrFormat: 3 } }), folder);
	});
});

describe("pyramids", () => {
	it("halve what is fine first, until all is short or as many as wanted", () => {
		expect(pyramidLevels([64, 1000, 600], "zyx", [40, 10, 10], undefined).map(({ factors }) => factors)).toEqual([
			[1, 1, 1],
			[1, 2, 2],
			[1, 4, 4],
		]);
		expect(pyramidLevels([64, 1000, 600], "zyx", [40, 10, 10], 5).map(({ factors }) => factors)).toEqual([
			[1, 1, 1],
			[1, 2, 2],
			[1, 4, 4],
			[2, 8, 8],
			[4, 16, 16],
		]);
		expect(pyramidLevels([3, 1, 5, 2], "czyx", undefined, 9).map(({ shape }) => shape)).toEqual([
			[3, 1, 5, 2],
			[3, 1, 3, 1],
			[3, 1, 2, 1],
			[3, 1, 1, 1],
		]);
	});

	it("means and most frequent voxels, by hand", () => {
		const a = ndarray("uint8", [3, 3], new Uint8Array([1, 2, 9, 4, 4, 9, 7, 5, 3]));
		expect([...halve(a, [2, 2], "image").data]).toEqual([3, 9, 6, 3]);
		expect([...halve(a, [2, 2], "labels").data]).toEqual([4, 9, 7, 3]);
		expect([...halve(a, [1, 2], "image").data]).toEqual([2, 9, 4, 9, 6, 3]);
		const b = ndarray("int64", [4], new BigInt64Array([-3n, -2n, 2n ** 62n, 2n ** 62n]));
		expect([...halve(b, [2], "image").data]).toEqual([-2n, 2n ** 62n]);
		const c = ndarray("int16", [4], new Int16Array([-3, -2, -4, -3]));
		expect([...halve(c, [2], "image").data]).toEqual([-2, -3]);
	});

	for (const [ome, kind] of [
		["0.4", "labels"],
		["0.5", "image"],
	] as const) {
		it(`${ome}, ${kind}: every level is the one before halved whole, in boxes; done units stay, the list comes last`, async () => {
			const cases = fc.record({
				shape: fc.array(fc.integer({ min: 1, max: 23 }), { minLength: 3, maxLength: 3 }),
				seed: fc.nat(),
			});
			await fc.assert(
				fc.asyncProperty(cases, async ({ shape, seed }) => {
					const path = fresh();
					const array = noise("uint16", shape, seed);
					if (kind === "labels")
						for (let i = 0; i < array.data.length; i++) array.data[i] = Number(array.data[i] ?? 0) & 3;
					const layout = { ome, chunks: [4, 4, 4], ...(ome === "0.5" ? { shards: [4, 8, 8] } : {}) };
					await save(path, array, { axes: "zyx", spacing: [3, 1, 1], unit: "micrometer", layout });
					const scales = await buildPyramid(path, { kind, levels: 4 });
					const again = await buildPyramid(path, { kind, levels: 4 });
					expect(again).toEqual(scales);
					const { info } = await load(path);
					expect(info.scales).toEqual(scales);
					let last = array;
					let before: readonly number[] = [1, 1, 1];
					for (const [n, { factors }] of pyramidLevels(shape, "zyx", [3, 1, 1], 4).entries()) {
						const level = await load(path, String(n));
						if (n > 0)
							last = halve(
								last,
								factors.map((f, axis) => f / (before[axis] ?? 1)),
								kind,
							);
						expectSame(level.array, last);
						expect(level.info).toMatchObject({
							spacing: [3 * (factors[0] ?? 1), factors[1], factors[2]],
							unit: "micrometer",
						});
						before = factors;
					}
				}),
				{ numRuns: 12 },
			);
		});
	}

	it("goes on where it was: units that are there are not written again, unless it is to be redone", async () => {
		const path = fresh();
		await save(path, noise("uint8", [8, 8, 8], 1), { axes: "zyx", layout: { ome: "0.5", chunks: [4, 4, 4] } });
		await buildPyramid(path, { kind: "image", levels: 2 });
		const unit = join(path, "1/c/0/0/0");
		const whole = readFileSync(unit);
		const { ino } = statSync(unit);
		await buildPyramid(path, { kind: "image", levels: 2 });
		expect(statSync(unit).ino).toBe(ino);
		rmSync(unit);
		await buildPyramid(path, { kind: "image", levels: 2 });
		expect(readFileSync(unit)).toEqual(whole);
		await buildPyramid(path, { kind: "labels", levels: 2, redo: true });
		expect(readFileSync(unit)).not.toEqual(whole);
	});

	it("wants an OME-Zarr image", async () => {
		const path = fresh();
		await save(path, noise("uint8", [8, 8, 8], 1), { axes: "zyx" });
		await expectFault(buildPyramid(path, { kind: "image" }), path);
	});
});

it("sizes of levels shrink", () => {
	const levels = pyramidLevels([5000, 5000, 5000], "zyx", [1, 1, 1], undefined);
	const sizes = levels.map(({ shape }) => sizeOf(shape));
	expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
	expect(Math.max(...(levels.at(-1)?.shape ?? []))).toBeLessThanOrEqual(256);
});
