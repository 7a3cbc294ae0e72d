import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type NdArray, ndarray } from "../../../src/core/array.ts";
import { wholeBox } from "../../../src/core/box.ts";
import { modelSettings } from "../../../src/plan/model-settings.ts";
import type { Settings } from "../../../src/plan/settings.ts";
import { readImage } from "../../../src/preprocess/image.ts";
import { predictImage } from "../../../src/run/case.ts";
import { formatByName, openVolume } from "../../../src/volume/formats.ts";
import { modelSpec } from "../../model-spec.ts";
import { expectSame } from "../../volume/conformance.ts";
import {
	columnsOf,
	inMemory,
	networkOf,
	outputOf,
	type Scene,
	type SceneSpec,
	shareOf,
	stream,
	wavy,
	withScene,
} from "./scene.ts";

const choices = { blockVoxels: 1, planOf: columnsOf(2, 2, 3) };
const layout = { chunks: [4, 8, 8] };
const array = wavy("uint8", [9, 20, 18], 1, 3);

const volume = (over: Partial<SceneSpec> = {}): SceneSpec => {
	const spec = modelSpec();
	return { spec, settings: modelSettings(spec), array, axes: "zyx", chunks: [4, 8, 8], spacing: [2, 1, 1], ...over };
};

async function infoOf(scene: Scene, name: string) {
	const reader = await openVolume(join(scene.folder, "out", name));
	await reader.close();
	return reader.info;
}

/** The arrays that a scene gives in memory with these settings. */
async function whole({ input, spec, network, heads }: Scene, settings: Settings): Promise<NdArray> {
	const image = await readImage([input], spec);
	return (await predictImage(image, spec, settings, networkOf(network, heads), { batchSize: 3 })).array;
}

describe("formats of streamed outputs", () => {
	it.each([
		["hdf5", "out.h5"],
		["tiff", "out.tif"],
		["nifti", "out.nii.gz"],
		["nrrd", "out.nrrd"],
		["n5", "out.n5"],
		["precomputed", "out.precomputed"],
	] as const)("%s holds the same voxels, and nothing is left beside it", async (format, name) => {
		await withScene(volume(), async (scene) => {
			await stream(scene, { format, choices });
			const labels = await inMemory(scene);
			expectSame(await outputOf(scene, name), labels.array);
			const names = (await readdir(join(scene.folder, "out"))).filter((entry) => !entry.endsWith(".json"));
			expect(names.sort()).toEqual([".nnvol", name].sort());
			expect(await readdir(join(scene.folder, "out", ".nnvol", "staging")).catch(() => [])).toEqual([]);
			// done: nothing is run again
			const never: typeof scene.network = () => {
				throw new Error("the network was run");
			};
			await stream(scene, { format, choices, network: never });
		});
	});

	it("keeps the voxel size, and chunks that are asked for", async () => {
		await withScene(volume(), async (scene) => {
			await stream(scene, { layout: { chunks: [3, 10, 6], compression: "zstd" }, choices });
			const info = await infoOf(scene, "out.zarr");
			expect(info).toMatchObject({ spacing: [2, 1, 1], chunks: [3, 10, 6], axes: "zyx" });
			await stream(scene, { format: "hdf5", layout: { chunks: [3, 10, 6] }, name: "other", choices });
			expect(await infoOf(scene, "other.h5")).toMatchObject({ spacing: [2, 1, 1], chunks: [3, 10, 6] });
		});
	});

	it("takes a packed input that cannot be read in any order", async () => {
		const { chunks: _, ...packed } = volume({ format: "nifti" });
		await withScene(packed, async (scene) => {
			await stream(scene, { choices });
			expectSame(await outputOf(scene, "out.zarr"), (await inMemory(scene)).array);
		});
	});
});

