/**
 * The hostile corpus through the real command: each file gets an error of its own; nothing crashes, hangs or is executed.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { HOSTILE_CHECKPOINTS } from "../checkpoint/hostile.ts";
import { HOSTILE_CONFIGS } from "../config/hostile.ts";
import { testFolder } from "../folder.ts";
import { nnvol, type Result } from "./command.ts";
import { HOSTILE_IMAGES } from "./hostile-images.ts";
import { HOSTILE_MODELS } from "./hostile-models.ts";
import { HOSTILE_RESULTS } from "./hostile-results.ts";
import { HOSTILE_VOLUMES } from "./hostile-volumes.ts";
import { outputsOf, temporariesOf, treeOf, writeImages, writeModel } from "./scene.ts";

/** Every so many of the long lists, which have tests of their own; set NNVOL_WHOLE_CORPUS for all. */
const EVERY = process.env["NNVOL_WHOLE_CORPUS"] === undefined ? 4 : 1;
const sample = <T>(list: readonly T[]): readonly T[] => list.filter((_, n) => n % EVERY === 0);

/** Longest that a refusal may take. */
const PATIENCE = 20_000;

function expectRefused({ code, err }: Result, codes: readonly number[]): void {
	expect(err).not.toMatch(/fault of nnvol itself|Cannot read properties|is not a function|at .*\.ts:\d+/);
	expect(codes).toContain(code);
	expect(err.length).toBeLessThan(3000);
	expect(existsSync("nnvol-was-here")).toBe(false);
}

/** A damaged file given to `predict` by itself: refused as it says, and nothing is left. */
async function expectFileRefused(
	folder: string,
	model: string,
	{ file, make, expect: says }: Omit<(typeof HOSTILE_IMAGES)[number], "name">,
): Promise<void> {
	const path = join(folder, "in", file);
	mkdirSync(dirname(path));
	await make(path);
	const out = join(folder, "out");
	const result = await nnvol("predict", model, path, out, "--device", "cpu");
	expectRefused(result, [1, 2]);
	expect(result.err).toMatch(says);
	expect(outputsOf(out)).toEqual([]);
	expect(temporariesOf(out)).toEqual([]);
}

it("the corpus is large enough", () => {
	const lists = {
		checkpoints: HOSTILE_CHECKPOINTS,
		configurations: HOSTILE_CONFIGS,
		images: HOSTILE_IMAGES,
		volumes: HOSTILE_VOLUMES,
		models: HOSTILE_MODELS,
		results: HOSTILE_RESULTS,
	};
	for (const [what, list] of Object.entries(lists)) {
		process.stdout.write(`hostile corpus: ${list.length} ${what}\n`);
		expect(new Set(list.map(({ name }) => name)).size).toBe(list.length);
		expect(list.length).toBeGreaterThanOrEqual(20);
	}
});

describe("hostile checkpoints: exit 1, named", () => {
	it.each(sample(HOSTILE_CHECKPOINTS))("$name", { timeout: PATIENCE }, async ({ bytes, expect: says }) => {
		const folder = testFolder();
		const model = writeModel(join(folder, "model"));
		writeFileSync(join(model, "model.pth"), bytes());
		const images = await writeImages(join(folder, "in"), ["a.png"]);
		const result = await nnvol("predict", model, images, join(folder, "out"), "--device", "cpu");
		expectRefused(result, [1]);
		expect(result.err).toContain("model.pth");
		// those that lack nnU-Net's own facts are refused before their tensors are looked at
		expect(says.test(result.err) || /no checkpoint of nnU-Net v2: expected the keys/.test(result.err)).toBe(true);
		expect(outputsOf(join(folder, "out"))).toEqual([]);
	});
});

describe("hostile configurations: exit 2, in their own words", () => {
	it.each(sample(HOSTILE_CONFIGS))("$name", { timeout: PATIENCE }, async ({ files, overrides, expect: says }) => {
		const folder = testFolder();
		for (const [name, content] of Object.entries(files)) {
			mkdirSync(dirname(join(folder, name)), { recursive: true });
			writeFileSync(join(folder, name), content);
		}
		const result = await nnvol("infer-volume", "--config", join(folder, "a.yaml"), "--", ...(overrides ?? []));
		expectRefused(result, [2]);
		expect(result.err).toMatch(says);
	});
});

