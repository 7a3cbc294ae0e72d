/**
 * The whole configuration. Names and defaults are promised to users; each section has its own file in `schema/`.
 *
 * @module
 */
import { z } from "zod";
import { dataSchema } from "./schema/data.ts";
import { field } from "./schema/field.ts";
import { inferenceSchema } from "./schema/inference.ts";
import { modelSchema } from "./schema/model.ts";
import { monitorSchema } from "./schema/monitor.ts";
import { scoreSchema } from "./schema/score.ts";
import { slurmSchema } from "./schema/slurm.ts";
import { systemSchema } from "./schema/system.ts";
import { tuneSchema } from "./schema/tune.ts";

/** Every key with its default; what is not in here is an error. */
export const configSchema = z.strictObject({
	system: systemSchema,
	model: modelSchema,
	data: dataSchema,
	inference: inferenceSchema,
	score: scoreSchema,
	tune: tuneSchema,
	slurm: slurmSchema,
	monitor: monitorSchema,
	vars: field(
		z.record(z.string(), z.unknown()),
		{},
		{
			text: `Values of your own, for \`\${vars.name}\` elsewhere; nothing else reads them.`,
			expects: "names with values",
			shown: "`{}`",
			example: "{root: data/em}",
		},
	),
});

/** All values once parsed: every key is there, null stands for none, ambiguous forms are normalised. */
export type Config = Frozen<z.output<typeof configSchema>>;

type Frozen<T> = T extends (infer I)[]
	? readonly Frozen<I>[]
	: T extends object
		? { readonly [K in keyof T]: Frozen<T[K]> }
		: T;
