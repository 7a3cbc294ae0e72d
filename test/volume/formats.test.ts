import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reshape } from "../../src/core/array.ts";
import {
	FORMATS,
	formatByName,
	formatOfName,
	isVolumeFolder,
	openVolume,
	pathStem,
	senseFormat,
	stripEnding,
	WRITTEN_FORMATS,
} from "../../src/volume/formats.ts";
import { sharedPath } from "../shared.ts";
import { expectFault, noise } from "./conformance.ts";

let folder = "";
beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), "nnvol-formats-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
	const path = join(folder, name);
	writeFileSync(path, typeof content === "string" ? Buffer.from(content, "latin1") : content);
	return path;
}

describe("the table of formats", () => {
	it("agrees with the formats themselves", async () => {
		for (const { name, extensions, isFolder } of FORMATS) {
			const format = await formatByName(name);
			expect([format.name, format.extensions, format.isFolder]).toEqual([name, extensions, isFolder]);
		}
	});
	it("tells a format by the ending of a name", () => {
		const names = ["a.png", "A.TIF", "b.tiff", "x/y.h5", "y.hdf5", "s.zarr/", "s.zarr"];
		expect(names.map(formatOfName)).toEqual(["png", "tiff", "tiff", "hdf5", "hdf5", "zarr", "zarr"]);
		expect(["a.gif", "png", "a.png.txt", ""].map(formatOfName)).toEqual([undefined, undefined, undefined, undefined]);
	});
	it("takes endings off", () => {
		expect(["a.png", "a.b.TIFF", "s.zarr", "ID_0000.h5"].map(stripEnding)).toEqual(["a", "a.b", "s", "ID_0000"]);
	});
	it("keeps the folder of a path whose ending goes, also where there is none", () => {
		const paths = [join("out", "a.nii.gz"), "labels.tif", join("x.y", "b.png"), join(sep, "c.h5")];
		expect(paths.map(pathStem)).toEqual([join("out", "a"), "labels", join("x.y", "b"), join(sep, "c")]);
	});
});

describe("what a path holds", () => {
	it("is told by content, whatever the name, for every format that is built", async () => {
		const array = noise("uint8", [4, 5], 1);
		for (const { name } of WRITTEN_FORMATS) {
			const format = await formatByName(name);
			const path = join(folder, `misleading_${name}.png`);
			const front = format.ranks.includes(2) ? [] : [1];
			const shape = [...front, 4, 5];
			const writer = await format.create(path, { dtype: "uint8", shape, axes: front.length === 0 ? "yx" : "zyx" });
			await writer.write(
				shape.map(() => 0),
				reshape(array, shape),
			);
			await writer.finish();
			expect(await senseFormat(path)).toBe(name);
			const reader = await openVolume(path);
			expect(reader.info).toMatchObject({ format: name, shape, dtype: "uint8" });
			const box = { start: [...front.map(() => 0), 1, 2], stop: [...front, 3, 4] };
			expect([...(await reader.read(box)).data]).toEqual([7, 8, 12, 13].map((i) => array.data[i]));
			await reader.close();
			expect(await isVolumeFolder(path)).toBe(format.isFolder);
		}
	});
	it("a file that is missing, empty, text, HTML, a web page, a pointer, zeros or anything else is named", async () => {
		const cases: readonly (readonly [string, string | Uint8Array, RegExp])[] = [
			["empty.png", "", /an empty file/],
			["text.tif", "hello\nworld\n", /a text file/],
			["page.h5", "<!DOCTYPE html><html>", /an HTML page/],
			["lfs.png", "version https://git-lfs.github.com/spec/v1\noid sha256:1", /git lfs pull/],
			["zeros.tif", new Uint8Array(1000), /a file of zeros/],
			["x.gif", "GIF89a....", /a GIF image/],
			["x.npy", "\x93NUMPY\x01\x00", /a numpy array/],
			["x.zip", "PK\x03\x04....", /a zip archive/],
			["x.gz", gzipSync("hello"), /a gzip-compressed file/],
			["x.dcm", `${"\0".repeat(127)}\x01DICM`, /a DICOM file/],
			["odd.bin", "\x01\x02\x03\x04\x05\x06\x07\x80\x90", /begins with 01 02 03 04 05 06 07 80/],
		];
		for (const [name, content, message] of cases) {
			const path = file(name, content);
			await expect(senseFormat(path)).rejects.toThrow(message);
			await expectFault(senseFormat(path), path);
			await expectFault(openVolume(path), path);
		}
		await expectFault(senseFormat(join(folder, "none.png")), "none.png");
		await expectFault(senseFormat(join(file("a.file", "x"), "below")), "a.file");
	});
	it("formats that come later are UNBUILT", async () => {
		const pair = Buffer.alloc(352);
		pair.writeUInt32LE(348, 0);
		pair.write("ni1\0", 344, "latin1");
		const files = [file("a.hdr", pair)];
		for (const path of files) await expectFault(openVolume(path), path, "UNBUILT");
	});
	it("folders of chunked formats by their documents, others are named", async () => {
		const make = (name: string, ...entries: string[]) => {
			const path = join(folder, name);
			mkdirSync(path);
			for (const entry of entries) writeFileSync(join(path, entry), "{}");
			return path;
		};
		const documents: readonly (readonly [string, string, object])[] = [
			["n5", "attributes.json", { dimensions: [1] }],
			["n5", "attributes.json", { n5: "2.0.0" }],
			["precomputed", "info", { scales: [] }],
			["precomputed", "info", { "@type": "neuroglancer_multiscale_volume" }],
		];
		for (const [n, [format, key, document]] of documents.entries()) {
			const path = make(`chunked${n}`);
			writeFileSync(join(path, key), JSON.stringify(document));
			expect(await senseFormat(path)).toBe(format);
		}
		for (const key of ["attributes.json", "info"]) await expectFault(senseFormat(make(`of${key}`, key)), `of${key}`);
		await expect(senseFormat(make("empty.zarr"))).rejects.toThrow(/an empty folder/);
		await expect(senseFormat(make("images", "a.png"))).rejects.toThrow(/a folder without zarr.json/);
		for (const mark of ["zarr.json", ".zarray", ".zgroup"])
			expect(await senseFormat(make(`z${mark}`, mark))).toBe("zarr");
	});
	const nifti = sharedPath("fixtures", "inputs", "regions", "a_0000.nii.gz");
	it.skipIf(nifti === undefined)("a real .nii.gz of shared/fixtures", async () => {
		const path = join(folder, "real.nii.gz");
		copyFileSync(nifti ?? "", path);
		expect(await senseFormat(path)).toBe("nifti");
	});
});
