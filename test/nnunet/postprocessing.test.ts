import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NdArray } from "../../src/core/array.ts";
import { wholeBox } from "../../src/core/box.ts";
import { readPostprocessing, STEP_NAME } from "../../src/nnunet/postprocessing-steps.ts";
import { openVolume } from "../../src/volume/formats.ts";
import { nnvol, ROOT } from "../cli/command.ts";

const SCENES = join(ROOT, "test/fixtures/postprocessing");
let folder = "";

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "nnvol-postprocessing-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function voxels(path: string): Promise<NdArray> {
	const reader = await openVolume(path);
	try {
		return await reader.read(wholeBox(reader.info.shape));
	} finally {
		await reader.close();
	}
}

/** Compares every label file of nnU-Net's with ours of the same name; gives their number. */
async function compare(ours: string, theirs: string): Promise<number> {
	const names = (await readdir(theirs)).filter((name) => /\.(png|tif)$/.test(name));
	for (const name of names) expect(await voxels(join(ours, name)), name).toEqual(await voxels(join(theirs, name)));
	return names.length;
}

describe("apply-postprocessing", () => {
	it.each([
		["images", "json", 6],
		["images", "pkl", 6],
		["volumes", "json", 2],
		["volumes", "pkl", 2],
	])("gives nnU-Net's labels and types: %s by .%s", async (scene, ending, count) => {
		const output = join(folder, `${scene}-${ending}`);
		const { code } = await nnvol(
			"apply-postprocessing",
			join(SCENES, scene, "input"),
			output,
			"--postprocessing",
			join(SCENES, scene, `postprocessing.${ending}`),
		);
		expect(code).toBe(0);
		expect(await compare(output, join(SCENES, scene, "output"))).toBe(count);
	});

	it("writes the spacing beside TIFF volumes as nnU-Net does", async () => {
		const spacing = (at: string) => readFile(join(at, "case_0.json"), "utf8").then((text): unknown => JSON.parse(text));
		expect(await spacing(join(folder, "volumes-json"))).toEqual(await spacing(join(SCENES, "volumes/output")));
	});

	it.each(["itk", "itk2d", "itk-turned", "nibabel", "nibabel-turned"])(
		"leaves the place of medical files to the last byte, where no step changes them: %s",
		async (scene) => {
			const at = join(ROOT, "test/fixtures/ensemble", scene);
			const output = join(folder, `place-${scene}`);
			const steps = join(folder, "none.json");
			await writeFile(steps, JSON.stringify({ postprocessing_fns: [], postprocessing_kwargs: [] }));
			const plans = ["--plans", join(at, "member_0/plans.json")];
			const { code } = await nnvol(
				"apply-postprocessing",
				join(at, "output"),
				output,
				"--postprocessing",
				steps,
				...plans,
			);
			expect(code).toBe(0);
			const bytes = async (from: string) => gunzipSync(await readFile(join(from, "case_0.nii.gz")));
			expect(await bytes(output)).toEqual(await bytes(join(at, "output")));
		},
	);

	it("goes on after a file that cannot be read, and says so", async () => {
		const input = join(folder, "damaged");
		await cp(join(SCENES, "images/input"), input, { recursive: true });
		await writeFile(join(input, "case_1.png"), "no image");
		const output = join(folder, "damaged-out");
		const steps = ["--postprocessing", join(SCENES, "images/postprocessing.json")];
		const { code, err } = await nnvol("apply-postprocessing", input, output, ...steps);
		expect(code).toBe(3);
		expect(err).toContain("failed: case_1.png: ");
		expect((await readdir(output)).sort()).toEqual([0, 2, 3, 4, 5].map((n) => `case_${n}.png`));
		const empty = await nnvol(
			"apply-postprocessing",
			folder,
			output,
			...steps,
			"--dataset",
			join(input, "dataset.json"),
		);
		expect(empty).toMatchObject({ code: 2, err: expect.stringContaining("no files ending in .png") });
	});
});

