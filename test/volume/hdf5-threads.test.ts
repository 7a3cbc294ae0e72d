/**
 * HDF5 in threads: what is large is read and written beside the main thread, with the same voxels and the same errors.
 *
 * @module
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bytesOf, cut, type NdArray, zeros } from "../../src/core/array.ts";
import { wholeBox } from "../../src/core/box.ts";
import { isNnvolError } from "../../src/core/errors.ts";
import { fileError } from "../../src/volume/fault.ts";
import { hdf5 } from "../../src/volume/hdf5/hdf5.ts";
import { recordOf, revive } from "../../src/volume/hdf5/protocol.ts";
import { ThreadedReader } from "../../src/volume/hdf5/reader.ts";
import { ThreadedWriter } from "../../src/volume/hdf5/writer.ts";
import type { VolumeSpec } from "../../src/volume/volume.ts";
import { boxes, expectFault, expectSame, noise, partitions } from "./conformance.ts";

let folder = "";
beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), "nnvol-hdf5-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
const fresh = () => join(folder, `${count++}.h5`);

const specOf = (array: NdArray): VolumeSpec => ({ dtype: array.dtype, shape: array.shape, axes: "" });

async function save(path: string, array: NdArray): Promise<void> {
	const writer = await ThreadedWriter.create(path, specOf(array));
	await writer.write(
		array.shape.map(() => 0),
		array,
	);
	await writer.finish();
}

describe("hdf5 in threads", () => {
	it("boxes written in any order, of any chunks, are read in any boxes at once", async () => {
		const cases = fc
			.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 5 })), { minLength: 1, maxLength: 4 })
			.map((axes) => ({ shape: axes.map(([extent]) => extent), chunks: axes.map(([, chunk]) => chunk) }))
			.chain((s) =>
				fc.record({
					shape: fc.constant(s.shape),
					chunks: fc.constant(s.chunks),
					parts: partitions(s.shape),
					wanted: fc.array(boxes(s.shape), { minLength: 1, maxLength: 6 }),
					compression: fc.constantFrom("none", "gzip", "zstd" as const),
				}),
			);
		await fc.assert(
			fc.asyncProperty(cases, async ({ shape, chunks, parts, wanted, compression }) => {
				const array = noise("int32", shape, 5);
				const path = fresh();
				const writer = await ThreadedWriter.create(path, { ...specOf(array), layout: { chunks, compression } });
				for (const part of parts) await writer.write(part.start, cut(array, part));
				await writer.finish();
				const reader = await ThreadedReader.open(path, undefined);
				const found = await Promise.all(wanted.map((box) => reader.read(box)));
				await reader.close();
				for (const [i, box] of wanted.entries()) expectSame(found[i] ?? array, cut(array, box));
			}),
			{ numRuns: 25 },
		);
	});

	it("a large volume: the main thread goes on, buffers stay the caller's", async () => {
		const array = noise("uint8", [40, 1024, 1024], 6);
		const path = fresh();
		const writer = await hdf5.create(path, specOf(array));
		expect(writer).toBeInstanceOf(ThreadedWriter);
		let turns = 0;
		const timer = setInterval(() => turns++, 1);
		const plane = zeros("uint8", [1, 1024, 1024]);
		for (let z = 0; z < 40; z++) {
			bytesOf(plane).set(bytesOf(array).subarray(z << 20, (z + 1) << 20));
			await writer.write([z, 0, 0], plane);
		}
		await writer.finish();
		const reader = await hdf5.open(path);
		expect(reader).toBeInstanceOf(ThreadedReader);
		const before = turns;
		const whole = await reader.read(wholeBox(array.shape));
		clearInterval(timer);
		expect(turns).toBeGreaterThan(before);
		expectSame(whole, array);
		await reader.close();
	});

	it("small ones stay in this thread", async () => {
		const array = noise("uint8", [3, 4, 5], 6);
		const path = fresh();
		await save(path, array);
		const reader = await hdf5.open(path);
		expect(reader).not.toBeInstanceOf(ThreadedReader);
		await reader.close();
		const sparse = fresh();
		const writer = await hdf5.create(sparse, { dtype: "uint8", shape: [64, 1024, 1024], axes: "zyx" });
		await writer.finish(); // a small file of many voxels, all of them 0
		const large = await hdf5.open(sparse);
		expect(large).toBeInstanceOf(ThreadedReader);
		expect((await large.read({ start: [63, 0, 1023], stop: [64, 1, 1024] })).data[0]).toBe(0);
		await large.close();
	});

	it("errors are those of this thread", async () => {
		const array = noise("uint8", [30, 40, 50], 7);
		const path = fresh();
		await save(path, array);
		await expectFault(ThreadedReader.open(join(folder, "none.h5"), undefined), join(folder, "none.h5"));
		await expectFault(ThreadedReader.open(path, "other"), path);
		const cutOff = fresh();
		writeFileSync(cutOff, readFileSync(path).subarray(0, 3000));
		await expectFault(ThreadedReader.open(cutOff, undefined), cutOff);
		const reader = await ThreadedReader.open(path, undefined);
		await expectFault(reader.read({ start: [0, 0, 0], stop: [31, 1, 1] }), path);
		await expectFault(reader.read(wholeBox(array.shape), { signal: AbortSignal.abort() }), path, "CANCELLED");
		await reader.close();
		await reader.close();
		await expectFault(reader.read(wholeBox(array.shape)), path);
	});

	it("a file that is replaced while it is read is told", async () => {
		const path = fresh();
		await save(path, noise("uint8", [30, 40, 50], 8));
		const reader = await ThreadedReader.open(path, undefined);
		rmSync(path);
		await save(path, noise("uint8", [3, 4, 5], 9));
		const box = { start: [0, 0, 0], stop: [1, 1, 1] };
		const found = await Promise.allSettled(Array.from({ length: 4 }, () => reader.read(box)));
		await reader.close();
		const faults = found.flatMap((result) => (result.status === "rejected" ? [String(result.reason)] : []));
		expect(faults.length).toBeGreaterThan(0);
		expect(faults[0]).toContain(`${path}: was replaced while it was being read`);
	});

	it("a writer that is given up leaves nothing", async () => {
		const path = fresh();
		const writer = await ThreadedWriter.create(path, specOf(zeros("uint8", [3, 4, 5])));
		expect(existsSync(path)).toBe(true);
		await writer.discard();
		await writer.discard();
		expect(existsSync(path)).toBe(false);
		await expectFault(writer.write([0, 0, 0], zeros("uint8", [3, 4, 5])), path);
	});

	it("an error keeps its code, its kind of system fault and that it may pass", () => {
		const full = fileError("a.h5", "write", Object.assign(new Error("no space"), { code: "ENOSPC" }));
		const back = revive(recordOf(full));
		expect(isNnvolError(back, "VOLUME")).toBe(true);
		expect({ message: back.message, fields: back.fields, transient: back.transient }).toEqual({
			message: full.message,
			fields: full.fields,
			transient: false,
		});
		expect(back.cause).toMatchObject({ code: "ENOSPC", message: "no space" });
		const stale = fileError("a.h5", "read", Object.assign(new Error("stale"), { code: "ESTALE" }));
		expect(revive(recordOf(stale)).transient).toBe(true);
		expect(revive(recordOf(new TypeError("x"))).message).toBe("x");
	});
});
