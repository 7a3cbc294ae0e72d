/**
 * One key of the configuration: its schema, its default, and the texts that errors and documentation use.
 *
 * Law: a key's parsed value is itself accepted and parsed to itself, so that a resolved configuration can be run again.
 *
 * @module
 */
import { z } from "zod";

/** What is known of a key besides its schema. */
export type FieldMeta = {
	/** The meaning, in a sentence or two. */
	readonly text: string;
	/** What is accepted, to follow "expected". */
	readonly expects: string;
	/** The default as people should read it, where the value alone does not tell. */
	readonly shown?: string;
	/** True where another value can change the voxels of an output. */
	readonly changesResult?: boolean;
	/** True for text: a number written without quotes is taken as it was written. */
	readonly isText?: boolean;
	/** An entry of its own to be seen in the documentation. */
	readonly example?: string;
	/** Other programs' names for it. */
	readonly aka?: readonly string[];
};

const fields = z.registry<FieldMeta>();

/** A key with its default (which is a parsed value). */
export function field<S extends z.ZodType>(
	schema: S,
	fallback: z.core.util.NoUndefined<z.output<S>>,
	meta: FieldMeta,
): z.ZodDefault<S> {
	const made = z._default(schema, fallback).describe(meta.text);
	fields.add(made, meta);
	return made;
}

/** What is known of a key; undefined where `schema` is not one made by `field`. */
export function fieldMeta(schema: z.core.$ZodType): FieldMeta | undefined {
	return fields.get(schema);
}
