/**
 * The configuration as a JSON schema, for completion and checks in editors.
 *
 * It describes what may be written, so every key also takes text with a reference (`${...}`).
 *
 * @module
 */
import { z } from "zod";
import { CONFIG_KEYS, type KeyField, type KeyTree } from "./key-tree.ts";

/** JSON Schema, draft 2020-12, of a configuration file. */
export function configSchemaJson(): unknown {
	const path = { type: "string", minLength: 1 };
	const root = sectionJson(CONFIG_KEYS);
	return {
		$schema: "https://json-schema.org/draft/2020-12/schema",
		title: "nnvol configuration",
		...root,
		properties: {
			_base_: {
				description: "Files this one is built on, relative to it.",
				anyOf: [path, { type: "array", items: path }],
			},
			defaults: {
				description: "Hydra's defaults list: `name`, `group: name`, `optional group: name`, `_self_`.",
				type: "array",
				items: { anyOf: [path, { type: "object", minProperties: 1, maxProperties: 1 }] },
			},
			...root.properties,
		},
	};
}

function sectionJson(tree: KeyTree): { readonly properties: Record<string, unknown>; readonly [key: string]: unknown } {
	const children = [...tree.children].map(([name, child]) => [
		name,
		child.kind === "section" ? { description: child.text, ...sectionJson(child) } : fieldJson(child),
	]);
	return { type: ["object", "null"], additionalProperties: false, properties: Object.fromEntries(children) };
}

function fieldJson({ schema, meta, fallback }: KeyField): unknown {
	const {
		$schema: _,
		default: __,
		description: ___,
		...written
	} = z.toJSONSchema(schema, {
		io: "input",
		unrepresentable: "any",
	});
	const reference = { type: "string", pattern: "\\$\\{" };
	return { description: meta.text, default: fallback, anyOf: [written, reference] };
}
