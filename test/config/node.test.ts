import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { merge, nodeAt, nodeOf, plainOf } from "../../src/config/node.ts";
import { parseYamlFile } from "../../src/config/yaml.ts";
import { mergeableMaps, plainValues } from "./arbitrary.ts";

const merged = (...values: unknown[]) => plainOf(values.map((v) => nodeOf(v)).reduce(merge));

describe("merge", () => {
	it("joins maps key by key and replaces all else", () => {
		expect(merged({ a: { x: 1, y: [1, 2] }, b: 1 }, { a: { y: [3] }, c: null })).toEqual({
			a: { x: 1, y: [3] },
			b: 1,
			c: null,
		});
		expect(merged({ a: { x: 1 } }, { a: 5 })).toEqual({ a: 5 });
		expect(merged({ a: 5 }, { a: { x: 1 } })).toEqual({ a: { x: 1 } });
		expect(merged({ a: { x: 1 } }, { a: null })).toEqual({ a: null });
	});

	it("leaves a map alone where the key above has nothing behind it", async () => {
		const below = nodeOf({ a: { x: 1 }, b: 2 });
		expect(plainOf(merge(below, await parseYamlFile("a:\nb:\n", "f")))).toEqual({ a: { x: 1 }, b: null });
		expect(plainOf(merge(below, await parseYamlFile("a: null\n", "f")))).toEqual({ a: null, b: 2 });
	});

	it("is associative where keys keep their kind", () => {
		fc.assert(
			fc.property(mergeableMaps, mergeableMaps, mergeableMaps, (a, b, c) => {
				const [x, y, z] = [nodeOf(a), nodeOf(b), nodeOf(c)];
				expect(plainOf(merge(merge(x, y), z))).toEqual(plainOf(merge(x, merge(y, z))));
			}),
		);
	});

	it("changes nothing when merged with itself or with nothing", () => {
		fc.assert(
			fc.property(mergeableMaps, (a) => {
				expect(merged(a, a)).toEqual(a);
				expect(merged(a, {})).toEqual(a);
				expect(merged({}, a)).toEqual(a);
			}),
		);
	});
});

describe("nodes", () => {
	it("hold plain values", () => {
		fc.assert(
			fc.property(plainValues, (value) => {
				expect(plainOf(nodeOf(value))).toEqual(value);
			}),
		);
	});

	it("are found by key, list positions too", () => {
		const root = nodeOf({ a: [{ b: 1 }] });
		expect(nodeAt(root, ["a", "0", "b"])).toMatchObject({ value: 1 });
		expect(nodeAt(root, ["a", "1"])).toBeUndefined();
		expect(nodeAt(root, ["a", "length"])).toBeUndefined();
		expect(nodeAt(root, ["constructor"])).toBeUndefined();
	});
});