describe("postprocessing.pkl", () => {
	it.each(["images", "volumes", "labels/nnunet", "regions/nnunet", "apart/nnunet", "worse/nnunet"])(
		"says what the .json says: %s",
		async (at) => {
			const [pickled, plain] = await Promise.all([
				readPostprocessing(join(SCENES, at, "postprocessing.pkl")),
				readPostprocessing(join(SCENES, at, "postprocessing.json")),
			]);
			expect(pickled).toEqual(plain);
		},
	);

	it("is never run: other names and other functions are refused by name", async () => {
		const write = async (name: string, content: string) => {
			const path = join(folder, name);
			await writeFile(path, content, "latin1");
			return path;
		};
		const evil = await write("evil.pkl", "\x80\x02(]cos\nsystem\n(X\x04\x00\x00\x00truetRa]t.");
		await expect(readPostprocessing(evil)).rejects.toThrow(/"os\.system".*Nothing of it was run.*evil\.json/s);
		const called = await write(
			"called.pkl",
			`\x80\x02(]cnnunetv2.postprocessing.remove_connected_components\n${STEP_NAME}\n)Ra]t.`,
		);
		await expect(readPostprocessing(called)).rejects.toThrow(/stands for itself only/);
		const cut = await write("cut.pkl", "\x80\x02(]");
		await expect(readPostprocessing(cut)).rejects.toThrow(/cut off/);
		const other = { postprocessing_fns: ["close_gaps"], postprocessing_kwargs: [{ labels_or_regions: 1 }] };
		await expect(readPostprocessing(await write("other.json", JSON.stringify(other)))).rejects.toThrow(/"close_gaps"/);
		const strange = { postprocessing_fns: [STEP_NAME], postprocessing_kwargs: [{ labels_or_regions: 1, radius: 3 }] };
		await expect(readPostprocessing(await write("strange.json", JSON.stringify(strange)))).rejects.toThrow(/"radius"/);
		const uneven = { postprocessing_fns: [], postprocessing_kwargs: [{ labels_or_regions: 1 }] };
		await expect(readPostprocessing(await write("uneven.json", JSON.stringify(uneven)))).rejects.toThrow(
			/arguments for 1/,
		);
	});
});

describe("determine-postprocessing", () => {
	it.each([
		["labels", ".png"],
		["regions", ".tif"],
		["apart", ".png"],
		["worse", ".png"],
	])("finds what nnU-Net finds, and writes its files: %s", async (scene, ending) => {
		const theirs = join(SCENES, scene, "nnunet");
		const ours = join(folder, scene);
		await cp(join(SCENES, scene, "predictions"), ours, { recursive: true });
		const { code, out } = await nnvol("determine-postprocessing", ours, join(SCENES, scene, "reference"));
		expect(code).toBe(0);
		expect(out).toContain("largest component of all foreground: Dice ");
		const text = (at: string) => readFile(at, "utf8");
		expect(await text(join(ours, "postprocessing.json"))).toBe(await text(join(theirs, "postprocessing.json")));
		expect(await readPostprocessing(join(ours, "postprocessing.pkl"))).toEqual(
			await readPostprocessing(join(theirs, "postprocessing.pkl")),
		);
		await compare(join(ours, "postprocessed"), join(theirs, "postprocessed"));
		for (const name of ["summary.json", "postprocessed/summary.json"])
			expect(withoutPaths(await text(join(ours, name)))).toBe(withoutPaths(await text(join(theirs, name))));
		const written = (await readdir(join(ours, "postprocessed"))).filter((name) => name.endsWith(ending));
		expect(written).toEqual((await readdir(join(SCENES, scene, "reference"))).filter((name) => name.endsWith(ending)));
		// nothing found: nnU-Net copies the files as they are
		if (scene !== "apart") return;
		for (const name of written)
			expect(await readFile(join(ours, "postprocessed", name))).toEqual(await readFile(join(ours, name)));
	});
});

/** Paths are those of where the files lay. */
function withoutPaths(text: string): string {
	return text.replace(/"(prediction|reference)_file": ".*"/g, "");
}
