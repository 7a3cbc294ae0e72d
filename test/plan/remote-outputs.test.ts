import { describe, expect, it } from "vitest";
import { modelSettings } from "../../src/plan/model-settings.ts";
import { makePlan } from "../../src/plan/plan.ts";
import { predictCases } from "../../src/plan/predict-cases.ts";
import { requireLocalFor, requireWritableUrls } from "../../src/plan/remote-outputs.ts";
import { volumeCases } from "../../src/plan/volume-cases.ts";
import { modelSpec } from "../model-spec.ts";

const volumes = modelSpec({ fileEnding: ".nii.gz", reader: "SimpleITKIO" });

describe("outputs behind URLs", () => {
	it("are one volume where OUTPUT has a known ending, else volumes in a place", async () => {
		const one = await predictCases(["in/a.zarr"], volumes, { output: "zarr://s3://b/deep/x.zarr/" });
		expect(one.folder).toBe("s3://b/deep");
		expect(one.cases).toMatchObject([{ output: "s3://b/deep/x.zarr", format: "zarr" }]);
		const top = await predictCases(["in/a.zarr"], volumes, { output: "gs://b/x.n5" });
		expect(top).toMatchObject({ folder: "gs://b", cases: [{ output: "gs://b/x.n5", format: "n5" }] });
		const many = await predictCases(["in/a.zarr", "s3://b/c.zarr"], volumes, { output: "s3://b/out/", format: "zarr" });
		expect(many.folder).toBe("s3://b/out");
		expect(many.cases.map(({ output }) => output)).toEqual(["s3://b/out/a.zarr", "s3://b/out/c.zarr"]);
	});

	it("are named by the template, with folders in it", () => {
		const naming = { folder: "s3://b/out", template: "{parent}/{stem}_seg", suffix: "", format: "zarr" } as const;
		const paths = ["gs://c/deep/x.zarr", "/data/y.h5"];
		expect(volumeCases(paths, 1, naming).map(({ output }) => output)).toEqual([
			"s3://b/out/deep/x_seg.zarr",
			"s3://b/out/data/y_seg.zarr",
		]);
	});

	it("are of chunked formats, in buckets", () => {
		for (const format of ["zarr", "n5", "precomputed"] as const) {
			for (const output of ["s3://b/x", "gs://b/x", "x"]) {
				expect(() => requireWritableUrls([{ output, format }])).not.toThrow();
			}
			expect(() => requireWritableUrls([{ output: "http://h/x", format }])).toThrow(/http server cannot be written/);
			expect(() => requireWritableUrls([{ output: "azure://h/x", format }])).toThrow(/azure:\/\/ are not built/);
		}
		for (const format of ["hdf5", "tiff", "nifti", "png", "nrrd", "metaimage"] as const) {
			expect(() => requireWritableUrls([{ output: "x", format }])).not.toThrow();
			expect(() => requireWritableUrls([{ output: "s3://b/x", format }])).toThrow(/choose zarr/);
		}
	});

	it("replace no inputs, and are two for two cases", () => {
		const entry = (index: number, file: string, output: string) =>
			({ id: `${index}`, files: [file], index, output, format: "zarr" }) as const;
		const model = { dataset: "D", configuration: "c", trainer: "t", spec: "s", checkpoints: [] };
		const planOf = (...cases: ReturnType<typeof entry>[]) => makePlan(model, modelSettings(volumes), "s3://b", cases);
		expect(() => planOf(entry(0, "s3://b/x.zarr", "s3://b/x.zarr/"))).toThrow(/is an input as well/);
		expect(() => planOf(entry(0, "a", "s3://b/x.zarr"), entry(1, "b", "s3://b/x.zarr"))).toThrow(
			/two inputs would write/,
		);
		expect(planOf(entry(0, "a", "s3://b/x.zarr"), entry(1, "b", "gs://b/x.zarr")).cases).toHaveLength(2);
	});

	it("are not those of what cannot be streamed", () => {
		expect(() => requireLocalFor("a cascade", "s3://b")).toThrow(/a cascade cannot be written behind URLs yet/);
		expect(() => requireLocalFor("a cascade", "out")).not.toThrow();
	});
});
