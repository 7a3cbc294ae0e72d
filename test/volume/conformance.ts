/**
 * The one suite that every volume format passes: what is written is what is read, and nothing else happens.
 *
 * @module
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bytesOf, cut, type NdArray } from "../../src/core/array.ts";
import { type Box, wholeBox } from "../../src/core/box.ts";
import { DTYPES, type DType, isDType } from "../../src/core/dtype.ts";
import { isNnvolError } from "../../src/core/errors.ts";
import type { Shape } from "../../src/core/shape.ts";
import type { VolumeFormat, VolumeSpec, VolumeWriter } from "../../src/volume/volume.ts";
import { noise } from "./noise.ts";

export { noise };

/** What a format's tests may bend; everything has a default. */
export type ConformanceOptions = {
	/** Axes of a rank. Default "yx", "zyx", "czyx", else "". */
	readonly axesOf?: (rank: number) => string;
	/** Random shapes of a rank. Default 1 to 12 voxels an axis. */
	readonly shapeOf?: (rank: number) => fc.Arbitrary<number[]>;
	/** False where a listed dtype cannot be written at a listed rank. */
	readonly supports?: (dtype: DType, rank: number) => boolean;
	/** Random cases a law. Default 12. */
	readonly runs?: number;
	/** False where single flipped bytes are not tried. Default true for files, never done for folders. */
	readonly damage?: boolean;
};

const AXES: Readonly<Record<number, string>> = { 2: "yx", 3: "zyx", 4: "czyx" };

/** Same dtype, shape and bits. */
export function expectSame(found: NdArray, wanted: NdArray): void {
	expect({ dtype: found.dtype, shape: [...found.shape] }).toEqual({ dtype: wanted.dtype, shape: [...wanted.shape] });
	expect(Buffer.compare(bytesOf(found), bytesOf(wanted))).toBe(0);
}

/** Every case is one of nnvol's errors with `code` that names `path`. */
export async function expectFault(
	work: Promise<unknown>,
	path: string,
	code: "VOLUME" | "UNBUILT" | "CANCELLED" = "VOLUME",
): Promise<void> {
	const error: unknown = await work.then(
		() => undefined,
		(e: unknown) => e,
	);
	expect(isNnvolError(error, code) ? code : error).toBe(code);
	if (isNnvolError(error) && code !== "CANCELLED") expect(error.message).toContain(path);
}

/** Cuts `shape` into disjoint boxes that cover it, at random cuts, in random order. */
export function partitions(shape: Shape): fc.Arbitrary<Box[]> {
	const cuts = shape.map((extent) =>
		fc.uniqueArray(fc.integer({ min: 1, max: Math.max(1, extent - 1) }), { maxLength: 3 }),
	);
	return fc.tuple(...cuts).chain((lists) => {
		let boxes: Box[] = [{ start: [], stop: [] }];
		for (const [axis, extent] of shape.entries()) {
			const edges = [0, ...(lists[axis] ?? []).filter((c) => c < extent), extent].sort((a, b) => a - b);
			boxes = boxes.flatMap((box) =>
				edges.slice(1).map((stop, i) => ({ start: [...box.start, edges[i] ?? 0], stop: [...box.stop, stop] })),
			);
		}
		return fc.shuffledSubarray(boxes, { minLength: boxes.length, maxLength: boxes.length });
	});
}

/** A random box that holds voxels of `shape`. */
export function boxes(shape: Shape): fc.Arbitrary<Box> {
	const spans = shape.map((extent) =>
		fc
			.tuple(fc.integer({ min: 0, max: extent - 1 }), fc.integer({ min: 0, max: extent - 1 }))
			.map(([a, b]) => [Math.min(a, b), Math.max(a, b) + 1] as const),
	);
	return fc.tuple(...spans).map((list) => ({ start: list.map(([a]) => a), stop: list.map(([, b]) => b) }));
}

