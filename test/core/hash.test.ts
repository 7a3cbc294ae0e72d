import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, hashOf } from "../../src/core/hash.ts";

/** The same data with its members in another order. */
function reordered(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(reordered);
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(
		Object.entries(value)
			.reverse()
			.map(([key, member]) => [key, reordered(member)]),
	);
}

describe("canonicalJson", () => {
	it("is one text for equal data, whatever the order of members", () => {
		fc.assert(
			fc.property(fc.jsonValue(), (value) => {
				expect(canonicalJson(reordered(value))).toBe(canonicalJson(value));
				expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
			}),
		);
	});

	it("sorts at every depth, keeps the order of lists, leaves undefined out", () => {
		expect(canonicalJson({ b: [{ z: 1, a: 2 }, 1], a: undefined, B: null })).toBe('{"B":null,"b":[{"a":2,"z":1},1]}');
	});

	it("survives a round trip, so that a plan read back has its hash", () => {
		fc.assert(
			fc.property(fc.jsonValue(), (value) => {
				expect(hashOf(JSON.parse(JSON.stringify(value)))).toBe(hashOf(value));
			}),
		);
	});
});

describe("hashOf", () => {
	it("is the SHA-256 of the text", () => {
		expect(hashOf({ b: 1, a: 2 })).toBe(hashOf({ a: 2, b: 1 }));
		expect(hashOf({})).toBe("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
		expect(hashOf([1, 2])).not.toBe(hashOf([2, 1]));
	});
});
