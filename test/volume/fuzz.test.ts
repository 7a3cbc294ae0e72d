/**
 * Headers changed at random, from a seed: every reader gives voxels that the file can hold, or an error of nnvol's own.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wholeBox } from "../../src/core/box.ts";
import { DEFLATE_RATIO } from "../../src/core/deflate.ts";
import { DTYPES } from "../../src/core/dtype.ts";
import { isNnvolError } from "../../src/core/errors.ts";
import { sizeOf } from "../../src/core/shape.ts";
import { bmp } from "../../src/volume/bmp/bmp.ts";
import { gipl } from "../../src/volume/gipl/gipl.ts";
import { metaimage } from "../../src/volume/metaimage/metaimage.ts";
import { nifti } from "../../src/volume/nifti/nifti.ts";
import { nrrd } from "../../src/volume/nrrd/nrrd.ts";
import { png } from "../../src/volume/png/png.ts";
import { tiff } from "../../src/volume/tiff/tiff.ts";
import type { VolumeFormat } from "../../src/volume/volume.ts";
import { testFolder } from "../folder.ts";
import { noise } from "./noise.ts";

const FIXTURES = join(import.meta.dirname, "..", "fixtures");

/** What a change puts in place of some bytes. */
const INTEGERS = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];
const WORDS = [
	"",
	"-1",
	"0",
	"1e308",
	"NaN",
	"Infinity",
	"0x10",
	"999999999999999999",
	"1000000000",
	"constructor",
	"__proto__",
	"%d",
	"LIST",
	"(1,2,3)",
	"none",
	"\n",
	"\n\n",
	":",
	"=",
	"x".repeat(5000),
	"1 ".repeat(5000),
	"../../../../dev/zero",
];

type Edit = (bytes: Buffer) => Buffer;

/** A number of one to four bytes, in either order, somewhere in the first `head` bytes. */
const binaryEdit = (head: number): fc.Arbitrary<Edit> =>
	fc
		.tuple(fc.nat(head - 1), fc.constantFrom(...INTEGERS), fc.constantFrom(1, 2, 4), fc.boolean())
		.map(([at, value, width, isLittle]) => (bytes: Buffer) => {
			if (at + width > bytes.length) return bytes;
			const copy = Buffer.from(bytes);
			if (isLittle) copy.writeUIntLE(value % 256 ** width, at, width);
			else copy.writeUIntBE(value % 256 ** width, at, width);
			return copy;
		});

/** A word of the text before the voxels in place of the `n`th. */
const textEdit: fc.Arbitrary<Edit> = fc
	.tuple(fc.nat(60), fc.constantFrom(...WORDS))
	.map(([n, word]) => (bytes: Buffer) => {
		const text = bytes.toString("latin1");
		const found = [...text.slice(0, 2000).matchAll(/[^\s:=]+/g)][n];
		if (found === undefined) return bytes;
		const end = found.index + found[0].length;
		return Buffer.from(text.slice(0, found.index) + word + text.slice(end), "latin1");
	});

const cutEdit: fc.Arbitrary<Edit> = fc
	.nat(999)
	.map((part) => (bytes: Buffer) => bytes.subarray(0, Math.floor((bytes.length * part) / 1000)));

type Subject = {
	readonly format: VolumeFormat;
	readonly folder: string;
	readonly edits: fc.Arbitrary<Edit>;
	/** Bytes of voxels that a byte of the file gives at most. */
	readonly ratio: number;
};

const binary = (head: number) =>
	fc.oneof({ weight: 6, arbitrary: binaryEdit(head) }, { weight: 1, arbitrary: cutEdit });
const textual = fc.oneof(
	{ weight: 6, arbitrary: textEdit },
	{ weight: 1, arbitrary: cutEdit },
	{ weight: 1, arbitrary: binaryEdit(400) },
);