describe("products", () => {
	it("are labels, chosen probabilities in 8 and 16 bits, and uncertainty", async () => {
		const spec = modelSpec();
		const settings: Settings = {
			...modelSettings(spec),
			outputs: [
				{ kind: "labels" },
				{ kind: "probabilities", channels: [1], dtype: "uint8" },
				{ kind: "uncertainty", dtype: "float32" },
			],
		};
		await withScene(volume({ spec, settings }), async (scene) => {
			await stream(scene, { layout, choices });
			const { probabilities, array: labels } = await inMemory(scene);
			expectSame(await outputOf(scene, "out.zarr"), labels);
			const all = probabilities?.data ?? new Float32Array(0);
			const voxels = all.length / 2;
			const bytes = await outputOf(scene, "out_probabilities.zarr");
			expect(bytes).toMatchObject({ dtype: "uint8", shape: [1, 9, 20, 18] });
			expect([...bytes.data].map(Number)).toEqual(
				Array.from(all.subarray(voxels), (value) => roundHalfEven(Math.fround(value * 255))),
			);
			const uncertainty = await outputOf(scene, "out_uncertainty.zarr");
			expect(uncertainty).toMatchObject({ dtype: "float32", shape: [9, 20, 18] });
			for (const [i, value] of [...uncertainty.data].entries()) {
				const p = all[voxels + i] ?? 0;
				const bits = [p, 1 - p].reduce((sum, q) => sum - (q > 0 ? q * Math.log2(q) : 0), 0);
				expect(Number(value)).toBeCloseTo(bits, 4);
			}
		});
	});

	it("are channels as in memory: scaled, thresholded, sections cleaned one by one", async () => {
		const spec = modelSpec({ dimensions: 2, reader: "NaturalImage2DIO" });
		const binary = { threshold: 0.5, removeSmall: 5, fillHoles: true };
		for (const output of [
			{ kind: "channels", channels: [1], channelAxis: false, binary, scale: 255, dtype: "uint8" },
			{ kind: "channels", channels: [1, 0], channelAxis: true, dtype: "float32" },
			{ kind: "channels", channels: [0], channelAxis: false, scale: 1000, dtype: "uint16" },
		] as const) {
			const settings: Settings = { ...modelSettings(spec), output };
			await withScene(volume({ spec, settings }), async (scene) => {
				const planOf = columnsOf("binary" in output ? 99 : 1, "binary" in output ? 99 : 2, 3);
				await stream(scene, { layout, choices: { blockVoxels: 1, planOf } });
				expectSame(await outputOf(scene, "out.zarr"), await whole(scene, settings));
			});
		}
	});
});

describe("a part of a volume", () => {
	const outside = (labels: NdArray, inside: (z: number, y: number, x: number) => boolean) => {
		const data = Uint8Array.from([...labels.data], Number);
		const [, height = 1, width = 1] = labels.shape;
		for (let i = 0; i < data.length; i++) {
			const [z, y, x] = [Math.floor(i / width / height), Math.floor(i / width) % height, i % width];
			if (!inside(z, y, x)) data[i] = 0;
		}
		return ndarray("uint8", labels.shape, data);
	};
	const flat = (item: Float32Array, shape: readonly number[]) => {
		const voxels = shape.slice(1).reduce((a, b) => a * b, 1);
		return Float32Array.from({ length: 2 * voxels }, (_, i) => (i < voxels ? 0 : 1 + (item[i - voxels] ?? 0) * 0));
	};

	it.each([[[0, 1, 2]], [[2, 0, 1]]])("is what the whole is there, and 0 elsewhere (axes %s)", async (order) => {
		const back = order.map((_, axis) => order.indexOf(axis));
		const spec = modelSpec({ transposeForward: order, transposeBackward: back });
		const regions = [
			{ start: [2, 3, 4], size: [3, 9, 5] },
			{ start: [7, 0, 0], size: [100, 4, 4] },
		];
		const settings: Settings = { ...modelSettings(spec), regions };
		await withScene(volume({ spec, settings, network: flat }), async (scene) => {
			let items = 0;
			await stream(scene, {
				layout,
				choices,
				network: (item, shape) => {
					items++;
					return flat(item, shape);
				},
			});
			const found = await outputOf(scene, "out.zarr");
			const { regions: _, ...all } = settings;
			const expected = outside(
				await whole(scene, { ...all, output: { kind: "labels", probabilities: false, dtype: "uint8" } }),
				(z, y, x) =>
					regions.some(({ start, size }) =>
						[z, y, x].every((v, axis) => v >= (start[axis] ?? 0) && v < (start[axis] ?? 0) + (size[axis] ?? 0)),
					),
			);
			expectSame(found, expected);
			expect([...found.data].some((value) => Number(value) === 1)).toBe(true);
			expect(items).toBeGreaterThan(0);
		});
	});

	it("is what lies in a mask; blocks outside are not done", async () => {
		const folder = await mkdtemp(join(tmpdir(), "nnvol-mask-"));
		try {
			const mask = ndarray("uint8", [9, 20, 18], new Uint8Array(9 * 20 * 18));
			for (let z = 5; z < 7; z++)
				for (let y = 9; y < 14; y++) mask.data.fill(3, (z * 20 + y) * 18 + 2, (z * 20 + y) * 18 + 7);
			const format = await formatByName("hdf5");
			const writer = await format.create(join(folder, "mask.h5"), { dtype: "uint8", shape: mask.shape, axes: "zyx" });
			await writer.write(wholeBox(mask.shape).start, mask);
			await writer.finish();
			const spec = modelSpec();
			const settings: Settings = { ...modelSettings(spec), within: join(folder, "mask.h5") };
			await withScene(volume({ spec, settings, network: flat }), async (scene) => {
				await stream(scene, { layout, choices });
				expectSame(
					await outputOf(scene, "out.zarr"),
					outside(
						ndarray("uint8", mask.shape, new Uint8Array(mask.data.length).fill(1)),
						(z, y, x) => mask.data[(z * 20 + y) * 18 + x] === 3,
					),
				);
				const chunks = await readdir(join(scene.folder, "out", "out.zarr", "c"), { recursive: true, encoding: "utf8" });
				const files: string[] = [];
				for (const name of chunks) {
					const found = await stat(join(scene.folder, "out", "out.zarr", "c", name));
					if (found.isFile()) files.push(name);
				}
				expect(files).toEqual([join("1", "1", "0")]);
			});
		} finally {
			await rm(folder, { recursive: true, force: true });
		}
	});

	it("leaves blocks of empty input alone", async () => {
		const half = ndarray(
			"uint8",
			[9, 20, 18],
			Uint8Array.from([...array.data], (value, i) => (i % 18 < 8 ? 4 : Number(value) + 10)),
		);
		const spec = modelSpec();
		const settings: Settings = { ...modelSettings(spec), skipBelow: 5 };
		await withScene(volume({ spec, settings, array: half, network: flat }), async (scene) => {
			await stream(scene, { layout, choices });
			const ones = ndarray("uint8", half.shape, new Uint8Array(half.data.length).fill(1));
			expectSame(
				await outputOf(scene, "out.zarr"),
				outside(ones, (_z, _y, x) => x >= 8),
			);
		});
	});
});

