/**
 * Activations as nodes.
 *
 * Only LeakyReLU and ReLU are frequent; the others are written with operators that every provider has.
 * Source: the formulas of torch.nn.
 *
 * @module
 */
import { assertNever } from "../core/errors.ts";
import type { Activation } from "../model/spec.ts";
import type { GraphBuilder, Value } from "./builder.ts";

/** Operators that are the activation by themselves. */
const SINGLE = {
	relu: "Relu",
	selu: "Selu",
	hard_swish: "HardSwish",
	sigmoid: "Sigmoid",
	tanh: "Tanh",
} as const;

/** The activation of `x`, or `x` itself; the slope of PReLU is the parameter `name.weight`. */
export function activate(g: GraphBuilder, x: Value, name: string, activation: Activation): Value {
	switch (activation.kind) {
		case "none":
			return x;
		case "relu":
		case "selu":
		case "hard_swish":
		case "sigmoid":
		case "tanh":
			return { ...x, name: g.node(SINGLE[activation.kind], name, [x.name]) };
		case "leaky_relu":
			return { ...x, name: g.node("LeakyRelu", name, [x.name], { alpha: { float: activation.slope } }) };
		case "elu":
			return { ...x, name: g.node("Elu", name, [x.name], { alpha: { float: activation.alpha } }) };
		case "celu":
			return { ...x, name: g.node("Celu", name, [x.name], { alpha: { float: activation.alpha } }) };
		case "prelu":
			return { ...x, name: g.node("PRelu", name, [x.name, g.weight(`${name}.weight`, [1])]) };
		case "relu6":
			return { ...x, name: g.node("Min", name, [g.node("Relu", `${name}.relu`, [x.name]), g.constant(6, 1)]) };
		case "silu":
			return { ...x, name: g.node("Mul", name, [x.name, g.node("Sigmoid", `${name}.sigmoid`, [x.name])]) };
		case "mish":
			return { ...x, name: g.node("Mul", name, [x.name, mishGate(g, x, name)]) };
		case "gelu":
			return { ...x, name: gelu(g, x, name, activation.approximate) };
		default:
			return assertNever(activation);
	}
}

/** tanh(log(1 + exp(x))). */
function mishGate(g: GraphBuilder, x: Value, name: string): string {
	return g.node("Tanh", `${name}.tanh`, [g.node("Softplus", `${name}.softplus`, [x.name])]);
}

/** x / 2 * (1 + erf(x / sqrt 2)), or with tanh(sqrt(2 / pi) * (x + 0.044715 x^3)) in place of erf. */
function gelu(g: GraphBuilder, x: Value, name: string, approximate: boolean): string {
	const scaled = (part: string, input: string, by: number) =>
		g.node("Mul", `${name}.${part}`, [input, g.constant(by, 1)]);
	const half = scaled("half", x.name, 0.5);
	let bell: string;
	if (approximate) {
		const square = g.node("Mul", `${name}.square`, [x.name, x.name]);
		const raised = g.node("Add", `${name}.raised`, [scaled("cubic", square, 0.044715), g.constant(1, 1)]);
		const inner = g.node("Mul", `${name}.inner`, [x.name, raised]);
		bell = g.node("Tanh", `${name}.tanh`, [scaled("argument", inner, Math.sqrt(2 / Math.PI))]);
	} else {
		bell = g.node("Erf", `${name}.erf`, [scaled("argument", x.name, Math.SQRT1_2)]);
	}
	return g.node("Mul", name, [half, g.node("Add", `${name}.gate`, [bell, g.constant(1, 1)])]);
}