/** Declares the suite for `format`. */
export function testVolumeFormat(format: VolumeFormat, options: ConformanceOptions = {}): void {
	const axesOf = options.axesOf ?? ((rank: number) => AXES[rank] ?? "");
	const shapeOf =
		options.shapeOf ??
		((rank: number) => fc.array(fc.integer({ min: 1, max: 12 }), { minLength: rank, maxLength: rank }));
	const supports = options.supports ?? (() => true);
	const numRuns = options.runs ?? 12;
	const rank = format.ranks[0] ?? 2;
	const dtype = format.writes.find((d) => supports(d, rank)) ?? "uint8";
	let folder = "";
	let count = 0;
	const fresh = () => join(folder, `f${count++}${format.extensions[0]}`);
	const specOf = (array: NdArray): VolumeSpec => ({
		dtype: array.dtype,
		shape: array.shape,
		axes: axesOf(array.shape.length),
	});

	async function save(array: NdArray, parts: readonly Box[] = [wholeBox(array.shape)]): Promise<string> {
		const path = fresh();
		const writer = await format.create(path, specOf(array));
		for (const box of parts) await writer.write(box.start, cut(array, box));
		await writer.finish();
		return path;
	}
	async function load(path: string, box?: Box): Promise<NdArray> {
		const reader = await format.open(path);
		try {
			return await reader.read(box ?? wholeBox(reader.info.shape));
		} finally {
			await reader.close();
		}
	}
	const sample = async (seed: number) => {
		const [shape] = fc.sample(shapeOf(rank), { numRuns: 1, seed: 7 });
		const array = noise(dtype, shape ?? [], seed);
		return { array, path: await save(array) };
	};

	beforeAll(() => {
		folder = mkdtempSync(join(tmpdir(), `nnvol-${format.name}-`));
	});
	afterAll(() => {
		rmSync(folder, { recursive: true, force: true });
	});

	describe(`${format.name}: what is written is what is read`, () => {
		for (const r of format.ranks) {
			for (const d of format.writes.filter((each) => supports(each, r))) {
				it(`${d} of rank ${r}: the whole, and any box`, async () => {
					const cases = shapeOf(r).chain((shape) => fc.tuple(fc.constant(shape), boxes(shape), fc.nat()));
					await fc.assert(
						fc.asyncProperty(cases, async ([shape, box, seed]) => {
							const array = noise(d, shape, seed);
							const path = await save(array);
							expectSame(await load(path), array);
							expectSame(await load(path, box), cut(array, box));
						}),
						{ numRuns },
					);
				});
			}
			it(`rank ${r}: disjoint boxes in any order equal one write`, async () => {
				const d = format.writes.findLast((each) => supports(each, r)) ?? dtype;
				const cases = shapeOf(r).chain((shape) => fc.tuple(fc.constant(shape), partitions(shape), fc.nat()));
				await fc.assert(
					fc.asyncProperty(cases, async ([shape, parts, seed]) => {
						const array = noise(d, shape, seed);
						expectSame(await load(await save(array, parts)), array);
					}),
					{ numRuns },
				);
			});
		}

		it("tells dtype, shape, format and path before voxels are read", async () => {
			const { array, path } = await sample(1);
			const reader = await format.open(path);
			await reader.close();
			expect(reader.info).toMatchObject({ format: format.name, path, dtype: array.dtype, shape: [...array.shape] });
			expect(["", axesOf(rank)]).toContain(reader.info.axes);
			expect(JSON.parse(JSON.stringify(reader.info))).toEqual(reader.info);
		});

		it("two reads at once do not disturb each other", async () => {
			const { array, path } = await sample(2);
			const reader = await format.open(path);
			try {
				const [a, b] = await Promise.all([reader.read(wholeBox(array.shape)), reader.read(wholeBox(array.shape))]);
				expectSame(a, array);
				expectSame(b, array);
			} finally {
				await reader.close();
			}
		});
	});

	describe(`${format.name}: what cannot be done is a VOLUME error that names the file`, () => {
		it("empty boxes, boxes out of range, of another rank, of broken voxels", async () => {
			const { array, path } = await sample(3);
			const whole = wholeBox(array.shape);
			const reader = await format.open(path);
			const bad: Box[] = [
				{ start: whole.start, stop: whole.start },
				{ start: whole.start, stop: whole.stop.map((n) => n + 1) },
				{ start: whole.start.map(() => -1), stop: whole.stop },
				{ start: [0, ...whole.start], stop: [1, ...whole.stop] },
				{ start: whole.start.map(() => 0.5), stop: whole.stop },
				{ start: whole.start.map(() => Number.NaN), stop: whole.stop },
			];
			try {
				for (const box of bad) await expectFault(reader.read(box), path);
			} finally {
				await reader.close();
			}
		});

		it("writing out of range, another rank or another type", async () => {
			const { array } = await sample(4);
			const other = DTYPES[dtype].bytes === 1 ? "float64" : "uint8";
			const path = fresh();
			const writer = await format.create(path, specOf(array));
			try {
				await expectFault(
					writer.write(
						array.shape.map(() => 1),
						array,
					),
					path,
				);
				await expectFault(
					writer.write(
						array.shape.map(() => -1),
						array,
					),
					path,
				);
				await expectFault(
					writer.write([0, ...array.shape.map(() => 0)], { ...array, shape: [1, ...array.shape] }),
					path,
				);
				await expectFault(
					writer.write(
						array.shape.map(() => 0),
						noise(other, array.shape, 1),
					),
					path,
				);
			} finally {
				await writer.discard();
			}
		});

		it("creating what the format cannot hold", async () => {
			const spec: VolumeSpec = { dtype, shape: [2, 2], axes: "yx" };
			const seven = { ...spec, shape: [1, 1, 1, 1, 1, 1, 1, 1, 1], axes: "" };
			await expectFault(format.create(fresh(), seven), folder);
			await expectFault(
				format.create(fresh(), { ...spec, shape: (AXES[rank] ?? "yx").split("").map(() => 0), axes: axesOf(rank) }),
				folder,
			);
			for (const d of Object.keys(DTYPES)
				.filter(isDType)
				.filter((each) => !format.writes.includes(each))) {
				await expectFault(format.create(fresh(), { ...spec, dtype: d }), folder);
			}
			await expectFault(
				format.create(join(folder, "no", "such", `x${format.extensions[0]}`), {
					...spec,
					shape: array2(rank),
					axes: axesOf(rank),
				}),
				folder,
			);
		});

		it("a missing file", async () => {
			const path = fresh();
			await expectFault(format.open(path), path);
		});

		if (!format.isFolder) testDamagedFiles();
	});

	describe(`${format.name}: nothing is left behind`, () => {
		it("discard removes what was written", async () => {
			const { array } = await sample(5);
			const before = readdirSync(folder);
			const writer = await format.create(fresh(), specOf(array));
			await writer.write(
				array.shape.map(() => 0),
				array,
			);
			await writer.discard();
			await writer.discard();
			expect(readdirSync(folder)).toEqual(before);
		});

		it("an aborted signal stops open, read, create and write", async () => {
			const { array, path } = await sample(6);
			const signal = AbortSignal.abort();
			const target = fresh();
			const reader = await format.open(path);
			let writer: VolumeWriter | undefined;
			try {
				await expectFault(format.open(path, { signal }), path, "CANCELLED");
				await expectFault(reader.read(wholeBox(array.shape), { signal }), path, "CANCELLED");
				await expectFault(format.create(target, specOf(array), { signal }), target, "CANCELLED");
				expect(existsSync(target)).toBe(false);
				writer = await format.create(target, specOf(array));
				await expectFault(
					writer.write(
						array.shape.map(() => 0),
						array,
						{ signal },
					),
					target,
					"CANCELLED",
				);
			} finally {
				await reader.close();
				await writer?.discard();
			}
			expect(existsSync(target)).toBe(false);
		});
	});

	function testDamagedFiles(): void {
		it("an empty file, garbage, garbage behind the right first bytes", async () => {
			const { path } = await sample(8);
			const head = readFileSync(path).subarray(0, 512);
			expect(format.matches(head)).toBe(true);
			const rest = bytesOf(noise("uint8", [600], 9));
			for (const bytes of [
				new Uint8Array(),
				rest,
				Buffer.concat([head.subarray(0, 8), rest]),
				Buffer.from("<html></html>"),
			]) {
				const bad = fresh();
				writeFileSync(bad, bytes);
				await expectFault(load(bad), bad);
			}
		});

		it("a truncated file, wherever it ends", async () => {
			const { path } = await sample(10);
			const bytes = readFileSync(path);
			await fc.assert(
				fc.asyncProperty(fc.integer({ min: 0, max: bytes.length - 1 }), async (length) => {
					const bad = fresh();
					writeFileSync(bad, bytes.subarray(0, length));
					await expectFault(load(bad), bad);
				}),
				{ numRuns: numRuns * 3 },
			);
		});

		if (options.damage === false) return;
		it("a flipped byte gives an error or voxels, nothing worse", async () => {
			const { path } = await sample(11);
			const bytes = readFileSync(path);
			const cases = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }));
			await fc.assert(
				fc.asyncProperty(cases, async ([position, mask]) => {
					const bad = fresh();
					const damaged = Buffer.from(bytes);
					damaged[position] = (damaged[position] ?? 0) ^ mask;
					writeFileSync(bad, damaged);
					const result = await load(bad).catch((error: unknown) => error);
					if (result instanceof Error)
						expect(isNnvolError(result, "VOLUME", "UNBUILT") ? "VOLUME" : result).toBe("VOLUME");
				}),
				{ numRuns: numRuns * 5 },
			);
		});
	}
}

function array2(rank: number): number[] {
	return Array.from({ length: rank }, () => 2);
}
