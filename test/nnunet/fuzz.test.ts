/**
 * Saved probabilities, properties and post-processing changed at random, from a seed: values that the file holds, or an
 * error of nnvol's own.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { DEFLATE_RATIO } from "../../src/core/deflate.ts";
import { isNnvolError } from "../../src/core/errors.ts";
import { sizeOf } from "../../src/core/shape.ts";
import { readCaseProperties } from "../../src/nnunet/case-properties.ts";
import { readPostprocessing } from "../../src/nnunet/postprocessing-steps.ts";
import { openProbabilities } from "../../src/nnunet/probability-file.ts";
import { npyHeader, parseNpyHeader } from "../../src/volume/npz/npy.ts";
import { zipOf } from "../checkpoint/zip-writer.ts";
import { testFolder } from "../folder.ts";

const SCENES = join(import.meta.dirname, "..", "fixtures", "ensemble");

/** Bytes put in place of others, then a cut. */
const damage = fc.tuple(
	fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
	fc.option(fc.nat(999), { freq: 4, nil: 1000 }),
);

function damaged(
	good: Uint8Array,
	[changes, part]: readonly [readonly (readonly [number, number])[], number],
): Uint8Array {
	const bytes = Uint8Array.from(good);
	for (const [at, value] of changes) bytes[at % bytes.length] = value;
	return bytes.subarray(0, Math.floor((bytes.length * part) / 1000));
}

/** `work` ends, or with an error of nnvol's own. */
async function expectTame(work: Promise<unknown>): Promise<void> {
	const outcome: unknown = await work.then(
		() => undefined,
		(error: unknown) => error,
	);
	if (outcome !== undefined) expect(isNnvolError(outcome) ? "its own error" : outcome).toBe("its own error");
}

async function readAll(path: string, size: number): Promise<void> {
	const file = await openProbabilities(path);
	try {
		expect(sizeOf(file.shape)).toBeLessThanOrEqual(size * DEFLATE_RATIO);
		await file.take(sizeOf(file.shape));
		await file.finish();
	} finally {
		await file.close();
	}
}

it("probabilities", { timeout: 60_000 }, async () => {
	const path = join(testFolder(), "a.npz");
	const good = readFileSync(join(SCENES, "png", "member_0", "case_0.npz"));
	await fc.assert(
		fc.asyncProperty(damage, async (each) => {
			const bytes = damaged(good, each);
			writeFileSync(path, bytes);
			await expectTame(readAll(path, bytes.length));
		}),
		{ seed: 4, numRuns: 300 },
	);
});

it("the header of an array in a zip that is whole", { timeout: 60_000 }, async () => {
	const path = join(testFolder(), "a.npz");
	const npy = Buffer.concat([npyHeader("float32", [3, 1, 4, 5]), Buffer.alloc(3 * 4 * 5 * 4)]);
	await fc.assert(
		fc.asyncProperty(
			fc.array(fc.tuple(fc.nat(127), fc.constantFrom(...Buffer.from("0123456789(),' <>|fuO\n\0\xff", "latin1"))), {
				maxLength: 6,
			}),
			async (changes) => {
				const data = damaged(npy, [changes, 1000]);
				const header = parseNpyHeader(data);
				if (typeof header === "object") expect(header.start).toBeLessThanOrEqual(data.length);
				const bytes = zipOf([{ name: "probabilities.npy", data, deflate: true }]);
				writeFileSync(path, bytes);
				await expectTame(readAll(path, bytes.length));
			},
		),
		{ seed: 4, numRuns: 500 },
	);
});

it("properties", { timeout: 60_000 }, async () => {
	const path = join(testFolder(), "a.pkl");
	const goods = ["itk-turned", "nibabel-turned", "png"].map((scene) =>
		readFileSync(join(SCENES, scene, "member_0", "case_0.pkl")),
	);
	await fc.assert(
		fc.asyncProperty(fc.constantFrom(...goods), damage, async (good, each) => {
			writeFileSync(path, damaged(good, each));
			await expectTame(readCaseProperties(path));
		}),
		{ seed: 4, numRuns: 1500 },
	);
});

it("post-processing", { timeout: 60_000 }, async () => {
	const folder = testFolder();
	const goods = ["json", "pkl"].map((ending) => ({
		path: join(folder, `p.${ending}`),
		good: readFileSync(join(SCENES, "..", "postprocessing", "labels", "nnunet", `postprocessing.${ending}`)),
	}));
	await fc.assert(
		fc.asyncProperty(fc.constantFrom(...goods), damage, async ({ path, good }, each) => {
			writeFileSync(path, damaged(good, each));
			await expectTame(readPostprocessing(path));
		}),
		{ seed: 4, numRuns: 1000 },
	);
});
