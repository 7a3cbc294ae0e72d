import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ndarray } from "../../src/core/array.ts";
import { isNnvolError } from "../../src/core/errors.ts";
import { sizeOf } from "../../src/core/shape.ts";
import { openProbabilities } from "../../src/nnunet/probability-file.ts";
import { writeNpz } from "../../src/volume/npz/npz.ts";
import { zipOf } from "../checkpoint/zip-writer.ts";
import { ROOT } from "../cli/command.ts";
import { testFolder } from "../folder.ts";
import { readNpz } from "../volume/npz-reader.ts";

const SCENES = join(ROOT, "test/fixtures/ensemble");

/** Every value, taken `piece` at a time. */
async function valuesOf(path: string, piece: number): Promise<number[]> {
	const file = await openProbabilities(path);
	try {
		const values: number[] = [];
		const total = sizeOf(file.shape);
		while (values.length < total) values.push(...(await file.take(Math.min(piece, total - values.length))));
		await file.finish();
		return values;
	} finally {
		await file.close();
	}
}

describe("files of probabilities", () => {
	it("give their values in order, whatever the pieces", async () => {
		const path = join(SCENES, "png/member_1/case_0.npz");
		const whole = (await readNpz(path))["probabilities"];
		for (const piece of [1, 7, 64, 1000])
			expect(await valuesOf(path, piece)).toEqual(Array.from(whole?.data ?? [], Number));
	});

	it("are read in C order where numpy kept Fortran order", async () => {
		const found = await valuesOf(join(SCENES, "tiff/member_0/case_0.npz"), 50);
		expect(found).toHaveLength(7 * 6 * 5);
		expect(new Set(found).size).toBeGreaterThan(3);
	});

	it("are refused by an error that names them, whatever is wrong with their bytes", async () => {
		const folder = testFolder();
		const path = join(folder, "case.npz");
		await writeNpz(path, {
			probabilities: ndarray(
				"float32",
				[2, 1, 3, 4],
				Float32Array.from({ length: 24 }, (_, i) => i / 24),
			),
		});
		const sound = readFileSync(path);
		const wanted = await valuesOf(path, 5);
		const damage = fc.record({
			at: fc.nat(sound.length - 1),
			value: fc.nat(255),
			length: fc.oneof(fc.constant(sound.length), fc.nat(sound.length)),
		});
		await fc.assert(
			fc.asyncProperty(damage, async ({ at, value, length }) => {
				const bytes = Buffer.from(sound);
				bytes[at] = value;
				writeFileSync(path, bytes.subarray(0, length));
				const outcome = await valuesOf(path, 5).catch((error: unknown) => error);
				if (Array.isArray(outcome)) expect(outcome).toEqual(wanted);
				else expect(isNnvolError(outcome, "VOLUME") && outcome.message.includes(path)).toBe(true);
			}),
			{ numRuns: 300 },
		);
	});

	it("do not claim more than they hold", async () => {
		const folder = testFolder();
		const claim = (text: string) => {
			const header = Buffer.alloc(128, " ");
			header.write("\x93NUMPY\x01\x00", "latin1");
			header.writeUInt16LE(118, 8);
			header.write(text, 10, "latin1");
			return header;
		};
		const open = async (shape: string, descr = "<f4", order = "False") => {
			const path = join(folder, "claim.npz");
			const npy = claim(`{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`);
			writeFileSync(path, zipOf([{ name: "probabilities.npy", data: npy }]));
			return openProbabilities(path);
		};
		await expect(open("(3, 1, 99999, 99999)")).rejects.toThrow(/need \d+ bytes, found 128/);
		await expect(open("(3, 1, 99999, 99999)", "<f4", "True")).rejects.toThrow(/need \d+ bytes, found 128/);
		await expect(open("(0, 1, 2, 3)")).rejects.toThrow(/four axes/);
		await expect(open("()")).rejects.toThrow(/found a number/);
		await expect(open("(1, 1, 1, 1)", ">f4")).rejects.toThrow(/not one that is read/);
		await expect(open("(1, 1, 1, 1)", "|O")).rejects.toThrow(/not one that is read/);
	});
});
