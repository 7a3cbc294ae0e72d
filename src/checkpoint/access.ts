/**
 * Looks into a checkpoint's data: by path, and as the type that is expected there.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";
import { describe, isKind, type PickleMap, type PickleValue, type TensorRef } from "./pickle-value.ts";

/** The value under `keys`, each a key of the dict before; undefined where one is missing. Never throws. */
export function getPath(
	root: ReadonlyMap<PickleValue, PickleValue>,
	...keys: readonly (string | number)[]
): PickleValue | undefined {
	let value: PickleValue | undefined = new Map(root);
	for (const key of keys) value = value instanceof Map ? value.get(key) : undefined;
	return value;
}

/** `value` as a dict. @throws CHECKPOINT naming `where` ("model.pth: init_args") and what was found */
export function asMap(value: PickleValue | undefined, where: string): PickleMap {
	if (value instanceof Map) return value;
	throw unexpected(where, "a dict", value);
}

/** `value` as text. @throws CHECKPOINT as `asMap` */
export function asString(value: PickleValue | undefined, where: string): string {
	if (typeof value === "string") return value;
	throw unexpected(where, "text", value);
}

/** `value` as a number. @throws CHECKPOINT as `asMap` */
export function asNumber(value: PickleValue | undefined, where: string): number {
	if (typeof value === "number") return value;
	throw unexpected(where, "a number", value);
}

/** The items of a list or tuple. @throws CHECKPOINT as `asMap` */
export function asArray(value: PickleValue | undefined, where: string): readonly PickleValue[] {
	if (Array.isArray(value)) return value;
	throw unexpected(where, "a list", value);
}

/** `value` as a tensor. @throws CHECKPOINT as `asMap` */
export function asTensor(value: PickleValue | undefined, where: string): TensorRef {
	if (isKind(value, "tensor")) return value;
	throw unexpected(where, "a tensor", value);
}

function unexpected(where: string, expected: string, found: PickleValue | undefined): NnvolError {
	return new NnvolError(
		"CHECKPOINT",
		`${where}: expected ${expected}, found ${describe(found)}. Name a checkpoint that nnU-Net v2 saved.`,
		{ fields: { where } },
	);
}
