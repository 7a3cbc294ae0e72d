import { describe, expect, it } from "vitest";
import { joinFolds, parseCount, parseFolds, parseFraction } from "../../src/cli/arguments.ts";

describe("--folds", () => {
	it.each([
		[
			["--folds", "0", "1", "MODEL", "IN", "OUT"],
			["--folds", "0,1", "MODEL", "IN", "OUT"],
		],
		[
			["predict", "M", "I", "O", "--folds", "0,1"],
			["predict", "M", "I", "O", "--folds", "0,1"],
		],
		[
			["--folds", "0,", "1,", "2", "M"],
			["--folds", "0,1,2", "M"],
		],
		[
			["--folds", "all", "M"],
			["--folds", "all", "M"],
		],
		[
			["--folds=0,1", "2"],
			["--folds=0,1", "2"],
		],
		[
			["--folds", "--no-tta"],
			["--folds", "--no-tta"],
		],
		[["--folds"], ["--folds"]],
		[
			["--folds", "0", "--", "--folds", "1", "2"],
			["--folds", "0", "--", "--folds", "1", "2"],
		],
		[
			["--", "--folds", "1", "2"],
			["--", "--folds", "1", "2"],
		],
		[
			["--folds", "0", "1.png"],
			["--folds", "0", "1.png"],
		],
		[[], []],
	])("%j becomes %j", (argv, joined) => {
		expect(joinFolds(argv)).toEqual(joined);
	});

	it("are numbers or all", () => {
		expect(parseFolds(undefined)).toBeUndefined();
		expect(parseFolds("0,1,")).toEqual([0, 1]);
		expect(parseFolds("all")).toEqual(["all"]);
		expect(parseFolds("12")).toEqual([12]);
	});

	it("of anything else, or named twice, are an error of arguments", () => {
		for (const text of ["", "a", "0,,1", "-1", "0 1", "1.5", "ALL", ","]) {
			expect(() => parseFolds(text), text).toThrow(/expected numbers such as 0,1 or all/);
		}
		expect(() => parseFolds("1,01")).toThrow(/names a fold twice/);
		expect(() => parseFolds("x")).toThrow(expect.objectContaining({ code: "CONFIG", exitCode: 2 }));
	});
});

describe("numbers", () => {
	it("a share is above 0, up to 1", () => {
		expect([".5", "1", "0.25", "1e-3"].map((text) => parseFraction("--step-size", text))).toEqual([
			0.5, 1, 0.25, 0.001,
		]);
		for (const text of ["0", "-0.5", "1.1", "", " ", "half", "NaN", "Infinity"]) {
			expect(() => parseFraction("--step-size", text), text).toThrow(
				/--step-size .*expected a number above 0, up to 1/,
			);
		}
	});

	it("a count is whole and 1 or more", () => {
		expect(["1", "16"].map((text) => parseCount("--batch-size", text))).toEqual([1, 16]);
		for (const text of ["0", "-1", "1.5", "", "1e3", "many", "99999999999999999999"]) {
			expect(() => parseCount("--batch-size", text), text).toThrow(
				/--batch-size .*expected a whole number of 1 or more/,
			);
		}
	});
});
