/**
 * The operators of a transformer on rows of features, [rows, features]: a row is a token of a sample.
 *
 * Linear maps are Gemm nodes with constant weights: ONNX Runtime lays those out when it loads them, and then adds up
 * in the same order for every number of rows and threads.
 *
 * @module
 */
import type { GraphBuilder } from "./builder.ts";

/** Linear map with the parameters `name.weight` [outputs, inputs] and `name.bias`. */
export function linear(g: GraphBuilder, x: string, name: string, inputs: number, outputs: number): string {
	const operands = [x, g.weight(`${name}.weight`, [outputs, inputs]), g.weight(`${name}.bias`, [outputs])];
	return g.node("Gemm", name, operands, { transB: { int: 1 } });
}

/** Norm of each row, with the biased variance. */
export function layerNorm(g: GraphBuilder, x: string, name: string, features: number, epsilon: number): string {
	const parameters = [g.weight(`${name}.weight`, [features]), g.weight(`${name}.bias`, [features])];
	return g.node("LayerNormalization", name, [x, ...parameters], { axis: { int: -1 }, epsilon: { float: epsilon } });
}
