/**
 * No test compares a text with a bare regular expression in an object: `toMatchObject` finds any text equal to it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const FOLDER = join(import.meta.dirname, "..");
/** `message: /x/` and the like; what is to be matched must stand in `expect.stringMatching`. */
const BARE = /\b(message|err|error|out|text): \/[^/*]/;

describe("matchers", () => {
	it("would pass any text, so none is bare", () => {
		expect(() => expect({ message: "one" }).toMatchObject({ ["message"]: /another/ })).not.toThrow();
		const found = readdirSync(FOLDER, { recursive: true, encoding: "utf8" })
			.filter((name) => name.endsWith(".test.ts"))
			.filter((name) => BARE.test(withoutComments(readFileSync(join(FOLDER, name), "utf8"))));
		expect(found).toEqual([]);
	});

	it("would be found", () => {
		expect(BARE.test("toMatchObject({ message: /x/ })")).toBe(true);
		expect(BARE.test("toMatchObject({ message: expect.stringMatching(/x/) })")).toBe(false);
	});
});

function withoutComments(text: string): string {
	return text.replace(/^const BARE.*$|^\s*(\/\*\*|\/\/|\*).*$/gm, "").replace(/"[^"\n]*"/g, '""');
}
