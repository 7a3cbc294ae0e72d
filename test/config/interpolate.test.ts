import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { interpolate } from "../../src/config/interpolate.ts";
import { emptyMap, nodeOf, plainOf } from "../../src/config/node.ts";
import { DEFAULT_ORIGIN } from "../../src/config/origin.ts";
import { escapeTemplate, parseTemplate } from "../../src/config/template.ts";
import { plainValues, texts } from "./arbitrary.ts";

function resolved(value: unknown, env: Record<string, string> = {}) {
	const node = nodeOf(value);
	const result = interpolate(node.kind === "map" ? node : emptyMap(DEFAULT_ORIGIN), env);
	return { value: plainOf(result.root), problems: result.problems.map((p) => p.text), env: result.env };
}

const REFERENCE = "$" + "{";
/** `<a.b>` for a reference, as biome takes the real thing for a slip. */
const ref = (text: string) => text.replaceAll("<", REFERENCE).replaceAll(">", "}");

describe("interpolate", () => {
	it.each<readonly [string, unknown]>([
		["<n>", 3],
		["<m>", { x: 1, l: [5, { y: 6 }] }],
		["<m.x>", 1],
		["<m.l.0>", 5],
		["<m.l[1].y>", 6],
		["a<n>b<t>", "a3btext"],
		["<<pick>>", 3],
		["<m.<key>>", 1],
		["<far>", 1],
		["<link.x>", 1],
		["< n >", 3],
		["\\<n>", "<n>"],
		["\\\\<n>", "\\3"],
		["C:\\dir\\<t>", "C:\\dir<t>"],
		["$n $ {n} {stem}", "$n $ {n} {stem}"],
		["<env:NONE,null>", null],
		["<env:NONE,1e-3>", 0.001],
		["<env:NONE,>", null],
		["<env:NONE,a, b>", "a, b"],
		["<env:NONE,'7'>", "7"],
		["<env:NONE,{stem}_x>", "{stem}_x"],
		["<env:NONE,<n>>", 3],
		["<env:NONE,<t>/x>", "text/x"],
		["<env:SET,0>", "value"],
		["<env:NUMBER>", 7],
		["<oc.env:SET>", "value"],
		["<oc.env:NONE,d>", "d"],
		["p/<env:SET>/q", "p/value/q"],
		["<env:<which>>", "value"],
	])("%s", (text, value) => {
		const tree = {
			n: 3,
			t: "text",
			m: { x: 1, l: [5, { y: 6 }] },
			pick: "n",
			key: "x",
			link: ref("<m>"),
			far: ref("<link.x>"),
			which: "SET",
			v: ref(text),
		};
		const result = resolved(tree, { SET: "value", NUMBER: "7" });
		expect(result.problems).toEqual([]);
		expect(Reflect.get(Object(result.value), "v")).toEqual(typeof value === "string" ? ref(value) : value);
	});

	it("counts dots from the map that holds the reference", () => {
		const tree = {
			x: 0,
			a: { x: 1, b: { x: 2, near: ref("<.x>"), up: ref("<..x>"), root: ref("<...x>"), over: ref("<..b.x>") } },
		};
		expect(resolved(tree).value).toMatchObject({ a: { b: { near: 2, up: 1, root: 0, over: 2 } } });
		expect(resolved({ a: ref("<...x>") }).problems).toEqual([expect.stringContaining("names no key")]);
	});

	it("tells a circle once for each value in it, with the chain", () => {
		const { problems } = resolved({ a: ref("<b>"), b: ref("<c>"), c: ref("<a>"), d: ref("<a>") });
		expect(problems).toEqual([expect.stringContaining("the references go in a circle: a -> b -> c -> a")]);
	});

	it("tells which variables were asked for", () => {
		expect(resolved({ a: ref("<env:B,1><env:A,2>") }).env).toEqual(["A", "B"]);
	});

	it("leaves trees without references as they are", () => {
		fc.assert(
			fc.property(fc.dictionary(fc.constantFrom("a", "b"), plainValues, { noNullPrototype: true }), (tree) => {
				fc.pre(!JSON.stringify(tree).includes(REFERENCE));
				expect(resolved(tree)).toEqual({ value: tree, problems: [], env: [] });
			}),
		);
	});
});

describe("escapeTemplate", () => {
	it("makes any text stand for itself", () => {
		const awkward = fc
			.array(fc.oneof(texts, fc.constantFrom(REFERENCE, "\\", "}", "{", "$")), { maxLength: 6 })
			.map((all) => all.join(""));
		fc.assert(
			fc.property(awkward, (text) => {
				expect(parseTemplate(escapeTemplate(text))).toEqual(text === "" ? [] : [text]);
			}),
		);
	});
});
