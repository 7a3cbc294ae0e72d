/**
 * JSON as Python's `json.dump(value, file, sort_keys=True, indent=4)` writes it, byte by byte: what nnU-Net's own files look like.
 *
 * Whole numbers and others are told apart as in Python: `bigint` becomes `3`, `number` becomes `3.0`, NaN becomes `NaN`.
 *
 * @module
 */

/** What can be written. Keys of a Map are sorted by code points. */
export type PythonValue =
	| null
	| boolean
	| string
	| bigint
	| number
	| readonly PythonValue[]
	| ReadonlyMap<string, PythonValue>;

/** The text, without a line feed at its end. */
export function pythonJson(value: PythonValue): string {
	return encode(value, "\n");
}

/** @param gap line feed and indentation of the container around */
function encode(value: PythonValue, gap: string): string {
	if (value === null) return "null";
	if (typeof value === "boolean" || typeof value === "bigint") return String(value);
	if (typeof value === "number") return floatText(value);
	if (typeof value === "string") return quote(value);
	const inner = `${gap}    `;
	if (isMap(value)) {
		const entries = [...value].sort(([a], [b]) => compareCodePoints(a, b));
		return wrap(
			"{",
			"}",
			gap,
			inner,
			entries.map(([key, item]) => `${quote(key)}: ${encode(item, inner)}`),
		);
	}
	return wrap(
		"[",
		"]",
		gap,
		inner,
		value.map((item) => encode(item, inner)),
	);
}

function isMap(
	value: readonly PythonValue[] | ReadonlyMap<string, PythonValue>,
): value is ReadonlyMap<string, PythonValue> {
	return value instanceof Map;
}

function wrap(open: string, close: string, gap: string, inner: string, items: readonly string[]): string {
	return items.length === 0 ? `${open}${close}` : `${open}${inner}${items.join(`,${inner}`)}${gap}${close}`;
}

/** A float as Python's `repr`: the shortest digits that read back as it, with an exponent below 1e-4 and from 1e16 on. */
export function floatText(value: number): string {
	if (Number.isNaN(value)) return "NaN";
	if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity";
	if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
	const [mantissa = "", power = ""] = Math.abs(value).toExponential().split("e");
	const digits = mantissa.replace(".", "");
	return `${value < 0 ? "-" : ""}${placePoint(digits, Number(power))}`;
}

/** d.ddd times ten to the power of `exponent`, as Python writes it. */
function placePoint(digits: string, exponent: number): string {
	if (exponent < -4 || exponent >= 16) {
		const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
		return `${digits.slice(0, 1)}${fraction}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
	}
	if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${digits}`;
	const padded = digits.padEnd(exponent + 1, "0");
	return `${padded.slice(0, exponent + 1)}.${padded.slice(exponent + 1) || "0"}`;
}

/** Text in ASCII: other characters as \uXXXX. */
function quote(text: string): string {
	return JSON.stringify(text).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Python's order of texts; JavaScript's own differs beyond U+FFFF. */
export function compareCodePoints(a: string, b: string): number {
	const [left, right] = [[...a], [...b]];
	for (let i = 0; i < Math.min(left.length, right.length); i++) {
		const difference = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0);
		if (difference !== 0) return difference;
	}
	return left.length - right.length;
}
