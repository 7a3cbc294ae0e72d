import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { composeFile } from "../../src/config/compose.ts";
import { plainOf } from "../../src/config/node.ts";
import { type Files, inFolder } from "./folder.ts";

/** The merged values, and the names of the files in the order of merging. */
async function composed(files: Files, name = "a.yaml") {
	return inFolder(files, async (folder) => {
		const result = await composeFile(join(folder, name));
		return { value: plainOf(result.root), files: result.files.map((file) => file.slice(folder.length + 1)) };
	});
}

describe("composeFile", () => {
	it("merges a base below, several in order", async () => {
		const files = {
			"a.yaml": "_base_: [b.yaml, sub/c.yaml]\nx: {a: 1}\n",
			"b.yaml": "x: {a: 0, b: 0}\ny: 1\n",
			"sub/c.yaml": "x: {b: 2, c: 2}\n",
		};
		expect(await composed(files)).toEqual({
			value: { x: { a: 1, b: 2, c: 2 }, y: 1 },
			files: ["b.yaml", "sub/c.yaml", "a.yaml"],
		});
	});

	it("takes paths relative to the file that names them, through several files", async () => {
		const files = {
			"p/a.yaml": "_base_: ../q/b.yaml\na: 1\n",
			"q/b.yaml": "_base_: c.yaml\nb: 1\n",
			"q/c.yaml": "a: 0\nc: 1\n",
		};
		expect((await composed(files, "p/a.yaml")).value).toEqual({ a: 1, b: 1, c: 1 });
	});

	it("merges the defaults in order, the file itself last", async () => {
		const files = { "a.yaml": "defaults: [b, c]\nx: a\n", "b.yaml": "x: b\ny: b\n", "c.yml": "y: c\n" };
		expect(await composed(files)).toEqual({ value: { x: "a", y: "c" }, files: ["b.yaml", "c.yml", "a.yaml"] });
	});

	it("puts the file itself where _self_ is", async () => {
		const files = { "a.yaml": "defaults: [_self_, b]\nx: a\n", "b.yaml": "x: b\n" };
		expect((await composed(files)).value).toEqual({ x: "b" });
	});

	it("puts a group below the section it is named after, groups in groups too", async () => {
		const files = {
			"a.yaml": "defaults:\n  - system: big\n  - inference/data: zarr\n",
			"system/big.yaml": "defaults: [common, inference: many]\nnum_cpus: 64\n",
			"system/common.yaml": "seed: 1\nnum_cpus: 1\n",
			"system/inference/many.yaml": "batch_size: 2\n",
			"inference/data/zarr.yaml": "output_format: zarr\n",
		};
		expect((await composed(files)).value).toEqual({
			system: { seed: 1, num_cpus: 64, inference: { batch_size: 2 } },
			inference: { data: { output_format: "zarr" } },
		});
	});

	it("obeys Hydra's @package header", async () => {
		const files = {
			"a.yaml": "defaults:\n  - exp: one\n  - exp: two\n",
			"exp/one.yaml": "# a comment\n# @package _global_\nsystem: {seed: 1}\n",
			"exp/two.yaml": "# @package model.x\ny: 2\n",
		};
		expect((await composed(files)).value).toEqual({ system: { seed: 1 }, model: { x: { y: 2 } } });
	});

	it("takes lists of options, passes over null and missing optional ones", async () => {
		const files = {
			"a.yaml": "defaults:\n  - g: [x, y]\n  - h: null\n  - optional h: missing\n  - optional g: z\n",
			"g/x.yaml": "p: x\nq: x\n",
			"g/y.yaml": "q: y\n",
			"g/z.yaml": "r: z\n",
		};
		expect((await composed(files)).value).toEqual({ g: { p: "x", q: "y", r: "z" } });
	});

	it("lets two files share a base", async () => {
		const files = {
			"a.yaml": "_base_: [b.yaml, c.yaml]\n",
			"b.yaml": "_base_: d.yaml\nb: 1\n",
			"c.yaml": "_base_: d.yaml\nc: 1\n",
			"d.yaml": "d: 1\nb: 0\n",
		};
		expect((await composed(files)).value).toEqual({ d: 1, b: 0, c: 1 });
	});
});
