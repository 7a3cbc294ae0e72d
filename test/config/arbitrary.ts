/**
 * Random keys and values for properties.
 *
 * @module
 */
import fc from "fast-check";

/** Names of keys, some of them awkward. */
export const keyNames = fc
	.oneof(fc.stringMatching(/^[a-z_][a-z0-9_-]{0,8}$/), fc.constantFrom("constructor", "toString", "null", "x1e3"))
	.filter((name) => name !== "__proto__");

/** Texts that YAML could take for something else, and any others. */
export const texts = fc.oneof(
	fc.string({ unit: "grapheme" }),
	fc.string({ unit: "binary" }),
	fc.constantFrom(
		"",
		"null",
		"~",
		"yes",
		"1",
		"1e3",
		"0x1f",
		".inf",
		"*a",
		"&a",
		"!a",
		"a: b",
		"a #b",
		"- a",
		"[",
		"{a}",
		"{}",
		"'",
		'"',
		" x ",
		"\t",
		"a\nb",
		"\ufeff",
		"\u2028",
		"---",
		"%",
		"@",
		"`",
		"|",
		"=",
		"<<",
	),
);

const scalars = fc.oneof(
	texts,
	fc.integer(),
	fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (n === 0 ? 0 : n)),
	fc.boolean(),
	fc.constant(null),
);

/** JSON-like values. */
export const plainValues: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
	value: fc.oneof(
		{ depthSize: "small", maxDepth: 3 },
		scalars,
		fc.array(tie("value"), { maxLength: 3 }),
		fc.dictionary(keyNames, tie("value"), { maxKeys: 3, noNullPrototype: true }),
	),
})).value;

/** Maps whose keys tell whether a map or something else stands behind them, so that any two can be merged. */
export const mergeableMaps: fc.Arbitrary<Record<string, unknown>> = fc.letrec<{
	map: Record<string, unknown>;
	leaf: unknown;
}>((tie) => ({
	leaf: fc.oneof(scalars, fc.array(scalars, { maxLength: 2 })),
	map: fc
		.tuple(
			fc.dictionary(fc.constantFrom("a", "b", "c"), tie("leaf"), { noNullPrototype: true }),
			fc.dictionary(fc.constantFrom("m", "n"), fc.oneof({ maxDepth: 3 }, fc.constant({}), tie("map")), {
				noNullPrototype: true,
			}),
		)
		.map(([leaves, maps]) => ({ ...leaves, ...maps })),
})).map;