const SUBJECTS: readonly Subject[] = [
	{ format: gipl, folder: "gipl", edits: binary(256), ratio: DEFLATE_RATIO },
	{ format: metaimage, folder: "metaimage", edits: textual, ratio: DEFLATE_RATIO },
	{ format: nrrd, folder: "nrrd", edits: textual, ratio: DEFLATE_RATIO },
	{ format: bmp, folder: "bmp", edits: binary(140), ratio: Number.POSITIVE_INFINITY },
	{ format: png, folder: "png", edits: binary(64), ratio: 8 * 3 * DEFLATE_RATIO },
	{ format: tiff, folder: "tiff", edits: binary(400), ratio: Number.POSITIVE_INFINITY },
];

/** No file here makes a larger array, though a run-length code may claim 255 rows in two bytes. */
const MOST = 2 ** 31;

/** Opens and reads; what comes of it is an error of nnvol's own or an array that the file can hold. */
async function expectTame(
	{ format, ratio }: Pick<Subject, "format" | "ratio">,
	path: string,
	size: number,
): Promise<void> {
	const outcome = await readWhole(format, path, size, ratio).catch((error: unknown) => error);
	if (outcome !== undefined) expect(isNnvolError(outcome) ? "its own error" : outcome).toBe("its own error");
}

async function readWhole(format: VolumeFormat, path: string, size: number, ratio: number): Promise<void> {
	const reader = await format.open(path);
	try {
		const { shape, dtype } = reader.info;
		const bytes = sizeOf(shape) * DTYPES[dtype].bytes;
		// scaled integers of one byte become doubles
		expect(bytes).toBeLessThanOrEqual(8 * Math.min(MOST, size * ratio));
		if (bytes <= 1 << 26) await reader.read(wholeBox(shape));
	} finally {
		await reader.close();
	}
}

const applied = (edits: readonly Edit[], bytes: Buffer): Buffer => edits.reduce((found, edit) => edit(found), bytes);

describe("headers changed at random", () => {
	it.each(SUBJECTS.map((subject) => [subject.format.name, subject] as const))(
		"%s",
		{ timeout: 60_000 },
		async (_, subject) => {
			const folder = testFolder();
			const source = join(FIXTURES, subject.folder);
			const names = readdirSync(source).filter((name) =>
				subject.format.extensions.some((ending) => name.endsWith(ending)),
			);
			expect(names.length).toBeGreaterThan(3);
			await fc.assert(
				fc.asyncProperty(
					fc.constantFrom(...names),
					fc.array(subject.edits, { minLength: 1, maxLength: 4 }),
					async (name, edits) => {
						const path = join(folder, name);
						const bytes = applied(edits, readFileSync(join(source, name)));
						writeFileSync(path, bytes);
						// files beside a header are its fixtures' own
						await expectTame(subject, path, Math.max(bytes.length, 1 << 16));
					},
				),
				{ seed: 4, numRuns: 300 },
			);
		},
	);

	it("nifti, plain and packed", { timeout: 60_000 }, async () => {
		const folder = testFolder();
		const whole = join(folder, "whole.nii");
		const array = noise("int16", [3, 4, 5], 7);
		const writer = await nifti.create(whole, { dtype: "int16", shape: array.shape, axes: "zyx" });
		await writer.write([0, 0, 0], array);
		await writer.finish();
		const good = readFileSync(whole);
		await fc.assert(
			fc.asyncProperty(fc.array(binary(352), { minLength: 1, maxLength: 4 }), fc.boolean(), async (edits, isPacked) => {
				const changed = applied(edits, good);
				const bytes = isPacked ? gzipSync(changed) : changed;
				const path = join(folder, isPacked ? "a.nii.gz" : "a.nii");
				writeFileSync(path, bytes);
				await expectTame({ format: nifti, ratio: DEFLATE_RATIO }, path, bytes.length);
			}),
			{ seed: 4, numRuns: 500 },
		);
	});
});
