import { describe, expect, it } from "vitest";
import { nodeAt, plainOf } from "../../src/config/node.ts";
import { originText } from "../../src/config/origin.ts";
import { parseYamlFile } from "../../src/config/yaml.ts";

const read = async (text: string) => plainOf(await parseYamlFile(text, "f"));

describe("parseYamlFile", () => {
	it.each<readonly [string, string, unknown]>([
		["nothing", "", {}],
		["comments only", "# a\n# b\n", {}],
		["null", "null\n", {}],
		["a byte order mark and CRLF", "\ufeffa: 1\r\nb:\r\n  c: x\r\n", { a: 1, b: { c: "x" } }],
		["numbers", "a: [1e-3, 012, 0x10, -0, 1.50, +3]\n", { a: [0.001, 12, 16, 0, 1.5, 3] }],
		[
			"text that looks like something",
			"a: [yes, on, 1_000, 2026-01-01, .inf, '7', !!str 7]\n",
			{ a: ["yes", "on", "1_000", "2026-01-01", ".inf", "7", "7"] },
		],
		["null in its forms", "a: [null, ~, ]\nb:\n", { a: [null, null], b: null }],
		["block text", "a: |\n  x\n  y\nb: >-\n  x\n  y\n", { a: "x\ny\n", b: "x y" }],
		["keys that are numbers", "1: a\ntrue: b\n", { "1": "a", true: "b" }],
		["anchors and aliases", "a: &x {p: 1}\nb: *x\n", { a: { p: 1 }, b: { p: 1 } }],
		[
			"merge keys, own keys winning",
			"a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}\n",
			{ a: { p: 1, q: 2 }, b: { q: 3, p: 1 } },
		],
		[
			"merge keys of lists, the first winning",
			"a: &x {p: 1}\nb: &y {p: 2, q: 2}\nc: {<<: [*x, *y]}\n",
			{ a: { p: 1 }, b: { p: 2, q: 2 }, c: { p: 1, q: 2 } },
		],
	])("reads %s", async (_, text, value) => {
		expect(await read(text)).toEqual(value);
	});

	it.each(["\n", "\r\n"])("knows the lines (ending %j)", async (end) => {
		const root = await parseYamlFile(["# first", "a:", "  b: [1,", "    2]", "  c: x"].join(end), "f.yaml");
		const line = (...path: string[]) => originText((nodeAt(root, path) ?? root).origin);
		expect([line("a", "b"), line("a", "b", "1"), line("a", "c")]).toEqual(["f.yaml:3", "f.yaml:4", "f.yaml:5"]);
	});
});
