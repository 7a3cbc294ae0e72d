/**
 * HDF5: the conformance suite, files that h5py wrote, and files that cannot be read.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type NdArray, ndarray, zeros } from "../../src/core/array.ts";
import { type Box, wholeBox } from "../../src/core/box.ts";
import type { DType } from "../../src/core/dtype.ts";
import { isNnvolError } from "../../src/core/errors.ts";
import { fromHalf } from "../../src/core/float16.ts";
import { sizeOf } from "../../src/core/shape.ts";
import { hdf5 } from "../../src/volume/hdf5/hdf5.ts";
import { loadHdf5 } from "../../src/volume/hdf5/library.ts";
import { slabsOf } from "../../src/volume/hdf5/slabs.ts";
import { expectFault, expectSame, noise, testVolumeFormat } from "./conformance.ts";

testVolumeFormat(hdf5, { runs: 6 });

const fixture = (name: string) => join(import.meta.dirname, "..", "fixtures", "hdf5", name);

/** What `make.py` puts into every array. */
function expected(shape: readonly number[], value = (n: number) => (7 * n) % 251): number[] {
	return Array.from({ length: sizeOf(shape) }, (_, n) => value(n));
}

async function load(path: string, dataset?: string, box?: Box): Promise<NdArray> {
	const reader = await hdf5.open(path, dataset === undefined ? {} : { dataset });
	try {
		return await reader.read(box ?? wholeBox(reader.info.shape));
	} finally {
		await reader.close();
	}
}

async function messageOf(work: Promise<unknown>): Promise<string> {
	const error: unknown = await work.then(
		() => undefined,
		(e: unknown) => e,
	);
	return isNnvolError(error, "VOLUME") ? error.message : `not a VOLUME error: ${String(error)}`;
}

const numbers = (array: NdArray) => Array.from(array.data, Number);

describe("hdf5: what h5py wrote", () => {
	const types: Readonly<Record<string, DType>> = {
		u1: "uint8",
		i1: "int8",
		u2: "uint16",
		i2: "int16",
		u4: "uint32",
		i4: "int32",
		u8: "uint64",
		i8: "int64",
		f2: "float16",
		f4: "float32",
		f8: "float64",
	};
	for (const order of ["le", "be"]) {
		for (const [name, dtype] of Object.entries(types)) {
			it(`${dtype}, ${order}`, async () => {
				const array = await load(fixture("types.h5"), `${order}/${name}`);
				expect(array.dtype).toBe(dtype);
				const values = dtype === "float16" ? numbers(array).map(fromHalf) : numbers(array);
				expect(values).toEqual(expected([3, 4, 5], (n) => ((7 * n) % 251) % (name === "i1" ? 127 : 251)));
			});
		}
	}

	it("booleans and enumerations are uint8", async () => {
		const flags = await load(fixture("types.h5"), "bool");
		expect(flags.dtype).toBe("uint8");
		expect(numbers(flags)).toEqual(expected([3, 4, 5], (n) => Number((7 * n) % 251 > 100)));
		const kinds = await load(fixture("types.h5"), "/enum/");
		expect(kinds.dtype).toBe("uint8");
		expect(numbers(kinds)).toEqual(expected([3, 4, 5], (n) => ((7 * n) % 251) % 3));
	});

	for (const rank of [1, 2, 3, 4, 5, 6]) {
		it(`rank ${rank}`, async () => {
			const shape = [2, 3, 4, 2, 3, 2].slice(0, rank);
			const array = await load(fixture("types.h5"), `rank/${rank}`);
			expect(array.shape).toEqual(shape);
			expect(numbers(array)).toEqual(expected(shape));
		});
	}

	for (const layout of [
		"contiguous",
		"chunked",
		"gzip",
		"shuffled",
		"fletcher",
		"all",
		"scaleoffset",
		"lzf",
		"growing",
	]) {
		it(`layout ${layout}: the whole, and a box across chunks`, async () => {
			const whole = await load(fixture("layouts.h5"), layout);
			expect(numbers(whole)).toEqual(expected([9, 10, 11]));
			const part = await load(fixture("layouts.h5"), layout, { start: [3, 2, 5], stop: [5, 9, 6] });
			const at = (z: number, y: number, x: number) => (7 * ((z * 10 + y) * 11 + x)) % 251;
			expect(numbers(part)).toEqual([3, 4].flatMap((z) => [2, 3, 4, 5, 6, 7, 8].map((y) => at(z, y, 5))));
		});
	}

	it("chunks that were never written are the fill value", async () => {
		const array = await load(fixture("layouts.h5"), "missing", { start: [3, 3, 3], stop: [5, 4, 4] });
		expect(numbers(array)).toEqual([(7 * ((3 * 10 + 3) * 11 + 3)) % 251, 9]);
	});

	it("takes `main` where there are several data sets, and its resolution", async () => {
		const reader = await hdf5.open(fixture("main.h5"));
		await reader.close();
		expect(reader.info).toEqual({
			format: "hdf5",
			path: fixture("main.h5"),
			dataset: "main",
			dtype: "uint8",
			shape: [3, 4, 5],
			axes: "",
			spacing: [30, 6, 6],
			compression: "none",
		});
	});

	it("takes the only array there is, through links and past circles", async () => {
		const reader = await hdf5.open(fixture("only.h5"));
		await reader.close();
		expect(reader.info.shape).toEqual([3, 4, 5]);
		expect(reader.info.dataset).toMatch(/^(again|deep)\/er\/volume$/);
		expect(reader.info.spacing).toEqual([0.03, 0.006, 0.006]);
		expect(numbers(await load(fixture("only.h5"), "deep/er/volume"))).toEqual(expected([3, 4, 5]));
	});

	it("follows a virtual data set to its source", async () => {
		const plane = expected([3, 4, 5]);
		expect(numbers(await load(fixture("odd.h5"), "virtual"))).toEqual([...plane.slice(0, 20), ...plane.slice(40)]);
	});
});

