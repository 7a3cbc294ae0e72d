/**
 * Stages: a packed file unpacked once, found again, made anew when the file changed, never taken when it is not whole.
 */
import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cut, type NdArray } from "../../src/core/array.ts";
import { wholeBox } from "../../src/core/box.ts";
import { formatByName, formatOfName, openVolume } from "../../src/volume/formats.ts";
import { isSeekable, stageVolume } from "../../src/volume/stage.ts";
import type { VolumeInfo } from "../../src/volume/volume.ts";
import { boxes, expectFault, expectSame } from "./conformance.ts";
import { noise } from "./noise.ts";

let folder = "";
let count = 0;
beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), "nnvol-stage-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function save(name: string, array: NdArray, axes: string): Promise<string> {
	const path = join(folder, name);
	const writer = await (await formatByName(formatOfName(name) ?? "nifti")).create(path, { ...array, axes });
	await writer.write(wholeBox(array.shape).start, array);
	await writer.finish();
	return path;
}

async function stage(path: string, target: string, signal?: AbortSignal): Promise<number> {
	const reader = await openVolume(path);
	let steps = 0;
	try {
		await stageVolume(reader, target, { onProgress: () => steps++, ...(signal === undefined ? {} : { signal }) });
		return steps;
	} finally {
		await reader.close();
	}
}

describe("stages", () => {
	it("hold the voxels of any packed volume, readable in any order", async () => {
		const shapes = fc.constantFrom([5, 70, 80], [130, 20, 9], [2, 3, 40, 50], [90, 130]);
		await fc.assert(
			fc.asyncProperty(shapes, fc.nat(), async (shape, seed) => {
				const array = noise("int16", shape, seed);
				const path = await save(`s${count++}.nii.gz`, array, "czyx".slice(-shape.length));
				const target = join(folder, `t${count++}`);
				expect(await stage(path, target)).toBeGreaterThan(0);
				const reader = await openVolume(target);
				const [box] = fc.sample(boxes(shape), { numRuns: 1, seed });
				const wanted = box ?? wholeBox(shape);
				expectSame(await reader.read(wanted), cut(array, wanted));
				await reader.close();
			}),
			{ numRuns: 8 },
		);
	});
	it("are found again, and made anew for a file that changed", async () => {
		const path = await save("a.mha", noise("uint8", [9, 30, 40], 1), "zyx");
		const target = join(folder, "again");
		expect(await stage(path, target)).toBeGreaterThan(0);
		const made = statSync(target).ino;
		expect(await stage(path, target)).toBe(0);
		expect(statSync(target).ino).toBe(made);
		utimesSync(path, 1, 1);
		expect(await stage(path, target)).toBeGreaterThan(0);
		const other = await save("b.mha", noise("uint8", [9, 30, 40], 2), "zyx");
		expect(await stage(other, target)).toBeGreaterThan(0);
	});
	it("that were interrupted leave nothing", async () => {
		const path = await save("c.nrrd", noise("uint8", [9, 30, 40], 1), "zyx");
		const before = readdirSync(folder).length;
		await expectFault(stage(path, join(folder, "cut"), AbortSignal.abort()), path, "CANCELLED");
		expect(readdirSync(folder)).toHaveLength(before);
	});
	it("are for packed single files", async () => {
		const info = (format: VolumeInfo["format"], compression?: string) =>
			isSeekable({ format, ...(compression === undefined ? {} : { compression }) });
		expect(info("nifti", "gzip")).toBe(false);
		expect(info("nrrd", "text")).toBe(false);
		expect(info("metaimage", "zlib")).toBe(false);
		expect(info("nifti", "none")).toBe(true);
		expect(info("zarr", "gzip")).toBe(true);
		for (const [name, seekable] of [
			["d.nii", true],
			["d.nii.gz", false],
			["d.nrrd", false],
			["d.gipl", true],
		] as const) {
			const reader = await openVolume(await save(name, noise("uint8", [2, 3, 4], 1), "zyx"));
			await reader.close();
			expect(isSeekable(reader.info), name).toBe(seekable);
		}
	});
});
