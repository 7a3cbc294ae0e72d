/**
 * Residual blocks as nodes: two or three convolutions, to which the input is added.
 *
 * Source: BasicBlockD, BottleneckD and SqueezeExcite of dynamic-network-architectures 0.4.4, in evaluation mode (dropout
 * and stochastic depth do nothing there).
 *
 * @module
 */
import { projectionName, type ResidualBlock } from "../model/residual.ts";
import type { UNet } from "../model/spec.ts";
import { ones } from "../model/stages.ts";
import { activate } from "./activation.ts";
import { add, convBlock, convolution, pool } from "./blocks.ts";
import type { GraphBuilder, Value } from "./builder.ts";

/** The block fed by `x`; where extents or channels change, the input is averaged over the stride and projected. */
export function residualBlock(g: GraphBuilder, net: UNet, x: Value, block: ResidualBlock): Value {
	const { at, outputs, stride, bottleneck, squeezed } = block;
	let body = bottleneck === undefined ? basic(g, net, x, block) : narrow(g, net, x, block, bottleneck);
	if (squeezed !== undefined) body = squeeze(g, net, body, `${at}.squeeze_excitation`, squeezed);
	let skip = pool(g, x, `${at}.skip.0`, "avg", stride);
	const projection = projectionName(block);
	if (projection !== undefined) {
		const spec = { at: projection, outputs, kernel: ones(net), stride: ones(net), bias: false };
		skip = convBlock(g, skip, spec, linear(net));
	}
	const last = bottleneck === undefined ? "nonlin2" : "nonlin3";
	return activate(g, add(g, `${at}.add`, body, skip), `${at}.${last}`, net.activation);
}

function basic(g: GraphBuilder, net: UNet, x: Value, { at, outputs, kernel, stride }: ResidualBlock): Value {
	const spec = { outputs, kernel, stride, bias: net.convBias };
	const first = convBlock(g, x, { ...spec, at: `${at}.conv1` }, plain(net));
	return convBlock(g, first, { ...spec, at: `${at}.conv2`, stride: ones(net) }, linear(net));
}

/** The stride is taken by the convolution in the middle; the others see single voxels. */
function narrow(g: GraphBuilder, net: UNet, x: Value, block: ResidualBlock, channels: number): Value {
	const { at, outputs, kernel, stride } = block;
	const single = { outputs: channels, kernel: ones(net), stride: ones(net), bias: net.convBias };
	const first = convBlock(g, x, { ...single, at: `${at}.conv1` }, plain(net));
	const second = convBlock(g, first, { ...single, at: `${at}.conv2`, kernel, stride }, plain(net));
	return convBlock(g, second, { ...single, at: `${at}.conv3`, outputs }, linear(net));
}

type Around = Pick<UNet, "norm" | "activation" | "activationFirst">;

const plain = ({ norm, activation }: UNet): Around => ({ norm, activation, activationFirst: false });
const linear = ({ norm }: UNet): Around => ({ norm, activation: { kind: "none" }, activationFirst: false });

/**
 * Channels weighted by what they hold on average. The library averages over the first two spatial axes only: in 3D each
 * position along the last axis has weights of its own.
 */
function squeeze(g: GraphBuilder, net: UNet, x: Value, at: string, channels: number): Value {
	const mean = { ...x, name: mean2(g, x, at, net.dimensions), space: x.space?.map((n, axis) => (axis < 2 ? 1 : n)) };
	const single = { kernel: ones(net), stride: ones(net), bias: true };
	const first = convolution(g, mean, `${at}.fc1`, { ...single, outputs: channels });
	const inner = activate(g, first, `${at}.act`, { kind: "relu" });
	const second = convolution(g, inner, `${at}.fc2`, { ...single, outputs: x.channels });
	const gate = activate(g, second, `${at}.gate`, { kind: "sigmoid" });
	return { ...x, name: g.node("Mul", at, [x.name, gate.name]) };
}

/** Mean over the first two spatial axes, one after the other: sums of few terms lose less. */
function mean2(g: GraphBuilder, x: Value, at: string, dimensions: number): string {
	// sections hold the first of three axes where samples are
	const first = g.layout === "sections" && dimensions === 3 ? 0 : 2;
	const second = first === 0 ? 2 : 3;
	const over = (axis: number) => ({ axes: { ints: [axis] }, keepdims: { int: 1 } });
	const rows = g.node("ReduceMean", `${at}.rows`, [x.name], over(second));
	return g.node("ReduceMean", `${at}.mean`, [rows], over(first));
}
