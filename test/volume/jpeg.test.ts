import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { cut, type NdArray, ndarray } from "../../src/core/array.ts";
import { wholeBox } from "../../src/core/box.ts";
import { isNnvolError } from "../../src/core/errors.ts";
import { senseFormat } from "../../src/volume/formats.ts";
import { jpeg, LOSSY_NOTE } from "../../src/volume/jpeg/jpeg.ts";
import { testFolder } from "../folder.ts";
import { boxes, expectFault, expectSame } from "./conformance.ts";

const FIXTURES = join(import.meta.dirname, "..", "fixtures", "jpeg");

async function load(path: string): Promise<NdArray> {
	const reader = await jpeg.open(path);
	try {
		return await reader.read(wholeBox(reader.info.shape));
	} finally {
		await reader.close();
	}
}

type Expected = Readonly<Record<string, { readonly shape: number[]; readonly base64: string }>>;

describe("jpeg: the array that Pillow gives (test/fixtures/jpeg/make.py)", () => {
	const expected: Expected = JSON.parse(readFileSync(join(FIXTURES, "expected.json"), "utf8"));
	it("covers every file", () => {
		const files = readdirSync(FIXTURES).filter((name) => name.endsWith(".jpg"));
		expect(files.length).toBeGreaterThan(8);
		expect(files.sort()).toEqual(Object.keys(expected).sort());
	});
	for (const [name, { shape, base64 }] of Object.entries(expected)) {
		it(name, async () => {
			expect(await senseFormat(join(FIXTURES, name))).toBe("jpeg");
			const wanted = ndarray("uint8", shape, new Uint8Array(Buffer.from(base64, "base64")));
			const reader = await jpeg.open(join(FIXTURES, name));
			expectSame(await reader.read(wholeBox(shape)), wanted);
			expect(reader.info).toMatchObject({ axes: shape.length === 2 ? "yx" : "yxc", notes: [LOSSY_NOTE] });
			await fc.assert(
				fc.asyncProperty(boxes(shape), async (box) => expectSame(await reader.read(box), cut(wanted, box))),
				{ numRuns: 5 },
			);
			await reader.close();
		});
	}
});

describe("jpeg: files that cannot be read", () => {
	let folder = "";
	beforeEach(() => {
		folder = testFolder();
	});
	const grey = readFileSync(join(FIXTURES, "grey.jpg"));
	const written = (name: string, bytes: Uint8Array) => {
		const path = join(folder, name);
		writeFileSync(path, bytes);
		return path;
	};

	it("four colours, empty, cut short anywhere", async () => {
		await expect(load(join(FIXTURES, "refused", "cmyk.jpg"))).rejects.toThrow(/found 4 components of 8 bits/);
		for (let length = 0; length < grey.length; length += 37) {
			const path = written("cut.jpg", grey.subarray(0, length));
			await expectFault(load(path), path);
		}
	});

	it("extents that the data cannot hold", async () => {
		const bytes = Buffer.from(grey);
		const frame = bytes.indexOf(Buffer.from([0xff, 0xc0]));
		bytes.writeUInt16BE(65500, frame + 5);
		bytes.writeUInt16BE(65500, frame + 7);
		await expect(load(written("large.jpg", bytes))).rejects.toThrow(/65500x65500 pixels cannot come from/);
	});

	it("bytes changed at random: an error of its own or pixels", async () => {
		const names = readdirSync(FIXTURES).filter((name) => name.endsWith(".jpg"));
		const cases = fc.tuple(fc.constantFrom(...names), fc.nat(0xffff), fc.integer({ min: 1, max: 255 }));
		await fc.assert(
			fc.asyncProperty(cases, async ([name, where, mask]) => {
				const bytes = Buffer.from(readFileSync(join(FIXTURES, name)));
				bytes[where % bytes.length] = (bytes[where % bytes.length] ?? 0) ^ mask;
				const result = await load(written("changed.jpg", bytes)).catch((error: unknown) => error);
				if (result instanceof Error) expect(isNnvolError(result, "VOLUME") ? "VOLUME" : result).toBe("VOLUME");
			}),
			{ seed: 2, numRuns: 200 },
		);
	});

	it("writing", async () => {
		const path = join(folder, "x.jpg");
		await expectFault(jpeg.create(path, { dtype: "uint8", shape: [2, 2], axes: "yx" }), path, "UNBUILT");
	});
});
