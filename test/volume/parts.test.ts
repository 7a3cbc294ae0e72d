/**
 * Files put together from parts read as files that were written in one go, whatever the parts and their order.
 */
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync, inflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, type NdArray, ndarray } from "../../src/core/array.ts";
import { wholeBox } from "../../src/core/box.ts";
import { sizeOf } from "../../src/core/shape.ts";
import { ADLER32, CRC32 } from "../../src/volume/flat/checksums.ts";
import { formatByName, openVolume } from "../../src/volume/formats.ts";
import type { PartFacts } from "../../src/volume/parts.ts";
import { publish, temporaryBeside } from "../../src/volume/publish.ts";
import type { Compression, FormatName, VolumeSpec } from "../../src/volume/volume.ts";
import { testFolder } from "../folder.ts";
import { expectSame } from "./conformance.ts";

type Case = { readonly format: FormatName; readonly name: string; readonly compression?: Compression };

const CASES: readonly Case[] = [
	{ format: "nifti", name: "a.nii" },
	{ format: "nifti", name: "a.nii.gz" },
	{ format: "nrrd", name: "a.nrrd" },
	{ format: "nrrd", name: "plain.nrrd", compression: "none" },
	{ format: "metaimage", name: "a.mha" },
	{ format: "metaimage", name: "plain.mha", compression: "none" },
	{ format: "gipl", name: "a.gipl" },
	{ format: "gipl", name: "a.gipl.gz" },
	{ format: "tiff", name: "a.tif" },
	{ format: "tiff", name: "plain.tif", compression: "none" },
	{ format: "tiff", name: "zstd.tif", compression: "zstd" },
	{ format: "sections", name: "s_{z:02d}.tif" },
];

const volumes = fc.record({
	shape: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 })),
	dtype: fc.constantFrom("uint8" as const, "uint16" as const, "float32" as const),
	values: fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 40 }),
	depth: fc.integer({ min: 1, max: 4 }),
	backwards: fc.boolean(),
});

function arrayOf(dtype: "uint8" | "uint16" | "float32", shape: readonly number[], values: readonly number[]): NdArray {
	const list = Array.from({ length: sizeOf(shape) }, (_, n) => values[n % values.length] ?? 0);
	if (dtype === "uint8") return ndarray(dtype, shape, Uint8Array.from(list));
	if (dtype === "uint16")
		return ndarray(
			dtype,
			shape,
			Uint16Array.from(list, (value) => value * 257),
		);
	return ndarray(
		dtype,
		shape,
		Float32Array.from(list, (value) => value / 7),
	);
}

/** Makes a file of parts of `depth` pages. */
async function together(
	{ format, name, compression }: Case,
	array: NdArray,
	folder: string,
	depth: number,
	backwards: boolean,
): Promise<string> {
	const path = format === "sections" ? `stack:${join(folder, name)}` : join(folder, name);
	const parts = join(folder, "parts");
	mkdirSync(parts, { recursive: true });
	const layout = compression === undefined ? {} : { layout: { compression } };
	const spec: VolumeSpec = { dtype: array.dtype, shape: array.shape, axes: "zyx", spacing: [2, 1, 1], ...layout };
	const writer = (await formatByName(format)).parts?.(path, spec);
	if (writer === undefined) throw new Error(`${format} has no parts`);
	const [pages = 1, ...page] = array.shape;
	const bytes = bytesOf(array);
	const width = bytes.length / pages;
	expect(page.length).toBe(2);
	const order = Array.from({ length: Math.ceil(pages / depth) }, (_, n) => n);
	const facts: PartFacts[] = [];
	for (const n of backwards ? order.toReversed() : order) {
		const to = Math.min(pages, (n + 1) * depth);
		const own = bytes.slice(n * depth * width, to * width);
		facts[n] = await writer.write(parts, n, n * depth, { bytes: own, count: to - n * depth });
	}
	const temporary = temporaryBeside(path);
	await writer.join(parts, facts, temporary);
	await publish(temporary, path);
	return path;
}

async function read(path: string): Promise<NdArray> {
	const reader = await openVolume(path);
	try {
		return await reader.read(wholeBox(reader.info.shape));
	} finally {
		await reader.close();
	}
}

