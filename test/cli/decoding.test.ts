/**
 * `infer-volume` with steps that make objects.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { components } from "../../src/image/components.ts";
import { testFolder } from "../folder.ts";
import { nnvol, ROOT, start } from "./command.ts";
import { outputsOf, pattern, readVolume, writeModel, writeVolume } from "./scene.ts";

const POST = "inference.postprocessing";
const CC = "{name: decode_connected_components}";

/** Runs on `images` with a model of another dimension where it is said. */
async function run(
	overrides: readonly string[],
	shape: readonly number[] = [24, 30],
	network: "1 channel 2D" | "1 channel 3D" = "1 channel 2D",
) {
	const folder = testFolder();
	const is3d = network === "1 channel 3D";
	const model = writeModel(join(folder, "model"), {
		network,
		...(is3d || shape.length === 3 ? { ending: ".tif", reader: "Tiff3DIO" } : {}),
	});
	const name = shape.length === 3 ? "a.tif" : "a.png";
	const image = await writeVolume(join(folder, "in", name), pattern(shape), shape.length === 3 ? "zyx" : "yx");
	const out = join(folder, "out");
	const result = await nnvol(
		"infer-volume",
		"--checkpoint",
		model,
		"system.device=cpu",
		`inference.volume_mode.file_pattern=${image}`,
		`inference.data.output_path=${out}`,
		...overrides,
	);
	return { ...result, folder: out, read: async () => readVolume(join(out, outputsOf(out)[0] ?? "")) };
}

describe("decoding", () => {
	it("stores the number of each object, as the components of the channel above the threshold", async () => {
		const select = "inference.test_time_augmentation.select_channel=1";
		const ids = await (await run([select, `${POST}.decoding=[${CC}]`])).read();
		const values = await (await run([select])).read();
		const mask = Uint8Array.from(Array.from(values.data, Number), (value) => Number(value > 0.5));
		expect(ids.dtype).toBe("uint16");
		expect(ids.shape).toEqual([24, 30]);
		const { labels, count } = components(mask, [24, 30], 2);
		expect(count).toBeGreaterThan(1);
		expect([...ids.data].map(Number)).toEqual([...labels]);
		// without a channel selected it is all of the model's but the background
		const byDefault = await (await run([`${POST}.decoding=[${CC}]`])).read();
		expect(byDefault).toEqual(ids);
	});

	it("works section by section for a 2D model, and over the volume for a 3D one, unless it is told", async () => {
		const shape = [3, 24, 30];
		const decode = async (kwargs: string, network: "1 channel 2D" | "1 channel 3D") =>
			(
				await run(
					[
						`${POST}.decoding=[{name: decode_connected_components, kwargs: {${kwargs}}}]`,
						`${POST}.intensity_dtype=uint32`,
					],
					shape,
					network,
				)
			).read();
		for (const network of ["1 channel 2D", "1 channel 3D"] as const) {
			const [own, sections, volume] = [
				await decode("", network),
				await decode("sectionwise: true", network),
				await decode("sectionwise: false", network),
			];
			expect(own.dtype).toBe("uint32");
			expect(sections.data).not.toEqual(volume.data);
			expect(own.data).toEqual(network === "1 channel 2D" ? sections.data : volume.data);
			const idsOf = (z: number) =>
				new Set([...sections.data.slice(720 * z, 720 * (z + 1))].filter((id) => Number(id) > 0));
			expect([...idsOf(0)].filter((id) => idsOf(1).has(id))).toEqual([]);
		}
	});

	it("tells where there are no objects, and reports how many there are", async () => {
		const none = await run([`${POST}.decoding=[{name: decode_connected_components, kwargs: {threshold: 2}}]`]);
		expect(none.err).toContain(
			"a: no objects: nothing is left by the thresholds and sizes of inference.postprocessing.decoding",
		);
		expect(none.code).toBe(0);
		const some = await run([`${POST}.decoding=[${CC}]`]);
		const count = Math.max(...Array.from((await some.read()).data, Number));
		const { cases } = z
			.object({ cases: z.array(z.object({ notes: z.array(z.string()) })) })
			.parse(JSON.parse(readFileSync(join(some.folder, ".nnvol", "report.json"), "utf8")));
		expect(cases[0]?.notes).toContain(`a: ${count} objects`);
		expect(some.err).not.toContain("objects");
	});

	it("stays within the cleaned mask", async () => {
		const binary = [
			"inference.test_time_augmentation.select_channel=1",
			`${POST}.binary={enabled: true, remove_small_objects: 20, fill_holes: true}`,
		];
		const mask = await (await run(binary)).read();
		const ids = await (await run([...binary, `${POST}.decoding=[${CC}]`])).read();
		expect([...ids.data].map((id) => Number(Number(id) > 0))).toEqual([...mask.data].map(Number));
	});

	it("says that scale and type have no effect on ids", async () => {
		const { err, code } = await run([
			`${POST}.decoding=[${CC}]`,
			`${POST}.intensity_scale=255`,
			`${POST}.intensity_dtype=uint8`,
		]);
		expect(err).toContain(
			"objects are stored with ids, so inference.postprocessing.intensity_scale and intensity_dtype=uint8 have no effect",
		);
		expect(code).toBe(0);
	});

	it.each<readonly [readonly string[], number, RegExp]>([
		[
			[`${POST}.decoding=[{name: decode_binary_watershd}]`],
			2,
			/decoding=.*inference\.postprocessing\.decoding: step 1: unknown step 'decode_binary_watershd'; did you mean 'decode_binary_watershed'\?/,
		],
		[
			[`${POST}.decoding=[{name: decode_binary_watershed, kwargs: {min_sed_size: 5}}]`],
			2,
			/has no 'min_sed_size'; did you mean 'min_seed_size'\?/,
		],
		[[`${POST}.decoding=[{name: decode_abiss}]`], 2, /not built yet: the steps decode_abiss/],
		[
			[`${POST}.decoding=[${CC}]`, "inference.data.outputs=[labels]"],
			2,
			/inference\.data\.outputs and inference\.postprocessing\.decoding both say what is written/,
		],
		[
			[`${POST}.decoding=[${CC}]`, "inference.data.output_format=png", `${POST}.intensity_dtype=uint32`],
			2,
			/output_format=png cannot hold ids of objects \(uint32\)/,
		],
		[
			[`${POST}.decoding=[{name: decode_connected_components, kwargs: {channel: 9}}]`],
			2,
			/channel means channel 9; decoding is given 2, 0 to 1/,
		],
	])("refuses %j", async (overrides, expected, text) => {
		const { err, code } = await run(overrides);
		expect(err).toMatch(text);
		expect(code).toBe(expected);
	});

	it("tells the line of a step that is wrong", async () => {
		const file = join(testFolder(), "c.yaml");
		writeFileSync(
			file,
			"inference:\n  postprocessing:\n    decoding:\n      - name: decode_binary_watershed\n        kwargs: {min_size: many}\n",
		);
		const { err, code } = await nnvol("infer-volume", "--config", file);
		expect(err).toMatch(
			/c\.yaml:5: inference\.postprocessing\.decoding: step 1 \(decode_binary_watershed\): min_size: expected a whole number of voxels, 0 or more, found "many"/,
		);
		expect(code).toBe(2);
	});
});

