/**
 * Compares what a format reads with what SimpleITK reads (`expected.json` of test/fixtures/nrrd, metaimage, gipl).
 *
 * @module
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bytesOf, type NdArray } from "../../src/core/array.ts";
import { wholeBox } from "../../src/core/box.ts";
import type { Geometry } from "../../src/core/geometry.ts";
import type { VolumeFormat, VolumeInfo } from "../../src/volume/volume.ts";
import { expectFault, expectSame } from "./conformance.ts";

/** What SimpleITK reads: arrays slowest axis first, channels last, little-endian bytes. */
export type ItkImage = {
	readonly dtype: string;
	readonly shape: readonly number[];
	readonly hex: string;
	readonly channels: number;
	readonly origin: readonly number[];
	readonly spacing: readonly number[];
	readonly direction: readonly number[];
	/** The place that SimpleITK was given to write; the format may keep it with a rounding. */
	readonly given?: Geometry;
};

/** Files that are read otherwise, on purpose. */
export type Differences = {
	/** Read here, an error there. */
	readonly more?: readonly string[];
	/** An error here, read there. */
	readonly less?: readonly string[];
	/** Read both, compared by a test of its own. */
	readonly other?: readonly string[];
};

/** Everything of the file at `path`. */
export async function loadAll(format: VolumeFormat, path: string): Promise<{ info: VolumeInfo; array: NdArray }> {
	const reader = await format.open(path);
	try {
		return { info: reader.info, array: await reader.read(wholeBox(reader.info.shape)) };
	} finally {
		await reader.close();
	}
}

/** `expected.json` of a folder of fixtures. */
export function expectedOf(folder: string): Readonly<Record<string, ItkImage | null>> {
	return JSON.parse(readFileSync(join(folder, "expected.json"), "utf8").replaceAll(/\bNaN\b/g, "null"));
}

/** Declares a test a file. */
export function testItkFixtures(format: VolumeFormat, folder: string, differences: Differences = {}): void {
	const { more = [], less = [], other = [] } = differences;
	describe(`${format.name}: what SimpleITK reads (make.py of the fixtures)`, () => {
		const expected = expectedOf(folder);
		it("covers every file", () => {
			const files = readdirSync(folder).filter((name) => format.extensions.some((ending) => name.endsWith(ending)));
			expect(files.sort()).toEqual(Object.keys(expected).sort());
		});
		for (const [name, wanted] of Object.entries(expected).filter(([each]) => !other.includes(each))) {
			const path = join(folder, name);
			if (less.includes(name) || (wanted === null && !more.includes(name))) {
				it(`${name}: an error`, async () => expectFault(loadAll(format, path), path));
			} else if (wanted === null) it(`${name}: read here only`, async () => void (await loadAll(format, path)));
			else {
				it(name, async () => {
					const { info, array } = await loadAll(format, path);
					const { dtype, shape, origin, spacing, direction } = wanted;
					expect({ dtype: info.dtype, shape: [...array.shape] }).toEqual({ dtype, shape: [...shape] });
					expect(info.axes).toBe("czyx".slice(-spacing.length) + (wanted.channels > 1 ? "c" : ""));
					expect(Buffer.from(bytesOf(array)).toString("hex")).toBe(wanted.hex);
					// zero has one sign here, and the first axis of 4D is none of space
					const [all, n] = [spacing.length, Math.min(spacing.length, 3)];
					const block = direction.filter((_, i) => i % all < n && i < n * all);
					const plain = (values: readonly number[]) => values.map((value) => value + 0);
					expect(info.geometry).toEqual({
						origin: plain(origin.slice(0, n)),
						spacing: spacing.slice(0, n),
						direction: plain(block),
					});
					expect(info.spacing).toEqual(spacing.slice(0, 3).toReversed());
				});
			}
		}
	});
}

/**
 * Declares a test for each file that SimpleITK wrote (`itk_*`): written again here, it has the same fields with the
 * same numbers, and the same voxels. `headerOf` gives a file's header as text; lines that match `free` may differ.
 */
export function testSameHeaders(
	format: VolumeFormat,
	folder: string,
	headerOf: (file: Buffer) => string,
	free: RegExp,
): void {
	describe(`${format.name}: files as SimpleITK writes them`, () => {
		for (const name of readdirSync(folder).filter((each) => each.startsWith("itk_") && expectedOf(folder)[each])) {
			it(name, async () => {
				const temporary = mkdtempSync(join(tmpdir(), "nnvol-itk-"));
				const path = join(temporary, name);
				try {
					const { info, array } = await loadAll(format, join(folder, name));
					const { dtype, shape, axes } = info;
					if (!format.ranks.includes(shape.length)) return;
					const geometry = expectedOf(folder)[name]?.given;
					if (geometry === undefined) throw new Error("the fixtures do not tell the place");
					const writer = await format.create(path, { dtype, shape, axes, geometry });
					await writer.write(
						shape.map(() => 0),
						array,
					);
					await writer.finish();
					const words = (file: string) =>
						headerOf(readFileSync(file))
							.split("\n")
							.filter((line) => !free.test(line))
							.map((line) =>
								line.split(/[\s,()]+/).map((word) => (Number.isNaN(Number(word)) ? word : String(Number(word)))),
							);
					expect(words(path).sort()).toEqual(words(join(folder, name)).sort());
					const again = await loadAll(format, path);
					// what ITK left plain is packed when it is written here
					expect({ ...again.info, path: "", compression: "" }).toEqual({ ...info, path: "", compression: "" });
					expectSame(again.array, array);
				} finally {
					rmSync(temporary, { recursive: true });
				}
			});
		}
	});
}