describe("a file from parts", () => {
	it.each(CASES)(
		"holds the voxels, and is the same for any order of its parts: $name",
		async (one) => {
			await fc.assert(
				fc.asyncProperty(volumes, async ({ shape, dtype, values, depth, backwards }) => {
					const array = arrayOf(one.format === "gipl" && dtype === "uint16" ? "uint8" : dtype, shape, values);
					const path = await together(one, array, testFolder(), depth, backwards);
					expectSame(await read(path), array);
					const again = await together(one, array, testFolder(), depth, !backwards);
					const first = ({ format, name }: Case) => (format === "sections" ? name.replace("{z:02d}", "00") : name);
					const bytes = [path, again].map((each) =>
						readFileSync(join(dirname(each.replace("stack:", "")), first(one))),
					);
					expect(bytes[1]?.equals(bytes[0] ?? Buffer.alloc(0))).toBe(true);
				}),
				{ numRuns: 8 },
			);
		},
		60_000,
	);

	it("is one gzip stream, or one of zlib, with the checksum of all", async () => {
		const array = arrayOf("uint16", [7, 11, 5], [1, 2, 3, 5, 8, 13, 21, 34]);
		const packed = readFileSync(await together({ format: "nifti", name: "a.nii.gz" }, array, testFolder(), 2, true));
		const plain = readFileSync(await together({ format: "nifti", name: "a.nii" }, array, testFolder(), 3, true));
		expect(gunzipSync(packed).equals(plain)).toBe(true); // it throws where the checksum is another
		const mha = readFileSync(await together({ format: "metaimage", name: "a.mha" }, array, testFolder(), 2, true));
		const head = /^[\s\S]*?CompressedDataSize = (\d+) *\n[\s\S]*?ElementDataFile = LOCAL\n/.exec(
			mha.toString("latin1"),
		);
		const stream = mha.subarray(head?.[0].length ?? 0);
		expect(stream.length).toBe(Number(head?.[1]));
		expect(inflateSync(stream).equals(Buffer.from(bytesOf(array)))).toBe(true);
	});

	it("of sections takes its place again where it has it already", async () => {
		const [folder, parts] = [testFolder(), testFolder()];
		const path = `stack:${join(folder, "s_{z:02d}.tif")}`;
		const writer = (await formatByName("sections")).parts?.(path, { dtype: "uint8", shape: [2, 3, 3], axes: "zyx" });
		const facts = await writer?.write(parts, 0, 0, { bytes: new Uint8Array(18), count: 2 });
		if (facts === undefined) throw new Error("no parts");
		for (const _ of ["first", "second"]) {
			const temporary = temporaryBeside(path);
			await writer?.join(parts, [facts], temporary);
			await publish(temporary, path);
		}
		expect(readdirSync(folder).sort()).toEqual(["s_00.tif", "s_01.tif"]);
	});

	it("refuses a part that is cut short, or gone", async () => {
		const folder = testFolder();
		const spec: VolumeSpec = { dtype: "uint8", shape: [2, 3, 3], axes: "zyx" };
		for (const [format, name] of [
			["nifti", "a.nii.gz"],
			["tiff", "a.tif"],
			["nifti", "plain.nii"],
		] as const) {
			const writer = (await formatByName(format)).parts?.(join(folder, name), spec);
			const facts = await writer?.write(folder, 0, 0, { bytes: new Uint8Array(18), count: 2 });
			if (facts === undefined) throw new Error("no parts");
			const longer = { ...facts, bytes: facts.bytes + 1 };
			await expect(writer?.join(folder, [longer], join(folder, name))).rejects.toMatchObject({ code: "VOLUME" });
			const empty = testFolder();
			await expect(writer?.join(empty, [facts], join(folder, name))).rejects.toMatchObject({ code: "VOLUME" });
			expect(readdirSync(empty).filter((each) => each.startsWith("whole"))).toEqual([]);
		}
	});
});

describe("checksums", () => {
	it.each([
		["CRC-32", CRC32],
		["Adler-32", ADLER32],
	])("of two pieces are that of the whole: %s", (_, sum) => {
		const bytes = fc.uint8Array({ maxLength: 9000 });
		fc.assert(
			fc.property(bytes, bytes, (first, second) => {
				const whole = Buffer.concat([first, second]);
				expect(sum.join(sum.of(first), sum.of(second), second.length)).toBe(sum.of(whole));
				expect(sum.join(sum.empty, sum.of(whole), whole.length)).toBe(sum.of(whole));
			}),
		);
	});

	it("Adler-32 is that of zlib, also of many large bytes", () => {
		expect(ADLER32.of(Buffer.from("Wikipedia"))).toBe(0x11e60398);
		const large = Buffer.alloc(100_000, 255);
		const parts = [large.subarray(0, 3799), large.subarray(3799, 7601), large.subarray(7601)];
		const joined = parts.reduce((sum, part) => ADLER32.join(sum, ADLER32.of(part), part.length), ADLER32.empty);
		expect(joined).toBe(ADLER32.of(large));
	});

	it("of pieces behind four gigabytes count their length", () => {
		const zeros = (length: number): number => {
			if (length < 1000) return CRC32.of(new Uint8Array(length));
			const half = zeros(length / 2);
			return CRC32.join(half, half, length / 2);
		};
		const [first, length] = [CRC32.of(Buffer.from("a")), 1000 * 2 ** 23];
		const halves = CRC32.join(CRC32.join(first, zeros(length / 2), length / 2), zeros(length / 2), length / 2);
		expect(CRC32.join(first, zeros(length), length)).toBe(halves);
	});
});
