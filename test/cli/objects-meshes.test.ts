/**
 * Where meshes go, and in which coordinates.
 */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { meshTarget, placingOf } from "../../src/cli/objects-meshes.ts";
import type { VolumeInfo } from "../../src/volume/volume.ts";
import { testFolder } from "../folder.ts";

/** A precomputed volume whose second scale begins at x 5, y 6, z 7. */
function volume(mesh?: string): { path: string; info: VolumeInfo } {
	const scale = { size: [8, 8, 8], chunk_sizes: [[8, 8, 8]], encoding: "raw" };
	const document = {
		data_type: "uint32",
		num_channels: 1,
		type: "segmentation",
		...(mesh === undefined ? {} : { mesh }),
		scales: [
			{ ...scale, key: "a", resolution: [4, 4, 40] },
			{ ...scale, key: "b", resolution: [8, 8, 40], voxel_offset: [5, 6, 7] },
		],
	};
	const path = testFolder({ info: JSON.stringify(document) });
	return { path, info: { format: "precomputed", path, dataset: "b", dtype: "uint32", shape: [8, 8, 8], axes: "zyx" } };
}

describe("the folder of meshes", () => {
	it("lies in a precomputed volume, by the name it has there", async () => {
		const { path, info } = volume();
		const own = await meshTarget(info, path, "precomputed", undefined);
		expect(own).toEqual({ folder: join(path, "mesh"), refer: "mesh", offset: [7, 6, 5] });
		expect(await meshTarget(info, path, "precomputed", join(path, "a", "b"))).toMatchObject({ refer: "a/b" });
		const named = volume("old");
		const there = { folder: join(named.path, "old"), refer: undefined };
		expect(await meshTarget(named.info, named.path, "precomputed", named.path)).toMatchObject(there);
		const elsewhere = testFolder();
		expect(await meshTarget(info, path, "precomputed", elsewhere)).toMatchObject({
			folder: elsewhere,
			refer: undefined,
		});
	});

	it("must be told where it cannot be known", async () => {
		const { path, info } = volume("gs://bucket/mesh");
		const refused = expect.stringMatching(/needs --out/);
		await expect(meshTarget(info, path, "precomputed", undefined)).rejects.toMatchObject({ message: refused });
		await expect(meshTarget(info, path, "obj", undefined)).rejects.toMatchObject({ message: refused });
		expect(await meshTarget(info, path, "ply", "out")).toEqual({ folder: "out", refer: undefined, offset: [0, 0, 0] });
	});
});

describe("places in a mesh", () => {
	it("are in nanometers from the corner for Neuroglancer, else in the table's own", () => {
		const table = { spacing: [0.04, 0.008, 0.008] as const, unit: "micrometer" };
		expect(placingOf(table, "ply", [7, 6, 5])).toEqual({ placing: { scale: table.spacing, offset: [0, 0, 0] } });
		const { placing, note } = placingOf(table, "precomputed", [7, 6, 5]);
		expect([placing, note]).toEqual([{ scale: [40, 8, 8], offset: [7.5, 6.5, 5.5] }, undefined]);
		expect(placingOf({ ...table, unit: "parsec" }, "precomputed", [0, 0, 0])).toMatchObject({
			placing: { scale: table.spacing },
			note: expect.stringMatching(/in "parsec"; in the meshes it counts as nanometers/),
		});
	});
});
