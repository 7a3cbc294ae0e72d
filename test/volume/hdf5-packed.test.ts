/**
 * HDF5: filters, types, axes and units that h5py and hdf5plugin wrote; what is refused is named.
 *
 * @module
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Box, wholeBox } from "../../src/core/box.ts";
import { sizeOf } from "../../src/core/shape.ts";
import { hdf5 } from "../../src/volume/hdf5/hdf5.ts";
import { COMPRESSIONS, type Compression, type VolumeInfo } from "../../src/volume/volume.ts";
import { expectSame, noise } from "./conformance.ts";

const fixture = (name: string) => join(import.meta.dirname, "..", "fixtures", "hdf5", name);

async function load(path: string, dataset?: string, box?: Box) {
	const reader = await hdf5.open(path, dataset === undefined ? {} : { dataset });
	try {
		const array = await reader.read(box ?? wholeBox(reader.info.shape));
		return { info: reader.info, array, values: Array.from(array.data, Number) };
	} finally {
		await reader.close();
	}
}

async function infoOf(path: string, dataset: string): Promise<VolumeInfo> {
	const reader = await hdf5.open(path, { dataset });
	await reader.close();
	return reader.info;
}

const value = (n: number) => (7 * n) % 251;
const expected = (shape: readonly number[], of = value) => Array.from({ length: sizeOf(shape) }, (_, n) => of(n));

describe("hdf5: filters of plug-ins", () => {
	const packings: Readonly<Record<string, string>> = {
		zstd: "zstd",
		lz4: "lz4",
		"blosc/zstd": "blosc (zstd)",
		"blosc/lz4": "blosc (lz4)",
		"blosc/lz4hc": "blosc (lz4hc)",
		"blosc/blosclz": "blosc (blosclz)",
		blosc2: "blosc2 (blosclz)",
		"bitshuffle/lz4": "bitshuffle (lz4)",
		"bitshuffle/zstd": "bitshuffle (zstd)",
		"bitshuffle/none": "bitshuffle",
		bzip2: "bzip2",
		lzf: "shuffle, lzf",
		szip: "szip",
		zfp: "zfp",
		unlimited: "zstd",
	};
	for (const [name, compression] of Object.entries(packings)) {
		it(`${name}: the whole, and a box across chunks`, async () => {
			const whole = await load(fixture("packed.h5"), name);
			expect(whole.values).toEqual(expected([9, 10, 11]));
			expect(whole.info.compression).toBe(compression);
			expect(whole.info.chunks).toEqual(name === "szip" ? [4, 4, 8] : [4, 4, 4]);
			const part = await load(fixture("packed.h5"), name, { start: [3, 2, 5], stop: [5, 9, 6] });
			const at = (z: number, y: number) => value((z * 10 + y) * 11 + 5);
			expect(part.values).toEqual([3, 4].flatMap((z) => [2, 3, 4, 5, 6, 7, 8].map((y) => at(z, y))));
		});
	}

	it("are told for the library's own", async () => {
		expect((await infoOf(fixture("layouts.h5"), "all")).compression).toBe("shuffle, gzip, fletcher32");
		expect((await infoOf(fixture("layouts.h5"), "contiguous")).compression).toBe("none");
	});
});

describe("hdf5: types", () => {
	it("signed enumerations, and unsigned numbers of 12 bits", async () => {
		const order = await load(fixture("packed.h5"), "enum/le");
		expect(order.array.dtype).toBe("int32");
		expect(order.values).toEqual(expected([3, 4, 5], (n) => (value(n) % 3) - 1));
		expect((await load(fixture("packed.h5"), "bits/unsigned")).values).toEqual(expected([9, 10, 11]));
	});

	const refused: readonly (readonly [string, RegExp])[] = [
		["enum/be", /"enum\/be" holds enumerations of big-endian numbers/],
		["bits/signed", /"bits\/signed" holds signed numbers of fewer bits than their bytes have/],
		["ffmpeg", /"ffmpeg" is compressed with FFMPEG \(HDF5 filter 32030\).*gzip.*blosc.*h5repack/],
		["blosc/zlib", /"blosc\/zlib" is compressed with blosc \(zlib\) \(HDF5 filter 32001\)/],
		["wide", /"wide" has compressed chunks of 1024x1024x512 \(1024 MiB\); at most 768 MiB.*h5repack/],
		["nope", /there is no data set "nope"; the file holds .*"bits\/signed" \(9x10x11 int16\)/],
	];
	for (const [dataset, wanted] of refused) {
		it(`${dataset} is refused`, async () => {
			await expect(load(fixture("packed.h5"), dataset)).rejects.toThrow(wanted);
		});
	}

	it("several data sets are listed with their shapes", async () => {
		await expect(load(fixture("axes.h5"))).rejects.toThrow(
			/found "broken" \(3x4x5 uint8\), "channels" \(3x4x5x2 uint8\), .*"unit\/fixed" \(3x4x5 uint8\).*--input-dataset/,
		);
	});
});

describe("hdf5: axes, voxel sizes and units of others", () => {
	const places: Readonly<Record<string, Partial<VolumeInfo>>> = {
		ilastik: { axes: "zyx", spacing: [0.03, 0.006, 0.006] },
		channels: { axes: "zyxc" },
		times: { axes: "" },
		broken: { axes: "" },
		micrometres: { axes: "", spacing: [0.03, 0.006, 0.006], unit: "micrometer" },
		"unit/fixed": { axes: "", spacing: [30, 6, 6], unit: "nm" },
		"unit/varying": { axes: "", spacing: [30, 6, 6], unit: "nanometer" },
	};
	for (const [name, place] of Object.entries(places)) {
		it(name, async () => {
			const { axes, spacing, unit } = await infoOf(fixture("axes.h5"), name);
			expect({ axes, spacing, unit }).toEqual({ spacing: undefined, unit: undefined, ...place });
		});
	}
});

describe("hdf5: files that others write at the moment", () => {
	it("a file whose writer has not closed it", async () => {
		await expect(load(fixture("swmr.h5"))).rejects.toThrow(
			/swmr\.h5: is being written by another program, or was never closed by it; wait .*h5clear/,
		);
	});
});

/** Held by `flock` of util-linux, as the HDF5 library holds what it writes. */
describe.skipIf(process.platform !== "linux" || spawnSync("flock", ["--version"]).status !== 0)("hdf5: locks", () => {
	it("a file that another program has locked for writing, until it lets go", async () => {
		const folder = mkdtempSync(join(tmpdir(), "nnvol-hdf5-"));
		const path = join(folder, "locked.h5");
		copyFileSync(fixture("main.h5"), path);
		const holder = spawn("flock", ["--exclusive", path, "sh", "-c", "echo held; read line"], { stdio: "pipe" });
		await once(holder.stdout, "data");
		await expect(load(path)).rejects.toThrow(
			new RegExp(`locked.h5: is being written by another program \\(process ${holder.pid}\\); wait`),
		);
		holder.stdin.end();
		await once(holder, "exit");
		expect((await load(path)).values).toEqual(expected([3, 4, 5]));
		rmSync(folder, { recursive: true });
	});
});