describe("the tutorial with decoding", () => {
	it("runs as it says, and numbers each mitochondrion of the example", async () => {
		const folder = testFolder();
		const text = readFileSync(join(ROOT, "tutorials", "nnunet_mito_inference.yaml"), "utf8");
		const enabled = text
			.replace("\n    decoding: []\n", "\n")
			.replace(
				/\n {4}# {3}(decoding:)\n {4}# {3}( {2}- name: decode_binary_watershed)\n {4}# {3}( {4}kwargs: \{min_seed_size: 50\})\n/,
				"\n    $1\n    $2\n    $3\n",
			);
		expect(enabled).not.toBe(text);
		const file = join(folder, "tutorial.yaml");
		writeFileSync(file, enabled);
		const argv = ["--config", file, "--mode", "infer-volume", `vars.output=${folder}/out`];
		const { code, err } = await start([...argv, "system.device=cpu", "vars.input=examples/mito/images/slice?.png"])
			.ended;
		expect(err).toMatch(/3 done, 0 skipped, 0 failed/);
		expect(code).toBe(0);
		for (const name of ["slice0", "slice2", "slice4"]) {
			const found = await readVolume(join(folder, "out", `${name}_mito_seg.h5`));
			const truth = await readVolume(join(ROOT, "examples", "mito", "labels", `${name}.png`));
			const ids = new Set([...found.data].map(Number));
			expect(ids.size - 1).toBe(Math.max(...ids));
			const { hit, all } = matched(Array.from(truth.data, Number), Array.from(found.data, Number));
			expect(all).toBeGreaterThan(5);
			expect(hit / all).toBeGreaterThan(0.8);
		}
	}, 120_000);
});

/** How many true objects of at least 100 pixels there are, and of how many one that was found covers most, and little else. */
function matched(truth: readonly number[], found: readonly number[]) {
	const count = (keys: readonly (number | string)[]) => {
		const counts = new Map<number | string, number>();
		for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
		return counts;
	};
	const [sizes, foundSizes] = [count(truth), count(found)];
	const shared = count(truth.map((id, i) => `${id} ${found[i]}`));
	const wanted = [...sizes].filter(([id, voxels]) => id !== 0 && voxels >= 100);
	const isHit = ([id, voxels]: readonly [number | string, number]) =>
		[...foundSizes].some(([other, size]) => {
			const both = shared.get(`${id} ${other}`) ?? 0;
			return other !== 0 && both / (voxels + size - both) > 0.5;
		});
	return { hit: wanted.filter(isHit).length, all: wanted.length };
}