describe("hdf5: what cannot be read is named", () => {
	const cases: readonly (readonly [string, string | undefined, RegExp])[] = [
		["odd.h5", "scalar", /"scalar" holds a single value/],
		["odd.h5", "text", /"text" holds a single value/],
		["odd.h5", "texts", /"texts" holds strings of 3 bytes/],
		["odd.h5", "compound", /"compound" holds compounds of 6 bytes/],
		["odd.h5", "complex", /"complex" holds (compounds|complex numbers) of 8 bytes/],
		["odd.h5", "empty", /"empty" holds a single value/],
		["odd.h5", "none", /"none" is empty \(shape 0x3\)/],
		["odd.h5", "group", /"group" is a group; the file holds "/],
		["odd.h5", "lost", /"lost" is virtual and its source not-there.h5 is missing/],
		["odd.h5", undefined, /expected a data set "main" or a single one, found "(complex|lost|none|virtual)"/],
		["only.h5", "gone", /"gone" is a link to a data set that is missing/],
		["only.h5", "far", /"far" is a link to another file that is missing/],
		["only.h5", "nope", /there is no data set "nope"; the file holds "/],
		["only.h5", "deep/er/volume/x", /deep\/er\/volume\/x/],
	];
	for (const [file, dataset, wanted] of cases) {
		it(`${file} ${dataset ?? "without a name"}`, async () => {
			const message = await messageOf(load(fixture(file), dataset));
			expect(message).toMatch(wanted);
			expect(message).toContain(fixture(file));
		});
	}
});

describe("hdf5: files", () => {
	let folder = "";
	beforeAll(() => {
		folder = mkdtempSync(join(tmpdir(), "nnvol hdf5 ü-"));
	});
	afterAll(() => rmSync(folder, { recursive: true, force: true }));

	async function save(path: string, array: NdArray, dataset?: string): Promise<void> {
		const writer = await hdf5.create(path, {
			dtype: array.dtype,
			shape: array.shape,
			axes: "zyx",
			spacing: [30, 4, 4.5],
			attributes: { title: "größe", count: 3, done: true },
			...(dataset === undefined ? {} : { dataset }),
		});
		await writer.write([0, 0, 0], array);
		await writer.finish();
	}

	it("spacing, axes and chunks come back; groups are made for a path", async () => {
		const path = join(folder, "groups.h5");
		const array = noise("int16", [70, 65, 3], 1);
		await save(path, array, "/a/b//c");
		const reader = await hdf5.open(path);
		await reader.close();
		expect(reader.info).toMatchObject({
			dataset: "a/b/c",
			spacing: [30, 4, 4.5],
			axes: "zyx",
			chunks: [64, 64, 3],
		});
		expectSame(await load(path, "a/b/c"), array);
	});

	it("relative paths, spaces and letters beyond ASCII", async () => {
		const path = relative(process.cwd(), join(folder, "grün und weiß.h5"));
		const array = noise("uint8", [3, 4, 5], 2);
		await save(path, array);
		expectSame(await load(path), array);
	});

	it("one file opened twice, and closing one leaves the other", async () => {
		const path = join(folder, "twice.h5");
		const array = noise("uint8", [3, 4, 5], 3);
		await save(path, array);
		const [a, b] = await Promise.all([hdf5.open(path), hdf5.open(path)]);
		await a.close();
		await a.close();
		expectSame(await b.read(wholeBox(array.shape)), array);
		await b.close();
		await expectFault(b.read(wholeBox(array.shape)), path);
	});

	it("a path removed and made again holds the new voxels", async () => {
		const path = join(folder, "again.h5");
		for (const seed of [4, 5]) {
			const array = noise("uint16", [3 + seed, 4, 5], seed);
			await save(path, array);
			expectSame(await load(path), array);
			rmSync(path);
		}
	});

	it("a name that is no name", async () => {
		const path = join(folder, "name.h5");
		expect(await messageOf(save(path, noise("uint8", [1, 1, 1], 1), "../x"))).toContain('"../x" is no name');
		expect(await messageOf(save(path, noise("uint8", [1, 1, 1], 1), "/"))).toContain('"/" is no name');
	});

	it("200 damaged files in a row: errors, and whole files still read", async () => {
		const good = readFileSync(fixture("layouts.h5"));
		let failed = 0;
		for (let n = 0; n < 200; n++) {
			const path = join(folder, `damaged-${n % 3}.h5`);
			writeFileSync(path, n % 2 === 0 ? good.subarray(0, n * 250) : flipped(good, n));
			const result = await load(path, n % 3 === 0 ? undefined : "all").catch((error: unknown) => error);
			if (result instanceof Error) {
				failed++;
				expect(isNnvolError(result, "VOLUME"), String(result)).toBe(true);
				expect(result.message).toContain(path);
			}
		}
		expect(failed).toBeGreaterThan(100);
		expect(numbers(await load(fixture("layouts.h5"), "all"))).toEqual(expected([9, 10, 11]));
	});

	it("an error writes nothing to the console", () => {
		const path = join(folder, "noise.h5");
		writeFileSync(path, readFileSync(fixture("layouts.h5")).subarray(0, 9000));
		const script = `const { hdf5 } = await import(${JSON.stringify(import.meta.resolve("../../src/volume/hdf5/hdf5.ts"))});
			await hdf5.open(${JSON.stringify(path)}).then(() => process.exit(1), (e) => process.exit(e.code === "VOLUME" ? 0 : 2));`;
		const args = ["--import", "tsx", "--input-type=module", "--eval", script];
		const run = spawnSync(process.execPath, args, { encoding: "utf8" });
		expect({ status: run.status, stdout: run.stdout, stderr: run.stderr }).toEqual({
			status: 0,
			stdout: "",
			stderr: "",
		});
	});

	it("a crash of the library itself ends its open files and nothing else", async () => {
		const path = join(folder, "crash.h5");
		const array = noise("uint8", [3, 4, 5], 6);
		await save(path, array);
		const before = await hdf5.open(path);
		const library = await loadHdf5();
		const files = () => readdirSync("/dev/fd").length;
		const openFiles = files();
		expect(() =>
			library.attempt("bad.h5", "cannot read", () => {
				throw new RangeError("Maximum call stack size exceeded");
			}),
		).toThrow("bad.h5: cannot read: Maximum call stack");
		expect(library.crashed).toBe(true);
		expect(files()).toBe(openFiles - 1);
		await expectFault(before.read(wholeBox(array.shape)), path);
		await before.close();
		expectSame(await load(path), array);
		expect((await loadHdf5()).crashed).toBe(false);
	});

	it("a damaged chunk is an error that names the voxels", async () => {
		const path = join(folder, "chunk.h5");
		copyFileSync(fixture("layouts.h5"), path);
		const bytes = readFileSync(path);
		const at = chunkOffset(bytes);
		writeFileSync(path, Buffer.concat([bytes.subarray(0, at), Buffer.alloc(8), bytes.subarray(at + 8)]));
		expect(await messageOf(load(path, "gzip"))).toMatch(
			/cannot read voxels \[0, 0, 0\] to \[9, 10, 11\] of data set "gzip": filter returned failure/,
		);
	});
});

/** Offset of the first gzip stream (level 6) of a file. */
function chunkOffset(bytes: Buffer): number {
	return bytes.indexOf(Buffer.from([0x78, 0x9c]));
}

/** A copy with a run of bytes turned over at a place that `seed` chooses. */
function flipped(bytes: Buffer, seed: number): Buffer {
	const damaged = Buffer.from(bytes);
	const at = (seed * 7919) % (bytes.length - 64);
	for (let i = 0; i < 64; i++) damaged[at + i] = ~(damaged[at + i] ?? 0) & 0xff;
	return damaged;
}

describe("hdf5: slabs", () => {
	it("cover the box once, hold the limit and keep to chunk borders", () => {
		const box: Box = { start: [3, 0, 10], stop: [90, 70, 200] };
		const seen = zeros("uint8", [90, 70, 200]);
		for (const { start, stop } of slabsOf(box, 50_000, [16, 16, 16])) {
			expect(sizeOf(stop.map((s, i) => s - (start[i] ?? 0)))).toBeLessThanOrEqual(50_000);
			expect(start.every((s, i) => s % 16 === 0 || s === box.start[i])).toBe(true);
			for (let z = start[0] ?? 0; z < (stop[0] ?? 0); z++)
				for (let y = start[1] ?? 0; y < (stop[1] ?? 0); y++)
					for (let x = start[2] ?? 0; x < (stop[2] ?? 0); x++) {
						const at = (z * 70 + y) * 200 + x;
						seen.data[at] = (seen.data[at] ?? 0) + 1;
					}
		}
		const total = seen.data.reduce((sum, n) => sum + n, 0);
		expect(total).toBe(87 * 70 * 190);
		expect(seen.data.reduce((most, n) => Math.max(most, n), 0)).toBe(1);
	});

	it("end at single voxels where even a chunk is too large", () => {
		expect([...slabsOf(wholeBox([1, 2, 3]), 1, [1, 2, 3])]).toHaveLength(6);
		expect(ndarray("uint8", [1], new Uint8Array(1)).shape).toEqual([1]);
	});
});