describe("hdf5: layouts that are written", () => {
	let folder = "";
	beforeAll(() => {
		folder = mkdtempSync(join(tmpdir(), "nnvol-hdf5-"));
	});
	afterAll(() => rmSync(folder, { recursive: true, force: true }));

	const array = noise("uint16", [9, 20, 30], 1);
	const create = (path: string, layout: { chunks?: number[]; shards?: number[]; compression?: Compression }) =>
		hdf5.create(path, { dtype: array.dtype, shape: array.shape, axes: "zyx", layout });

	for (const compression of ["none", "gzip", "zstd", "lz4"] as const) {
		it(compression, async () => {
			const path = join(folder, `${compression}.h5`);
			const writer = await create(path, { compression, chunks: [4, 8, 64] });
			await writer.write([0, 0, 0], array);
			await writer.finish();
			const found = await load(path);
			expectSame(found.array, array);
			expect(found.info.compression).toBe(compression);
			expect(found.info.chunks).toEqual([4, 8, 30]);
		});
	}

	it("what HDF5 cannot be laid out as is refused before a file is made", async () => {
		const path = join(folder, "refused.h5");
		await expect(create(path, { compression: "compressed_segmentation" })).rejects.toThrow(
			/refused\.h5: HDF5 is written with none, gzip, zstd, lz4, not with compressed_segmentation/,
		);
		await expect(create(path, { compression: "blosc" })).rejects.toThrow(/not with blosc/);
		await expect(create(path, { shards: [9, 20, 30] })).rejects.toThrow(/HDF5 has no shards/);
		await expect(create(path, { chunks: [9, 20] })).rejects.toThrow(/expected 3 chunk extents.*found 9x20/);
		await expect(create(path, { chunks: [9, 0, 30] })).rejects.toThrow(/expected 3 chunk extents/);
		const wide = { dtype: "uint8", shape: [1024, 1024, 1024], axes: "zyx" } as const;
		await expect(hdf5.create(path, { ...wide, layout: { chunks: [1024, 1024, 1024] } })).rejects.toThrow(
			/expected chunks of at most 256 MiB, found 1024x1024x1024 of uint8 \(1024 MiB\)/,
		);
		await expect(hdf5.create(path, { ...wide, dtype: "float16" })).rejects.toThrow(/hdf5 cannot hold float16/);
	});

	it("knows every compression there is", () => {
		expect(COMPRESSIONS).toEqual(["none", "gzip", "zstd", "blosc", "lz4", "compressed_segmentation"]);
	});
});
