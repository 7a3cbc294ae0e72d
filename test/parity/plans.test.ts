/**
 * The committed models of `npm run parity`: they are what the seed gives, and together they show what they have to.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { generateModels, SEED } from "../../scripts/parity/generate.ts";
import type { Json } from "../../scripts/parity/model.ts";
import { filesOf } from "../../scripts/parity/plans-folder.ts";
import { channelNames, labelScheme, readDataset } from "../../src/model/dataset.ts";
import { configurationOf, readPlans } from "../../src/model/plans.ts";

const FOLDER = join(import.meta.dirname, "..", "fixtures", "parity-plans");
const models = generateModels(SEED);

/** Every value under `key`, at any depth. */
function under(key: string, value: Json): readonly Json[] {
	if (value === null || typeof value !== "object") return [];
	if (Array.isArray(value)) return value.flatMap((item: Json) => under(key, item));
	return Object.entries(value).flatMap(([name, inner]) => [...(name === key ? [inner] : []), ...under(key, inner)]);
}

function everyIn(key: string): readonly string[] {
	const values = models.flatMap(({ plans, dataset }) => [...under(key, plans), ...under(key, dataset)]);
	return [...new Set(values.flat().map(String))].sort();
}

describe("the models of the comparison with nnU-Net", () => {
	it("are committed as the seed gives them", () => {
		const folders = readdirSync(FOLDER).filter((name) => name !== "README.md");
		expect(folders.sort()).toEqual(models.map((model) => model.case.name).sort());
		for (const model of models) {
			for (const [name, text] of Object.entries(filesOf(model))) {
				expect(readFileSync(join(FOLDER, model.case.name, name), "utf8"), `${model.case.name}/${name}`).toBe(text);
			}
		}
	});

	it("are others for another seed", () => {
		const others = generateModels(SEED + 1);
		expect(others.filter((other, at) => JSON.stringify(other) === JSON.stringify(models[at]))).toEqual([]);
	});

	it("are more than twenty, and no two of one plan", () => {
		const configurations = models.map(({ plans }) => JSON.stringify(plans["configurations"]));
		const cascades = models.filter((model) => model.case.previous !== null).length;
		expect(new Set(configurations).size).toBe(models.length - cascades);
		expect(models.length).toBeGreaterThan(20);
	});

	it("have every reader, ending, normalisation and way of resampling", () => {
		expect(everyIn("image_reader_writer")).toEqual([
			"NaturalImage2DIO",
			"NibabelIO",
			"NibabelIOWithReorient",
			"SimpleITKIO",
			"SimpleITKIOWithReorient",
			"Tiff3DIO",
		]);
		expect(everyIn("file_ending")).toEqual([".bmp", ".gipl", ".mha", ".nii.gz", ".nrrd", ".png", ".tif"]);
		expect(everyIn("normalization_schemes")).toHaveLength(5);
		expect(everyIn("resampling_fn_data")).toHaveLength(3);
	});

	it("can be read, each with its channels and labels", async () => {
		for (const { case: model, dataset } of models) {
			const plans = await readPlans(join(FOLDER, model.name, "plans.json"));
			const found = await readDataset(join(FOLDER, model.name, "dataset.json"));
			const configuration = configurationOf(plans, model.configuration);
			expect(configuration.normalization_schemes, model.name).toHaveLength(channelNames(found).length);
			const labels = Object.keys(Object(dataset["labels"])).filter((name) => name !== "ignore");
			const scheme = labelScheme(found);
			expect(scheme.kind === "regions" ? scheme.regions.length + 1 : scheme.labels.length, model.name).toBe(
				labels.length,
			);
		}
	});
});
