/**
 * The building blocks of the networks: convolution with norm and activation, pooling, joining.
 *
 * Names of parameters are those of the state dict of dynamic-network-architectures 0.4 without its duplicates.
 * Padding is (k - 1) // 2 on both sides of an axis, as there; for even kernels the extent shrinks by one.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";
import type { Norm, UNet } from "../model/spec.ts";
import { activate } from "./activation.ts";
import { assertSameSpace, type GraphBuilder, type Value } from "./builder.ts";
import { instanceNorm } from "./instance-norm.ts";
import { slicedConvolution, slicedPool, slicedUpsample } from "./slices.ts";

/** One convolution: where it lies and what it does. */
export type ConvSpec = {
	/** Prefix of its parameters: `encoder.stages.0.0.convs.0`. */
	readonly at: string;
	readonly outputs: number;
	readonly kernel: readonly number[];
	readonly stride: readonly number[];
	readonly bias: boolean;
};

/** Convolution, then norm and activation in the architecture's order (`activation` overrides its activation). */
export function convBlock(
	g: GraphBuilder,
	x: Value,
	spec: ConvSpec,
	net: Pick<UNet, "norm" | "activation" | "activationFirst">,
): Value {
	const y = convolution(g, x, `${spec.at}.conv`, spec);
	return net.activationFirst && net.norm.kind !== "none" && net.activation.kind !== "none"
		? normalise(g, activate(g, y, `${spec.at}.nonlin`, net.activation), `${spec.at}.norm`, net.norm)
		: activate(g, normalise(g, y, `${spec.at}.norm`, net.norm), `${spec.at}.nonlin`, net.activation);
}

/** A convolution with parameters `name.weight` [outputs, inputs, ...kernel] and, with a bias, `name.bias`. */
export function convolution(g: GraphBuilder, x: Value, name: string, spec: Omit<ConvSpec, "at">): Value {
	const pads = spec.kernel.map((extent) => Math.floor((extent - 1) / 2));
	const space = x.space?.map((n, axis) =>
		Math.floor((n + 2 * (pads[axis] ?? 0) - (spec.kernel[axis] ?? 1)) / (spec.stride[axis] ?? 1) + 1),
	);
	const result = checked({ name, channels: spec.outputs, space });
	if (isSolid(g, x)) return slicedConvolution(g, x, name, { ...spec, pads, space: result.space ?? [] });
	const inputs = [x.name, g.weight(`${name}.weight`, [spec.outputs, x.channels, ...spec.kernel])];
	if (spec.bias) inputs.push(g.weight(`${name}.bias`, [spec.outputs]));
	g.node("Conv", name, inputs, {
		kernel_shape: { ints: spec.kernel },
		pads: { ints: [...pads, ...pads] },
		strides: { ints: spec.stride },
	});
	return result;
}

/** A transposed convolution whose kernel is its stride: each voxel becomes a box of voxels. */
export function upsample(g: GraphBuilder, x: Value, name: string, spec: Omit<ConvSpec, "at" | "kernel">): Value {
	if (isSolid(g, x)) return slicedUpsample(g, x, name, spec.outputs, spec.stride, spec.bias);
	const inputs = [x.name, g.weight(`${name}.weight`, [x.channels, spec.outputs, ...spec.stride])];
	if (spec.bias) inputs.push(g.weight(`${name}.bias`, [spec.outputs]));
	g.node("ConvTranspose", name, inputs, { kernel_shape: { ints: spec.stride }, strides: { ints: spec.stride } });
	return { name, channels: spec.outputs, space: x.space?.map((n, axis) => n * (spec.stride[axis] ?? 1)) };
}

/** Instance norm over each patch (biased variance), batch norm with its running statistics, or nothing. */
export function normalise(g: GraphBuilder, x: Value, name: string, norm: Norm): Value {
	if (norm.kind === "none") return x;
	if (norm.kind === "instance" && g.layout === "sections") return instanceNorm(g, x, name, norm);
	const c = x.channels;
	const scale = norm.affine ? g.weight(`${name}.weight`, [c]) : g.constant(1, c);
	const shift = norm.affine ? g.weight(`${name}.bias`, [c]) : g.constant(0, c);
	const epsilon = { epsilon: { float: norm.epsilon } };
	if (norm.kind === "instance") g.node("InstanceNormalization", name, [x.name, scale, shift], epsilon);
	else {
		const statistics = [g.weight(`${name}.running_mean`, [c]), g.weight(`${name}.running_var`, [c])];
		g.node("BatchNormalization", name, [x.name, scale, shift, ...statistics], epsilon);
	}
	return { ...x, name };
}

/** Mean or maximum over boxes of `stride`; what does not fill a box at the end is dropped. */
export function pool(g: GraphBuilder, x: Value, name: string, kind: "max" | "avg", stride: readonly number[]): Value {
	if (stride.every((step) => step === 1)) return x;
	const space = x.space?.map((n, axis) => Math.floor(n / (stride[axis] ?? 1)));
	const result = checked({ ...x, name, space });
	if (isSolid(g, x)) return slicedPool(g, x, name, { kind, stride, space: space ?? [] });
	const operator = kind === "max" ? "MaxPool" : "AveragePool";
	g.node(operator, name, [x.name], { kernel_shape: { ints: stride }, strides: { ints: stride } });
	return result;
}

/** `a` before `b` along the channels. */
export function concat(g: GraphBuilder, name: string, a: Value, b: Value): Value {
	assertSameSpace(name, a, b);
	g.node("Concat", name, [a.name, b.name], { axis: { int: 1 } });
	return { name, channels: a.channels + b.channels, space: a.space };
}

/** Sum of two values of one shape. */
export function add(g: GraphBuilder, name: string, a: Value, b: Value): Value {
	assertSameSpace(name, a, b);
	return { ...a, name: g.node("Add", name, [a.name, b.name]) };
}

/** True for a value of a 3D network that is held as sections. */
function isSolid(g: GraphBuilder, x: Value): x is Value & { readonly space: readonly number[] } {
	return g.layout === "sections" && x.space?.length === 3;
}

function checked(value: Value): Value {
	if (value.space?.some((extent) => extent < 1)) {
		throw new NnvolError(
			"GRAPH",
			`${value.name}: nothing of the patch is left here; it is too small for the strides of the plans`,
		);
	}
	return value;
}
