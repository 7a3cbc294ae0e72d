import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { groupCases, parseCaseName } from "../../src/nnunet/cases.ts";

const ids = (paths: readonly string[], channels = 1) => groupCases(paths, channels).map(({ id }) => id);
const problem = (paths: readonly string[], channels = 1) => groupCases(paths, channels)[0]?.problem;

describe("parseCaseName", () => {
	it.each([
		["d/a_0003.png", { id: "a", channel: 3 }],
		["a.png", { id: "a" }],
		["a_0000_b.png", { id: "a_0000_b" }],
		["a_0001_0000.png", { id: "a_0001", channel: 0 }],
		["a.b.c_0000.tiff", { id: "a.b.c", channel: 0 }],
		["a.b.c.h5", { id: "a.b.c" }],
		["a_000.png", { id: "a_000" }],
		["a_00000.png", { id: "a_00000" }],
		["_0000.png", { id: "_0000" }],
		["0000.png", { id: "0000" }],
		["d/vol_0000.zarr/", { id: "vol", channel: 0 }],
		["A_0000.PNG", { id: "A", channel: 0 }],
		["a_0000", { id: "a", channel: 0 }],
		["d/ID_0001.nii.gz", { id: "ID", channel: 1 }],
		["ID.nii.gz", { id: "ID" }],
		["ID_0000.NII", { id: "ID", channel: 0 }],
		["ID_0000.nrrd", { id: "ID", channel: 0 }],
		["ID_0000.mhd", { id: "ID", channel: 0 }],
	])("%s", (path, expected) => {
		expect(parseCaseName(path)).toEqual(expected);
	});

	it("reads what nnU-Net would write", () => {
		const names = fc.stringMatching(/^[A-Za-z0-9_.-]{1,12}$/).filter((id) => !id.startsWith("."));
		fc.assert(
			fc.property(names, fc.nat(9999), (id, channel) => {
				const path = `folder/${id}_${String(channel).padStart(4, "0")}.tif`;
				expect(parseCaseName(path)).toEqual({ id, channel });
			}),
		);
	});
});

describe("groupCases", () => {
	it("takes files without the suffix as cases of one file, sorted by id", () => {
		expect(groupCases(["d/b.png", "d/a_0000.png"], 1)).toEqual([
			{ id: "a", files: ["d/a_0000.png"] },
			{ id: "b", files: ["d/b.png"] },
		]);
	});

	it("puts the channels of a case in order, whatever the order of the files", () => {
		const files = ["d/a_0000.png", "d/a_0001.png", "d/a_0002.png"];
		fc.assert(
			fc.property(fc.shuffledSubarray(files, { minLength: 3 }), (shuffled) => {
				expect(groupCases(shuffled, 3)).toEqual([{ id: "a", files }]);
			}),
		);
	});

	it("keeps every file in exactly one case", () => {
		const path = fc
			.tuple(fc.constantFrom("x", "y"), fc.constantFrom("a", "b", "a_0000"), fc.constantFrom("", "_0000", "_0001"))
			.map(([folder, id, suffix]) => `${folder}/${id}${suffix}.png`);
		fc.assert(
			fc.property(fc.uniqueArray(path), fc.integer({ min: 1, max: 3 }), (paths, channels) => {
				const kept = groupCases(paths, channels).flatMap(({ files }) => files);
				expect([...kept].sort()).toEqual([...paths].sort());
			}),
		);
	});

	it("keeps equal names of two folders apart", () => {
		expect(ids(["x/a.png", "y/a.png"])).toEqual(["a", "a"]);
		expect(groupCases(["x/a_0000.png", "y/a_0001.png"], 2).map(({ files }) => files.length)).toEqual([1, 1]);
	});

	it("takes one file of a model of several channels: it may hold them all", () => {
		expect(groupCases(["a.png"], 3)).toEqual([{ id: "a", files: ["a.png"] }]);
		expect(groupCases(["a_0000.png"], 3)).toEqual([{ id: "a", files: ["a_0000.png"] }]);
	});
});

describe("what is wrong with a case names its files and the next step", () => {
	it("both ID.png and ID_0000.png", () => {
		const cases = groupCases(["d/a.png", "d/a_0000.png", "d/b.png"], 1);
		expect(cases[0]?.problem).toMatch(/^case a has both a\.png, a_0000\.png: .*keep one/);
		expect(cases[1]?.problem).toBeUndefined();
	});

	it("a missing channel", () => {
		expect(problem(["a_0000.png", "a_0002.png"], 3)).toMatch(
			/^case a lacks channel _0001: found a_0000\.png, a_0002\.png, the model takes 3 channels \(_0000, _0001, _0002\); add or remove/,
		);
		expect(problem(["a_0001.png"], 1)).toMatch(
			/lacks channel _0000: found a_0001\.png, the model takes 1 channel \(_0000\)/,
		);
	});

	it("a surplus channel", () => {
		expect(problem(["a_0000.png", "a_0001.png"], 1)).toMatch(
			/^case a has surplus channel _0001: found a_0000\.png, a_0001\.png/,
		);
	});

	it("a thousand of them, shortly", () => {
		const sections = Array.from({ length: 1000 }, (_, n) => `slice_${String(n).padStart(4, "0")}.png`);
		const text = problem(sections) ?? "";
		expect(text).toMatch(/surplus channel _0001, .*\.\.\. \(999\).*rename them .*slice-0000/);
		expect(text.length).toBeLessThan(400);
	});

	it("one image in several formats", () => {
		expect(problem(["a.png", "a.tif"])).toMatch(/a\.png, a\.tif: one image in several formats; keep one/);
	});

	it("one channel twice, and channels of several formats", () => {
		expect(problem(["a_0000.png", "a_0000.tif"], 2)).toMatch(/channel 0 twice/);
		expect(problem(["a_0000.png", "a_0001.tif"], 2)).toMatch(/different formats/);
	});
});
