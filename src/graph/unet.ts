/**
 * The two networks as nodes: a plain or residual encoder and the decoder they share.
 *
 * Source: PlainConvUNet, ResidualEncoderUNet, BasicBlockD and UNetDecoder of dynamic-network-architectures 0.4.4,
 * in evaluation mode (dropout and stochastic depth do nothing there).
 *
 * @module
 */
import type { Architecture, PlainConvUNet, ResidualEncoderUNet } from "../model/spec.ts";
import { activate, add, averagePool, concat, convBlock, convolution, upsample } from "./blocks.ts";
import type { GraphBuilder, Value } from "./builder.ts";

const ones = (net: Architecture): number[] => new Array<number>(net.dimensions).fill(1);

/**
 * Appends the network `net` to `g`, fed by `input`. Gives the logits of each decoder level, full resolution first;
 * only the first where `deepSupervision` is false. @throws GRAPH where the patch does not fit
 */
export function unet(g: GraphBuilder, net: Architecture, input: Value, deepSupervision: boolean): Value[] {
	const skips = net.kind === "plain_conv_unet" ? plainEncoder(g, net, input) : residualEncoder(g, net, input);
	return decoder(g, net, skips, deepSupervision);
}

function plainEncoder(g: GraphBuilder, net: PlainConvUNet, input: Value): Value[] {
	const skips: Value[] = [];
	let x = input;
	net.features.forEach((outputs, stage) => {
		const at = `encoder.stages.${stage}.0`;
		x = convStack(g, net, x, {
			at,
			outputs,
			stage,
			convs: net.encoderConvs[stage] ?? 1,
			stride: net.strides[stage] ?? ones(net),
		});
		skips.push(x);
	});
	return skips;
}

function residualEncoder(g: GraphBuilder, net: ResidualEncoderUNet, input: Value): Value[] {
	const skips: Value[] = [];
	let x = convStack(g, net, input, {
		at: "encoder.stem",
		outputs: net.stemChannels,
		stage: 0,
		convs: 1,
		stride: ones(net),
	});
	net.features.forEach((outputs, stage) => {
		for (let block = 0; block < (net.encoderBlocks[stage] ?? 1); block++) {
			const stride = block === 0 ? (net.strides[stage] ?? ones(net)) : ones(net);
			x = residualBlock(g, net, x, { at: `encoder.stages.${stage}.blocks.${block}`, outputs, stage, stride });
		}
		skips.push(x);
	});
	return skips;
}

type StackSpec = {
	readonly at: string;
	readonly outputs: number;
	/** Stage whose kernel is used. */
	readonly stage: number;
	readonly convs: number;
	/** Stride of the first convolution; the others have 1. */
	readonly stride: readonly number[];
};

/** `convs` convolution blocks named `at.convs.I`. */
function convStack(g: GraphBuilder, net: Architecture, input: Value, spec: StackSpec): Value {
	let x = input;
	for (let i = 0; i < spec.convs; i++) {
		const conv = {
			at: `${spec.at}.convs.${i}`,
			outputs: spec.outputs,
			kernel: net.kernels[spec.stage] ?? [],
			stride: i === 0 ? spec.stride : ones(net),
			bias: net.convBias,
		};
		x = convBlock(g, x, conv, net);
	}
	return x;
}

/** BasicBlockD: two convolutions, to which the input is added, averaged over the stride and projected where needed. */
function residualBlock(g: GraphBuilder, net: ResidualEncoderUNet, x: Value, spec: Omit<StackSpec, "convs">): Value {
	const { at, outputs, stride } = spec;
	const kernel = net.kernels[spec.stage] ?? [];
	const linear = { norm: net.norm, activation: { kind: "none" }, activationFirst: false } as const;
	const first = convBlock(g, x, { at: `${at}.conv1`, outputs, kernel, stride, bias: net.convBias }, net);
	const second = { at: `${at}.conv2`, outputs, kernel, stride: ones(net), bias: net.convBias };
	const body = convBlock(g, first, second, linear);
	const pooled = stride.some((step) => step !== 1);
	let skip = pooled ? averagePool(g, x, `${at}.skip.0`, stride) : x;
	if (x.channels !== outputs) {
		const projection = {
			at: `${at}.skip.${pooled ? 1 : 0}`,
			outputs,
			kernel: ones(net),
			stride: ones(net),
			bias: false,
		};
		skip = convBlock(g, skip, projection, linear);
	}
	return activate(g, add(g, `${at}.add`, body, skip), `${at}.nonlin2`, net.activation);
}

/** From the deepest skip up: upsample, join (the upsampled first), convolve; a 1x1 convolution gives the logits. */
function decoder(g: GraphBuilder, net: Architecture, skips: readonly Value[], deepSupervision: boolean): Value[] {
	const levels = skips.slice(0, -1).reverse();
	const logits: Value[] = [];
	let x = skips[skips.length - 1];
	levels.forEach((skip, level) => {
		if (x === undefined) return;
		const stage = skips.length - 2 - level;
		const stride = net.strides[stage + 1] ?? ones(net);
		const up = upsample(g, x, `decoder.transpconvs.${level}`, { outputs: skip.channels, stride, bias: net.convBias });
		const joined = concat(g, `decoder.concat.${level}`, up, skip);
		const stack = {
			at: `decoder.stages.${level}`,
			outputs: skip.channels,
			stage,
			convs: net.decoderConvs[level] ?? 1,
			stride: ones(net),
		};
		x = convStack(g, net, joined, stack);
		if (deepSupervision || stage === 0) {
			const head = { outputs: net.heads, kernel: ones(net), stride: ones(net), bias: true };
			logits.unshift(convolution(g, x, `decoder.seg_layers.${level}`, head));
		}
	});
	return logits;
}
