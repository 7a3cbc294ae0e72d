import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { wholeBox } from "../../../src/core/box.ts";
import { modelSettings } from "../../../src/plan/model-settings.ts";
import type { Settings } from "../../../src/plan/settings.ts";
import { convertVolume } from "../../../src/volume/convert/convert.ts";
import { openVolume } from "../../../src/volume/formats.ts";
import type { FormatName } from "../../../src/volume/volume.ts";
import { modelSpec } from "../../model-spec.ts";
import { expectSame } from "../../volume/conformance.ts";
import { columnsOf, inMemory, outputOf, type SceneSpec, stream, wavy, withScene } from "./scene.ts";

const choices = { blockVoxels: 1, planOf: columnsOf(2, 2, 3) };
const layout = { chunks: [4, 8, 8] };

const volume = (over: Partial<Settings>): SceneSpec => {
	const spec = modelSpec();
	const array = wavy("uint8", [9, 20, 18], 1, 3);
	const settings = { ...modelSettings(spec), ...over };
	return { spec, settings, array, axes: "zyx", chunks: [4, 8, 8], spacing: [2, 1, 1] };
};

async function read(path: string, dataset: string) {
	const reader = await openVolume(path, { dataset });
	try {
		return { array: await reader.read(wholeBox(reader.info.shape)), scales: reader.info.scales };
	} finally {
		await reader.close();
	}
}

/** Compares all scales of `path` with those of a copy of its finest. */
async function expectScales(
	path: string,
	format: FormatName,
	kind: "image" | "segmentation",
	names: readonly string[],
) {
	const reader = await openVolume(path);
	const copy = path.replace(/\.(\w+)$/, "-copy.$1");
	try {
		const how = format === "zarr" ? ({ chunks: reader.info.chunks ?? [], ome: "0.5" } as const) : {};
		await convertVolume(reader, copy, format, { memory: 1e9, layout: how, scales: { count: 2, kind } });
		expect(reader.info.scales).toHaveLength(3);
	} finally {
		await reader.close();
	}
	for (const name of names) {
		const [mine, theirs] = [await read(path, name), await read(copy, name)];
		expectSame(mine.array, theirs.array);
		expect(mine.scales).toEqual(theirs.scales);
	}
}

describe("coarser scales of a streamed output", () => {
	it("are those of a copy, labels by what is most frequent and probabilities by means", async () => {
		const outputs: Settings["outputs"] = [
			{ kind: "labels" },
			{ kind: "probabilities", channels: [0, 1], dtype: "uint8" },
		];
		await withScene(volume({ pyramid: 2, outputs }), async (scene) => {
			await stream(scene, { layout, choices });
			const out = (name: string) => join(scene.folder, "out", name);
			expectSame(await outputOf(scene, "out.zarr"), (await inMemory(scene)).array);
			await expectScales(out("out.zarr"), "zarr", "segmentation", ["0", "1", "2"]);
			await expectScales(out("out_probabilities.zarr"), "zarr", "image", ["0", "1", "2"]);
		});
	});

	it("are refused for formats that have none, before anything is predicted", async () => {
		await withScene(volume({ pyramid: "auto" }), async (scene) => {
			const never = () => {
				throw new Error("the network was run");
			};
			const run = stream(scene, { format: "hdf5", choices, network: never });
			await expect(run).rejects.toThrow(/hdf5 has no coarser scales/);
		});
	});

	it("are made of precomputed volumes too", async () => {
		await withScene(volume({ pyramid: 2 }), async (scene) => {
			await stream(scene, { format: "precomputed", choices });
			const path = join(scene.folder, "out", "out.precomputed");
			const reader = await openVolume(path);
			await reader.close();
			const names = (reader.info.scales ?? []).map(({ name }) => name);
			await expectScales(path, "precomputed", "segmentation", names);
		});
	});
});
