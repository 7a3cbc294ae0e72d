/**
 * A point of the space as post-processing: the configuration's own with the point's values put in.
 *
 * @module
 */
import { z } from "zod";
import { postprocessingSchema } from "../config/schema/postprocessing.ts";
import type { Config } from "../config/schema.ts";
import { errorText, isNnvolError, NnvolError } from "../core/errors.ts";
import { ROOT } from "./parse-space.ts";
import type { Point, Space } from "./space.ts";

/** Section `inference.postprocessing` of a configuration. */
export type Postprocessing = Config["inference"]["postprocessing"];

/** The post-processing that `point` stands for. @throws CONFIG where the configuration has no such key, or it takes no such value */
export function candidateOf(base: Postprocessing, point: Point): Postprocessing {
	let plain: unknown = base;
	for (const [key, value] of Object.entries(point)) plain = withValue(plain, pathOf(key), value, key);
	try {
		return postprocessingSchema.parse(plain);
	} catch (cause) {
		if (isNnvolError(cause)) throw cause;
		const [issue] = cause instanceof z.ZodError ? cause.issues : [];
		const where = issue === undefined ? "" : `${ROOT}${issue.path.join(".")}: ${issue.message}`;
		throw new NnvolError(
			"CONFIG",
			`tune: the point ${JSON.stringify(point)} is no post-processing: ${where || errorText(cause)}; check the bounds and the type in tune.space`,
			{ fields: { point } },
		);
	}
}

/** The configuration's own values of the keys of `space`; keys that it does not set are left out. */
export function basePoint(base: Postprocessing, space: Space): Point {
	const entries = space.map(({ key }) => [key, valueAt(base, pathOf(key))] as const);
	return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** Post-processing with what the space is about turned on: a search of thresholds is one of masks. */
export function searched(base: Postprocessing, space: Space): Postprocessing {
	const isBinary = space.some(({ key }) => key.startsWith(`${ROOT}binary.`));
	return isBinary ? { ...base, binary: { ...base.binary, enabled: true } } : base;
}

function pathOf(key: string): readonly string[] {
	return key.slice(ROOT.length).split(".");
}

function valueAt(node: unknown, path: readonly string[]): unknown {
	return path.reduce<unknown>(
		(here, part) =>
			typeof here === "object" && here !== null && Object.hasOwn(here, part) ? Reflect.get(here, part) : undefined,
		node,
	);
}

/** `node` with the value at `path` changed: lists and maps are copied on the way. */
function withValue(node: unknown, path: readonly string[], value: unknown, key: string): unknown {
	const [part, ...rest] = path;
	if (part === undefined) return value;
	const isPlace = /^\d+$/.test(part);
	const list: readonly unknown[] | undefined = Array.isArray(node)
		? node
		: node === undefined && isPlace
			? []
			: undefined;
	if (list !== undefined) {
		const at = Number(part);
		const mayGrow = rest.length === 0 && at === list.length;
		if (!isPlace || (at >= list.length && !mayGrow)) {
			throw new NnvolError(
				"CONFIG",
				`tune.space: ${key}: there is no entry ${part}, the configuration has ${list.length}; name the steps in inference.postprocessing.decoding`,
			);
		}
		return list.toSpliced(at, 1, withValue(list[at], rest, value, key));
	}
	if (node !== undefined && (typeof node !== "object" || node === null)) {
		throw new NnvolError("CONFIG", `tune.space: ${key}: the configuration has one value above ${part}, not a map`);
	}
	const map: Readonly<Record<string, unknown>> = { ...node };
	return { ...map, [part]: withValue(map[part], rest, value, key) };
}
