/**
 * Unquoted values as YAML 1.2's core schema reads them: null, true and false, numbers, else text.
 *
 * `1e-3` is a number; `yes`, `on`, `1_000`, dates and globs such as `*.h5` are text.
 * Source: YAML 1.2.2, section 10.3.2.
 *
 * @module
 */
import type { ScalarNode, ScalarValue } from "./node.ts";
import type { Origin } from "./origin.ts";

const INTEGER = /^[-+]?[0-9]+$/;
const OCTAL_OR_HEX = /^0(o[0-7]+|x[0-9a-fA-F]+)$/;
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const NOT_FINITE = /^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$/;

/** The value that unquoted `text` stands for. Infinities and NaN stay text: no key takes them. */
export function plainScalar(text: string): ScalarValue {
	if (text === "" || text === "~" || /^(null|Null|NULL)$/.test(text)) return null;
	if (/^(true|True|TRUE)$/.test(text)) return true;
	if (/^(false|False|FALSE)$/.test(text)) return false;
	if (INTEGER.test(text) || OCTAL_OR_HEX.test(text) || FLOAT.test(text)) return finiteOr(text);
	return text;
}

/** True where `text`, written without quotes, is read back as the same text. */
export function isPlainText(text: string): boolean {
	return plainScalar(text) === text && !NOT_FINITE.test(text);
}

/** A node of unquoted text; numbers and truth values keep how they were written. */
export function plainScalarNode(text: string, origin: Origin): ScalarNode {
	const value = plainScalar(text);
	return value === null || typeof value === "string"
		? { kind: "scalar", value, origin }
		: { kind: "scalar", value, origin, source: text };
}

/** The number, 0 for -0; text where it is too large to be held. */
function finiteOr(text: string): number | string {
	const value = Number(text);
	if (!Number.isFinite(value)) return text;
	return value === 0 ? 0 : value;
}
