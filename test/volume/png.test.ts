import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import fc from "fast-check";
import { decode } from "fast-png";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bytesOf, cut, type NdArray, ndarray, zeros } from "../../src/core/array.ts";
import { type Box, wholeBox } from "../../src/core/box.ts";
import { png, readHeader } from "../../src/volume/png/png.ts";
import { PngStream } from "../../src/volume/png/stream.ts";
import { sharedPath } from "../shared.ts";
import { boxes, expectFault, expectSame, noise, testVolumeFormat } from "./conformance.ts";

const FIXTURES = join(import.meta.dirname, "..", "fixtures", "png");

testVolumeFormat(png, {
	axesOf: (rank) => (rank === 2 ? "yx" : "yxc"),
	shapeOf: (rank) => {
		const extents = [fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 3, max: 4 })];
		return fc.tuple(...extents.slice(0, rank));
	},
	supports: (dtype, rank) => rank === 2 || dtype === "uint8",
});

async function load(path: string): Promise<NdArray> {
	const reader = await png.open(path);
	try {
		return await reader.read(wholeBox(reader.info.shape));
	} finally {
		await reader.close();
	}
}

type Expected = { readonly dtype: "uint8" | "uint16"; readonly shape: number[]; readonly values: number[] };

describe("png: the array that skimage.io.imread gives (test/fixtures/png/make.py)", () => {
	const expected: Record<string, Expected> = JSON.parse(readFileSync(join(FIXTURES, "expected.json"), "utf8"));
	it("covers every file", () => {
		const files = readdirSync(FIXTURES).filter((name) => name.endsWith(".png"));
		expect(files.length).toBeGreaterThan(40);
		expect(files.sort()).toEqual(Object.keys(expected).sort());
	});
	for (const [name, { dtype, shape, values }] of Object.entries(expected)) {
		it(name, async () => {
			const data = dtype === "uint16" ? Uint16Array.from(values) : Uint8Array.from(values);
			const wanted =
				dtype === "uint16"
					? ndarray("uint16", shape, Uint16Array.from(data))
					: ndarray("uint8", shape, Uint8Array.from(data));
			expectSame(await load(join(FIXTURES, name)), wanted);
		});
	}
});

describe("png: band by band", () => {
	const names = readdirSync(FIXTURES).filter((name) => name.endsWith(".png") && !name.endsWith("_i.png"));
	const open = async (path: string) => PngStream.open(path, await readHeader(path));

	it("any boxes of every fixture, in any order, are those of the whole", async () => {
		for (const name of names) {
			const whole = await load(join(FIXTURES, name));
			const stream = await open(join(FIXTURES, name));
			const same = async (list: readonly Box[]) => {
				for (const box of list) expectSame(await stream.read(box), cut(whole, box));
			};
			await fc.assert(fc.asyncProperty(fc.array(boxes(whole.shape), { minLength: 1, maxLength: 4 }), same), {
				numRuns: 5,
			});
			await stream.close();
		}
	});

	it("images of many bands, which are opened so by their size", { timeout: 60_000 }, async () => {
		const path = join(mkdtempSync(join(tmpdir(), "nnvol-png-")), "large.png");
		const array = zeros("uint16", [5000, 7000]);
		for (let i = 0; i < array.data.length; i += 997) array.data[i] = i;
		const writer = await png.create(path, { dtype: "uint16", shape: array.shape, axes: "yx" });
		await writer.write([0, 0], array);
		await writer.finish();
		const reader = await png.open(path);
		expect(reader).toBeInstanceOf(PngStream);
		const box = { start: [1234, 17], stop: [1300, 6999] };
		const [part, again] = await Promise.all([reader.read(box), reader.read(box)]);
		expectSame(part, cut(array, box));
		expectSame(again, part);
		await reader.close();
		rmSync(join(path, ".."), { recursive: true });
	});

	it("files cut short or changed: the error that names them, or pixels", async () => {
		const folder = mkdtempSync(join(tmpdir(), "nnvol-png-"));
		const path = join(folder, "x.png");
		const bytes = readFileSync(join(FIXTURES, "filters8.png"));
		const header = await readHeader(join(FIXTURES, "filters8.png"));
		for (let at = 33; at < bytes.length; at += 3) {
			for (const damaged of [bytes.subarray(0, at), Buffer.from(bytes).fill(255 - (bytes[at] ?? 0), at, at + 1)]) {
				writeFileSync(path, damaged);
				const stream = await PngStream.open(path, header);
				await expectFault(stream.read(wholeBox(stream.info.shape)), path);
				await stream.close();
			}
		}
		rmSync(folder, { recursive: true });
	});
});