describe("hostile images: their case fails, named, and leaves nothing", () => {
	it.skipIf(process.platform === "win32").each(HOSTILE_IMAGES)(
		"$name",
		{ timeout: PATIENCE },
		async ({ file, make, expect: says }) => {
			const folder = testFolder();
			await expectFileRefused(folder, writeModel(join(folder, "model")), { file, make, expect: says });
		},
	);

	it.skipIf(process.platform === "win32")(
		"all of them in one list, with a good one: exit 3, and the good one is written",
		{ timeout: 120_000 },
		async () => {
			const folder = testFolder();
			const model = writeModel(join(folder, "model"));
			await writeImages(join(folder, "good"), ["good.png"]);
			const list = [join(folder, "good", "good.png")];
			for (const [n, { file, make }] of HOSTILE_IMAGES.entries()) {
				const path = join(folder, String(n), file);
				mkdirSync(dirname(path));
				await make(path);
				list.push(path);
			}
			writeFileSync(join(folder, "list.txt"), list.join("\n"));
			const out = join(folder, "out");
			const result = await nnvol(
				"infer-volume",
				"--checkpoint",
				model,
				"system.device=cpu",
				"system.inference.batch_size=2",
				`inference.volume_mode.file_list=${folder}/list.txt`,
				`inference.data.output_path=${out}`,
				"inference.volume_mode.output_name={parent}",
			);
			expect(result.err).not.toMatch(/fault of nnvol itself/);
			expect(result.err).toMatch(new RegExp(`1 done, 0 skipped, ${HOSTILE_IMAGES.length} failed`));
			expect(result.code).toBe(3);
			expect(outputsOf(out)).toEqual(["good.h5"]);
		},
	);
});

describe("hostile volumes: refused in their own words, and nothing is left", () => {
	it.skipIf(process.platform === "win32").each(sample(HOSTILE_VOLUMES))(
		"$name",
		{ timeout: PATIENCE },
		async ({ file, make, expect: says }) => {
			const folder = testFolder();
			const model = writeModel(join(folder, "model"), {
				network: "1 channel 3D",
				ending: ".nii.gz",
				reader: "SimpleITKIO",
			});
			await expectFileRefused(folder, model, { file, make, expect: says });
		},
	);
});

describe("hostile models: exit 1 or 2, named, and nothing is written", () => {
	it.skipIf(process.platform === "win32").each(sample(HOSTILE_MODELS))(
		"$name",
		{ timeout: PATIENCE },
		async ({ make, expect: says }) => {
			const folder = testFolder();
			vi.stubEnv("NNVOL_CACHE", join(folder, "cache"));
			const images = await writeImages(join(folder, "in"), ["a.png"]);
			const out = join(folder, "out");
			const result = await nnvol("predict", make(folder), images, out, "--device", "cpu");
			vi.unstubAllEnvs();
			expectRefused(result, [1, 2]);
			expect(result.err).toMatch(says);
			expect(outputsOf(out)).toEqual([]);
			expect(treeOf(join(folder, "cache")).filter((name) => name.includes("tmp"))).toEqual([]);
		},
	);
});

describe("hostile results of earlier commands: refused in their own words, and nothing is written", () => {
	it.skipIf(process.platform === "win32").each(sample(HOSTILE_RESULTS))(
		"$name",
		{ timeout: PATIENCE },
		async ({ make, expect: says }) => {
			const folder = testFolder();
			const argv = make(folder);
			const before = treeOf(folder);
			const result = await nnvol(...argv);
			expectRefused(result, [1, 2]);
			expect(result.err).toMatch(says);
			const made = treeOf(folder).filter((name) => !before.includes(name));
			expect(made.filter((name) => !/^out$|json$/.test(name))).toEqual([]);
		},
	);
});
