/**
 * The activation that a plans file names.
 *
 * Source: the modules of torch.nn and the defaults of their arguments.
 *
 * @module
 */
import { z } from "zod";
import { NnvolError } from "../core/errors.ts";
import { baseName, checkShape } from "./json.ts";
import type { Activation } from "./spec.ts";

/** Changes where the result is written, not what it is. */
const inplace = z.boolean().nullish();
const none = z.strictObject({ inplace });

/** For each class of torch.nn: what its arguments make of it. */
const CLASSES: Readonly<Record<string, (kwargs: unknown, at: string) => Activation>> = {
	LeakyReLU: read(
		z.strictObject({ inplace, negative_slope: z.number().default(0.01) }),
		({ negative_slope: slope }) => ({
			kind: "leaky_relu",
			slope,
		}),
	),
	// outside of training the slope is the middle of its range
	RReLU: read(
		z.strictObject({ inplace, lower: z.number().default(1 / 8), upper: z.number().default(1 / 3) }),
		({ lower, upper }) => ({ kind: "leaky_relu", slope: (lower + upper) / 2 }),
	),
	ELU: read(z.strictObject({ inplace, alpha: z.number().default(1) }), ({ alpha }) => ({ kind: "elu", alpha })),
	CELU: read(z.strictObject({ inplace, alpha: z.number().positive().default(1) }), ({ alpha }) => ({
		kind: "celu",
		alpha,
	})),
	GELU: read(z.strictObject({ approximate: z.enum(["none", "tanh"]).default("none") }), ({ approximate }) => ({
		kind: "gelu",
		approximate: approximate === "tanh",
	})),
	// more slopes than one would have to be as many as every layer has features
	PReLU: read(z.strictObject({ num_parameters: z.literal(1).default(1), init: z.number().optional() }), () => ({
		kind: "prelu",
	})),
	ReLU: read(none, () => ({ kind: "relu" })),
	ReLU6: read(none, () => ({ kind: "relu6" })),
	SELU: read(none, () => ({ kind: "selu" })),
	SiLU: read(none, () => ({ kind: "silu" })),
	Mish: read(none, () => ({ kind: "mish" })),
	Hardswish: read(none, () => ({ kind: "hard_swish" })),
	Sigmoid: read(z.strictObject({}), () => ({ kind: "sigmoid" })),
	Tanh: read(z.strictObject({}), () => ({ kind: "tanh" })),
	Identity: read(z.looseObject({}), () => ({ kind: "none" })),
};

/**
 * The activation of the class `name` with the arguments `kwargs`; none without a name.
 * @throws MODEL naming an unknown class, or an argument that it does not take
 */
export function parseActivation(name: string | null | undefined, kwargs: unknown, at: string): Activation {
	if (name === undefined || name === null) return { kind: "none" };
	const known = baseName(name);
	const make = Object.hasOwn(CLASSES, known) ? CLASSES[known] : undefined;
	if (make !== undefined) return make(kwargs ?? {}, `${at}, nonlin_kwargs of ${known}`);
	throw new NnvolError(
		"MODEL",
		`${at}: unknown activation "${name}"; supported are ${Object.keys(CLASSES).join(", ")}`,
	);
}

function read<T>(schema: z.ZodType<T>, make: (kwargs: T) => Activation) {
	return (kwargs: unknown, at: string): Activation => make(checkShape(schema, kwargs, at));
}