describe("what is beside", () => {
	it("says what made it", async () => {
		await withScene(volume(), async (scene) => {
			await stream(scene, { layout, choices });
			const folder = join(scene.folder, "out", ".nnvol", "blocks", "out.zarr");
			const [key = ""] = await readdir(folder);
			const made: unknown = JSON.parse(await readFile(join(folder, key, "provenance.json"), "utf8"));
			expect(made).toMatchObject({
				version: 1,
				output: "out.zarr",
				attributes: { nnvol: "test" },
				files: [scene.input],
				settings: { step: 0.5 },
				blocks: { count: 27, extents: [4, 8, 8] },
			});
		});
	});

	it("refuses chunks and shards of formats that have none, before anything is run", async () => {
		await withScene(volume(), async (scene) => {
			const never: typeof scene.network = () => {
				throw new Error("the network was run");
			};
			const wrong = { layout, choices, network: never } as const;
			await expect(stream(scene, { ...wrong, format: "nifti" })).rejects.toMatchObject({ code: "CONFIG" });
			const shards = { chunks: [4, 8, 8], shards: [8, 16, 16] };
			await expect(stream(scene, { ...wrong, format: "n5", layout: shards })).rejects.toThrow(/n5 has no shards/);
			expect(await readdir(join(scene.folder, "out"))).toEqual([".nnvol"]);
		});
	});

	it("refuses an output that was begun otherwise, with what changed", async () => {
		await withScene(volume(), async (scene) => {
			await stream(scene, { layout, choices, share: shareOf(0, 2, false) });
			const changed: Scene = { ...scene, settings: { ...scene.settings, step: 0.7 } };
			await expect(stream(changed, { layout, choices })).rejects.toThrow(
				/was begun by another run.*0\.3.*--overwrite/s,
			);
			await stream(changed, { layout, choices, options: { overwrite: true } });
			expectSame(await outputOf(scene, "out.zarr"), (await inMemory(changed)).array);
		});
	});
});

function roundHalfEven(value: number): number {
	const low = Math.floor(value);
	if (value - low !== 0.5) return Math.round(value);
	return low % 2 === 0 ? low : low + 1;
}
