/**
 * What is known of a decoding step before it runs: what it takes and gives, its kwargs, and other programs' names for it.
 *
 * @module
 */
import type { z } from "zod";

/** What goes from step to step: values of channels (masks among them), or ids of objects. */
export type Flow = "channels" | "objects";

/** A kwarg of another program that changes nothing here: which values it may have, and why. */
export type Inert = { readonly allowed: z.ZodType; readonly text: string };

/** One kind of step. */
export type StepSpec = {
	/** Its inputs, in order. In a list the one before it is the input of its kind; channels it lacks are the raw ones. */
	readonly takes: readonly Flow[];
	readonly gives: Flow;
	/** What it does, in a sentence or two. */
	readonly text: string;
	readonly kwargs: z.ZodObject;
	/** Other names that are accepted for it. */
	readonly aka?: readonly string[];
	readonly inert?: Readonly<Record<string, Inert>>;
};
