/**
 * Instance norm written as sums over rows, then over rows' sums: what the CPU form of a graph uses.
 *
 * ONNX Runtime's own operator adds a whole channel up in float32, one voxel after another: where a part of the patch is
 * constant (the zeros around an image smaller than the patch, air, a clipped background) the rounding errors all point
 * the same way. Seen in 1.30 and 1.32: logits off by 5e-3 on a 150x200 image in a patch of 384x512, against 2e-5 for
 * PyTorch on the same image and 5e-5 for the graph below.
 *
 * Scale and shift are a depthwise convolution by one voxel whose weights are computed in the graph: one pass over memory
 * in place of two, and the runtime fuses the activation behind it. Weights differ from sample to sample, hence graphs for
 * one sample a run.
 *
 * @module
 */
import type { GraphBuilder, Value } from "./builder.ts";

/** Epsilon is added to the variance; scale and shift are one entry a channel. */
export type InstanceNorm = { readonly epsilon: number; readonly affine: boolean };

/**
 * For `x` as sections, [depth, channels, height, width] of one sample with known extents (depth 1 in 2D):
 * (x - mean) / sqrt(variance + epsilon) * scale + shift over the voxels of each channel of one sample, with the biased
 * variance over all sections, as torch's InstanceNorm.
 */
export function instanceNorm(g: GraphBuilder, x: Value, name: string, norm: InstanceNorm): Value {
	const rows = { axes: { ints: [-1] }, keepdims: { int: 1 } };
	const rest = { axes: { ints: [0, 2] }, keepdims: { int: 1 } };
	const mean = g.node("ReduceMean", `${name}.mean`, [g.node("ReduceMean", `${name}.row_means`, [x.name], rows)], rest);
	const centred = g.node("Sub", `${name}.centred`, [x.name, mean]);
	const squares = g.node("ReduceSumSquare", `${name}.row_squares`, [centred], rows);
	const perRow = g.node("ReduceMean", `${name}.squares`, [squares], rest);
	const variance = g.node("Div", `${name}.variance`, [perRow, g.constant(x.space?.at(-1) ?? 1, 1)]);
	const raised = g.node("Add", `${name}.raised`, [variance, g.constant(norm.epsilon, 1)]);
	const deviation = g.node("Sqrt", `${name}.deviation`, [raised]);
	if (!norm.affine) return { ...x, name: g.node("Div", name, [centred, deviation]) };
	const scale = g.perChannel(`${name}.weight`, x.channels);
	const factor = g.node("Div", `${name}.factor`, [scale, deviation]);
	// [1, channels, 1, 1] to the [channels, 1, 1, 1] of a depthwise convolution
	const kernel = g.node("Transpose", `${name}.kernel`, [factor], { perm: { ints: [1, 0, 2, 3] } });
	const inputs = [centred, kernel, g.weight(`${name}.bias`, [x.channels])];
	const attributes = { group: { int: x.channels }, kernel_shape: { ints: [1, 1] } };
	return { ...x, name: g.node("Conv", name, inputs, attributes) };
}