describe("png: files that are not what they say", () => {
	let folder = "";
	beforeAll(() => {
		folder = mkdtempSync(join(tmpdir(), "nnvol-png-"));
	});
	afterAll(() => rmSync(folder, { recursive: true, force: true }));

	function chunk(name: string, body: Uint8Array): Buffer {
		const bytes = Buffer.concat([Buffer.alloc(4), Buffer.from(name, "latin1"), body, Buffer.alloc(4)]);
		bytes.writeUInt32BE(body.length, 0);
		bytes.writeUInt32BE(crc32(bytes.subarray(4, -4)), bytes.length - 4);
		return bytes;
	}
	const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
	const ihdr = (width: number, height: number, depth = 8, colour = 0, interlace = 0) => {
		const body = Buffer.alloc(13);
		body.writeUInt32BE(width, 0);
		body.writeUInt32BE(height, 4);
		body.set([depth, colour, 0, 0, interlace], 8);
		return chunk("IHDR", body);
	};
	const end = chunk("IEND", Buffer.alloc(0));
	const file = (...parts: Buffer[]) => {
		const path = join(folder, `${readdirSync(folder).length}.png`);
		writeFileSync(path, Buffer.concat([signature, ...parts]));
		return path;
	};
	const idat = (raw: Uint8Array) => chunk("IDAT", deflateSync(raw));

	it("a header of two thousand million pixels is refused before memory is asked for", async () => {
		const path = file(ihdr(45000, 45000), idat(new Uint8Array(100)), end);
		const before = process.memoryUsage().rss;
		await expect(load(path)).rejects.toThrow(/45000x45000 pixels cannot come from/);
		expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
	});
	it("data that inflates to far more than the image is refused", async () => {
		await expectFault(load(file(ihdr(2, 2), idat(new Uint8Array(50_000_000)), end)), folder);
	});
	it("too few rows", async () => {
		await expect(load(file(ihdr(4, 4), idat(new Uint8Array(10)), end))).rejects.toThrow(
			/4x4 pixels need 20 bytes, found 10/,
		);
	});
	it("a checksum that does not fit", async () => {
		const bad = idat(new Uint8Array(6));
		bad[bad.length - 1] = (bad.at(-1) ?? 0) ^ 1;
		await expect(load(file(ihdr(2, 2), bad, end))).rejects.toThrow(/checksum of its IDAT chunk is wrong/);
	});
	it("no IEND, no IDAT, no IHDR, an unknown critical chunk", async () => {
		await expect(load(file(ihdr(2, 2), idat(new Uint8Array(6))))).rejects.toThrow(/before its IEND/);
		await expect(load(file(ihdr(2, 2), end))).rejects.toThrow(/no IDAT/);
		await expectFault(load(file(idat(new Uint8Array(6)), end, end, end)), folder);
		await expect(load(file(ihdr(2, 2), chunk("ABCD", Buffer.alloc(4)), idat(new Uint8Array(6)), end))).rejects.toThrow(
			/ABCD/,
		);
	});
	it("colour types, depths, interlacing and filters that do not exist, extents of zero", async () => {
		for (const head of [
			ihdr(2, 2, 8, 1),
			ihdr(2, 2, 3),
			ihdr(2, 2, 4, 2),
			ihdr(2, 2, 8, 0, 2),
			ihdr(0, 2),
			ihdr(2, 0),
		]) {
			await expectFault(load(file(head, idat(new Uint8Array(6)), end)), folder);
		}
		await expect(load(file(ihdr(1, 1), idat(Uint8Array.of(7, 0)), end))).rejects.toThrow(/filter 7/);
	});
	it("a palette that is too short for its indices reads black there, as in Pillow", async () => {
		const path = file(ihdr(2, 1, 8, 3), chunk("PLTE", Buffer.from([1, 2, 3])), idat(Uint8Array.of(0, 0, 5)), end);
		expect([...(await load(path)).data]).toEqual([1, 2, 3, 0, 0, 0]);
	});
	it("an image that cannot be held at once", async () => {
		const data = chunk("IDAT", Buffer.alloc(3_000_000));
		await expect(load(file(ihdr(50000, 50000, 8, 0, 1), data, end))).rejects.toThrow(/too many for an interlaced PNG/);
		const reader = await png.open(file(ihdr(50000, 50000), data, end));
		await expect(reader.read({ start: [0, 0], stop: [9, 9] })).rejects.toThrow(/data cannot be inflated/);
		await reader.close();
	});
	it("writing what is no 2D image", async () => {
		const path = join(folder, "x.png");
		await expectFault(png.create(path, { dtype: "uint8", shape: [2, 2, 2], axes: "zyx" }), path);
		await expectFault(png.create(path, { dtype: "uint8", shape: [2, 2, 5], axes: "yxc" }), path);
	});
	it("finishing an image that is not whole", async () => {
		const path = join(folder, "half.png");
		const writer = await png.create(path, { dtype: "uint8", shape: [2, 2], axes: "yx" });
		await writer.write([0, 0], noise("uint8", [1, 2], 1));
		await expectFault(writer.finish(), path);
		await writer.discard();
	});
});

describe("png: another decoder reads what is written", () => {
	it("uint8 and uint16, grey and colour", async () => {
		const folder = mkdtempSync(join(tmpdir(), "nnvol-png-"));
		try {
			for (const array of [
				noise("uint8", [5, 7], 1),
				noise("uint16", [5, 7], 2),
				noise("uint8", [5, 7, 3], 3),
				noise("uint16", [5, 7, 4], 4),
			]) {
				const path = join(folder, `${array.dtype}${array.shape.length}.png`);
				const writer = await png.create(path, { dtype: array.dtype, shape: array.shape, axes: "" });
				await writer.write(
					array.shape.map(() => 0),
					array,
				);
				await writer.finish();
				const found = decode(readFileSync(path), { checkCrc: true });
				expect([found.height, found.width, found.channels]).toEqual([5, 7, array.shape[2] ?? 1]);
				expect([...found.data]).toEqual([...array.data]);
			}
		} finally {
			rmSync(folder, { recursive: true, force: true });
		}
	});
});

const inputs = sharedPath("fixtures", "inputs", "mito2d");
describe.skipIf(inputs === undefined)("png: the micrographs of shared/fixtures/inputs", () => {
	it("another decoder reads the same", async () => {
		for (const name of readdirSync(inputs ?? "").filter((each) => each.endsWith(".png"))) {
			const path = join(inputs ?? "", name);
			const found = await load(path);
			expect(Buffer.compare(Buffer.from(decode(readFileSync(path)).data), bytesOf(found))).toBe(0);
		}
	});
});
