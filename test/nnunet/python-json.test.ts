import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { floatText, type PythonValue, pythonJson } from "../../src/nnunet/python-json.ts";

const TEXT = readFileSync(join(import.meta.dirname, "../fixtures/score/python.json"), "utf8");

/** The numbers of the fixture, read by their text: JavaScript reads the same doubles. */
function numbersIn(text: string): number[] {
	const list = /"numbers": \[([^\]]*)\]/.exec(text)?.[1] ?? "";
	return list.split(",").map((part) => Number(part.trim().replace("NaN", "nan")));
}

describe("Python's JSON", () => {
	it("is written byte by byte as Python writes it", () => {
		const value = new Map<string, PythonValue>([
			["numbers", numbersIn(TEXT)],
			["ints", [0n, -3n, 2n ** 53n]],
			["b", new Map()],
			["a", []],
			["10", true],
			["2", null],
			["1", false],
			['text \u00e9\u2028\x7f\u{1F600}"\\\n', "\uffee"],
			["\u{1F600}", 1n],
			["\uffee", 2n],
		]);
		expect(pythonJson(value)).toBe(TEXT);
	});

	it("writes each float so that it reads back", () => {
		for (const value of numbersIn(TEXT).filter(Number.isFinite)) expect(Number(floatText(value))).toBe(value);
	});
});
