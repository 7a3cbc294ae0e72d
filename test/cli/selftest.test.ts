/**
 * `nnvol selftest`: passes on nnU-Net's own predictions, fails where they differ, and says when nothing was compared.
 */
import { cpSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { equalLabels, largestDifference, randomTile } from "../../src/run/tile-check.ts";
import { testFolder } from "../folder.ts";
import { nnvol, ROOT } from "./command.ts";
import { pattern, writeModel, writeVolume } from "./scene.ts";

const MITO = join(ROOT, "examples", "mito", "checkpoints");
const PARITY = join(ROOT, "test", "fixtures", "parity");
const INPUTS = join(PARITY, "mitophantom", "inputs");

afterEach(() => {
	vi.unstubAllEnvs();
});

/** Some of the phantoms: small ones, for speed. */
function some(folder: string, names: readonly string[], suffix: string): string {
	const out = testFolder();
	for (const name of names) cpSync(join(folder, `${name}${suffix}.png`), join(out, `${name}${suffix}.png`));
	return out;
}

const selftest = (...argv: readonly string[]) => nnvol("selftest", ...argv, "--device", "cpu");

describe("with a reference", () => {
	const cases = ["slice3", "tiny"];
	const input = () => some(INPUTS, cases, "_0000");
	const leftovers = () => readdirSync(tmpdir()).filter((name) => name.startsWith("nnvol-selftest-"));

	it("passes on nnU-Net's predictions and prints the agreement of each class", async () => {
		const temporary = leftovers();
		const { code, out } = await selftest(
			MITO,
			"--input",
			input(),
			"--reference",
			join(PARITY, "mitophantom", "mirror"),
		);
		expect(code).toBe(0);
		expect(out).toMatch(
			/label +reference +ours +equal +Dice\n0 background +[\d,]+ +[\d,]+ +[\d,]+ +[01]\.\d{5}\n1 mitochondria /,
		);
		expect(out).toMatch(/cases {7}2 \(7 references without an image\)/);
		expect(out).toMatch(/least: case \w+: [\d.]+ % equal, [\d,]+ of [\d,]+ voxels differ\n/);
		expect(out).toMatch(/PASSED: each of 2 cases agrees with the reference in at least 99\.9 % of its labels\n$/);
		expect(leftovers()).toEqual(temporary);
	});

	it("fails on predictions that were made otherwise, unless told how", async () => {
		const reference = join(PARITY, "mitophantom", "plain");
		const { code, out } = await selftest(MITO, "--input", input(), "--reference", reference);
		expect(code).toBe(1);
		expect(out).toMatch(/case tiny: 99\.\d+ % equal/);
		expect(out).toMatch(/FAILED: 2 of 2 cases agree with the reference in less than 99\.9 %.*--no-tta/);
		expect((await selftest(MITO, "--input", input(), "--reference", reference, "--no-tta")).code).toBe(0);
	});

	it("tells it as JSON", async () => {
		const { out } = await selftest(
			MITO,
			"--input",
			input(),
			"--reference",
			join(PARITY, "mitophantom", "mirror"),
			"--json",
		);
		const result = JSON.parse(out.trim().split("\n").at(-1) ?? "");
		expect(result).toMatchObject({ kind: "selftest", passed: true, compared: true, tolerance: 0.999 });
		expect(result.labels.map(({ value }: { readonly value: number }) => value)).toEqual([0, 1]);
		expect(result.cases.map(({ id }: { readonly id: string }) => id)).toEqual(cases);
	});

	it("names the classes of regions", async () => {
		const folder = join(PARITY, "regions");
		const { code, out } = await selftest(
			join(folder, "model"),
			"--input",
			join(folder, "inputs"),
			"--reference",
			join(folder, "mirror"),
		);
		expect(out).toContain("PASSED");
		expect(code).toBe(0);
		expect(out).toMatch(/\n0 background .*\n1 \w+/);
	});

	it("fails for a case of another shape, and for one that cannot be predicted", async () => {
		const images = input();
		const reference = some(join(PARITY, "mitophantom", "mirror"), cases, "");
		await writeVolume(join(reference, "tiny.png"), pattern([20, 20]), "yx");
		const shape = await selftest(MITO, "--input", images, "--reference", reference);
		expect(shape.code).toBe(1);
		expect(shape.out).toMatch(/case tiny: .*tiny\.png has 20x20 voxels/);
		writeFileSync(join(images, "tiny_0000.png"), "damaged");
		const damaged = await selftest(MITO, "--input", images, "--reference", reference);
		expect(damaged.code).toBe(1);
		expect(damaged.out).toMatch(/case tiny: it was not predicted, see above/);
		expect(damaged.out).toContain("FAILED: 1 of 2 cases");
	});

	it("needs both folders, and a case in common", async () => {
		const reference = join(PARITY, "mitophantom", "mirror");
		expect(await selftest(MITO, "--reference", reference)).toMatchObject({
			code: 2,
			err: expect.stringMatching(/--reference goes with --input/),
		});
		expect(await selftest(MITO, "--input", INPUTS)).toMatchObject({
			code: 2,
			err: expect.stringMatching(/--input goes with --reference/),
		});
		expect(await selftest(MITO, "--input", INPUTS, "--reference", testFolder({ "x.png": "" }))).toMatchObject({
			code: 2,
			err: expect.stringMatching(
				/none of the 9 images .* has a prediction in .*, which holds x; for ID_0000\.png a file ID\.png/,
			),
		});
		expect(await selftest(MITO, "--input", INPUTS, "--reference", join(testFolder(), "none"))).toMatchObject({
			code: 2,
		});
	});
});

describe("without a reference", () => {
	it("runs the network twice on one tile and says that nothing was compared", async () => {
		const { code, out } = await selftest(MITO);
		expect(code).toBe(0);
		expect(out).toMatch(/device {6}cpu, \d+ threads?\n/);
		expect(out).toMatch(/run again {3}bit-equal\n/);
		expect(out).toMatch(/one tile {4}\d+\.\d+ s/);
		expect(out).toMatch(/The network runs here\. Nothing was compared with nnU-Net: /);
	});

	it("runs 3D networks and several folds, found by name", async () => {
		const results = testFolder();
		writeModel(join(results, "Dataset009_X", "nnUNetTrainer__nnUNetPlans__3d_fullres"), {
			network: "1 channel 3D",
			folds: [0, 1],
		});
		vi.stubEnv("nnUNet_results", results);
		const { code, out } = await nnvol("selftest", "-d", "9", "--device", "cpu", "--threads", "1", "--json");
		expect(code).toBe(0);
		expect(JSON.parse(out)).toMatchObject({ passed: true, compared: false, device: "cpu", threads: 1, spread: 0 });
	});

	it("says what is wrong with a model", async () => {
		expect((await selftest(join(testFolder(), "none"))).code).toBe(1);
		expect((await selftest(MITO, "--threads", "0")).code).toBe(2);
	});
});

describe("the tile", () => {
	it("is normally distributed and the same each time", () => {
		const tile = randomTile(100_000);
		const mean = tile.reduce((sum, value) => sum + value, 0) / tile.length;
		const variance = tile.reduce((sum, value) => sum + (value - mean) ** 2, 0) / tile.length;
		expect(Math.abs(mean)).toBeLessThan(0.02);
		expect(Math.abs(variance - 1)).toBeLessThan(0.03);
		expect(tile.every(Number.isFinite)).toBe(true);
		expect(randomTile(100_000)).toEqual(tile);
	});

	it("outputs are compared by value and by highest channel", () => {
		const a = Float32Array.from([1, 5, 2, 4]);
		const b = Float32Array.from([1, 5, 2.5, 6]);
		expect(largestDifference(a, b)).toBe(2);
		expect(largestDifference(a, Float32Array.from([1, Number.NaN, 2, 4]))).toBeNaN();
		expect(equalLabels(a, b, 2)).toBe(0.5);
		expect(equalLabels(a, a, 2)).toBe(1);
	});
});
