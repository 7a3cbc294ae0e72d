import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type NdArray, ndarray } from "../../src/core/array.ts";
import { wholeBox } from "../../src/core/box.ts";
import { bmp } from "../../src/volume/bmp/bmp.ts";
import { encodeBmp } from "../../src/volume/bmp/encode.ts";
import { expectFault, expectSame, testVolumeFormat } from "./conformance.ts";

const FIXTURES = join(import.meta.dirname, "..", "fixtures", "bmp");

testVolumeFormat(bmp, {
	axesOf: (rank) => (rank === 2 ? "yx" : "yxc"),
	shapeOf: (rank) => {
		const extents = [fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), fc.constant(3)];
		return fc.tuple(...extents.slice(0, rank));
	},
});

async function load(path: string): Promise<NdArray> {
	const reader = await bmp.open(path);
	try {
		return await reader.read(wholeBox(reader.info.shape));
	} finally {
		await reader.close();
	}
}

type Expected = { readonly shape: number[]; readonly values: number[] };

describe("bmp: the array that skimage.io.imread gives (test/fixtures/bmp/make.py)", () => {
	const expected: Record<string, Expected | null> = JSON.parse(readFileSync(join(FIXTURES, "expected.json"), "utf8"));
	it("covers every file", () => {
		const files = readdirSync(FIXTURES).filter((name) => name.endsWith(".bmp"));
		expect(files.length).toBeGreaterThan(40);
		expect(files.sort()).toEqual(Object.keys(expected).sort());
	});
	for (const [name, wanted] of Object.entries(expected)) {
		it(wanted === null ? `${name}: an error` : name, async () => {
			const path = join(FIXTURES, name);
			if (wanted === null) await expectFault(load(path), path);
			else expectSame(await load(path), ndarray("uint8", wanted.shape, Uint8Array.from(wanted.values)));
		});
	}
	it("grey and RGB are written byte for byte as skimage.io.imsave does", async () => {
		for (const name of ["saved8.bmp", "savedrgb.bmp"]) {
			const { shape, values } = expected[name] ?? { shape: [], values: [] };
			const bytes = encodeBmp(ndarray("uint8", shape, Uint8Array.from(values)));
			expect(Buffer.compare(bytes, readFileSync(join(FIXTURES, name)))).toBe(0);
		}
	});
});

describe("bmp: files that are not what they say", () => {
	let folder = "";
	beforeAll(() => {
		folder = mkdtempSync(join(tmpdir(), "nnvol-bmp-"));
	});
	afterAll(() => rmSync(folder, { recursive: true, force: true }));

	it("absurd extents, palettes and places are errors before anything is allocated", async () => {
		const good = readFileSync(join(FIXTURES, "p8.bmp"));
		const changes: readonly ((bytes: Buffer) => void)[] = [
			(bytes) => bytes.writeInt32LE(0x7fffffff, 18),
			(bytes) => bytes.writeInt32LE(0, 18),
			(bytes) => bytes.writeInt32LE(-5, 18),
			(bytes) => bytes.writeInt32LE(0x10000, 22),
			(bytes) => bytes.writeInt32LE(-0x80000000, 22),
			(bytes) => bytes.writeUInt32LE(0x7fffffff, 46),
			(bytes) => bytes.writeUInt32LE(0xfffffff0, 10),
			(bytes) => bytes.writeUInt16LE(7, 28),
			(bytes) => bytes.writeUInt32LE(5, 30),
		];
		for (const [n, change] of changes.entries()) {
			const path = join(folder, `${n}.bmp`);
			const bytes = Buffer.from(good);
			change(bytes);
			writeFileSync(path, bytes);
			await expectFault(load(path), path);
		}
	});
	it("run-length codes that promise more than there is", async () => {
		const good = readFileSync(join(FIXTURES, "rle8p.bmp"));
		const bytes = Buffer.from(good);
		bytes.writeInt32LE(20000, 18);
		bytes.writeInt32LE(20000, 22);
		const path = join(folder, "runs.bmp");
		writeFileSync(path, bytes);
		await expectFault(load(path), path);
	});
});
