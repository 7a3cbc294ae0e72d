/**
 * The convolutional networks as nodes: a plain or residual encoder, and a plain or residual decoder.
 *
 * Source: PlainConvUNet, ResidualEncoderUNet, ResidualUNet and their encoders and decoders of
 * dynamic-network-architectures 0.4.4, in evaluation mode.
 *
 * @module
 */
import { decoderBlocks, encoderBlocks } from "../model/residual.ts";
import type { UNet } from "../model/spec.ts";
import { convolutionStride, ones, stageName } from "../model/stages.ts";
import { concat, convBlock, convolution, pool, upsample } from "./blocks.ts";
import type { GraphBuilder, Value } from "./builder.ts";
import { residualBlock } from "./residual.ts";

/**
 * Appends the network `net` to `g`, fed by `input`. Gives the logits of each decoder level, full resolution first;
 * only the first where `deepSupervision` is false. @throws GRAPH where the patch does not fit
 */
export function unet(g: GraphBuilder, net: UNet, input: Value, deepSupervision: boolean): Value[] {
	return decoder(g, net, encoder(g, net, input), deepSupervision);
}

/** What each stage gives, full resolution first. */
function encoder(g: GraphBuilder, net: UNet, input: Value): Value[] {
	const skips: Value[] = [];
	let x = net.kind === "plain_conv_unet" ? input : stem(g, net, input, net.stemChannels);
	net.features.forEach((_, stage) => {
		x = encoderStage(g, net, pooled(g, net, x, stage), stage);
		skips.push(x);
	});
	return skips;
}

/** One convolution at full resolution before the first residual stage; nothing for 0 channels. */
function stem(g: GraphBuilder, net: UNet, input: Value, outputs: number): Value {
	if (outputs === 0) return input;
	return convStack(g, net, input, { at: "encoder.stem", outputs, stage: 0, convs: 1, stride: ones(net) });
}

function pooled(g: GraphBuilder, net: UNet, x: Value, stage: number): Value {
	const { pooling = "conv" } = net;
	return pooling === "conv" ? x : pool(g, x, `encoder.stages.${stage}.pool`, pooling, net.strides[stage] ?? ones(net));
}

function encoderStage(g: GraphBuilder, net: UNet, x: Value, stage: number): Value {
	if (net.kind !== "plain_conv_unet") {
		return encoderBlocks(net, stage).reduce((value, block) => residualBlock(g, net, value, block), x);
	}
	return convStack(g, net, x, {
		at: stageName(net, stage),
		outputs: net.features[stage] ?? 1,
		stage,
		convs: net.encoderConvs[stage] ?? 1,
		stride: convolutionStride(net, stage),
	});
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
function convStack(g: GraphBuilder, net: UNet, input: Value, spec: StackSpec): Value {
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

/** From the deepest skip up: upsample, join (the upsampled first), convolve; a 1x1 convolution gives the logits. */
function decoder(g: GraphBuilder, net: UNet, skips: readonly Value[], deepSupervision: boolean): Value[] {
	const levels = skips.slice(0, -1).reverse();
	const logits: Value[] = [];
	let x = skips[skips.length - 1];
	levels.forEach((skip, level) => {
		if (x === undefined) return;
		const stage = skips.length - 2 - level;
		const stride = net.strides[stage + 1] ?? ones(net);
		const up = upsample(g, x, `decoder.transpconvs.${level}`, { outputs: skip.channels, stride, bias: net.convBias });
		const joined = concat(g, `decoder.concat.${level}`, up, skip);
		x = decoderLevel(g, net, joined, level, stage);
		if (deepSupervision || stage === 0) {
			const head = { outputs: net.heads, kernel: ones(net), stride: ones(net), bias: true };
			logits.unshift(convolution(g, x, `decoder.seg_layers.${level}`, head));
		}
	});
	return logits;
}

function decoderLevel(g: GraphBuilder, net: UNet, x: Value, level: number, stage: number): Value {
	if (net.kind === "residual_unet") {
		return decoderBlocks(net, level, stage).reduce((value, block) => residualBlock(g, net, value, block), x);
	}
	return convStack(g, net, x, {
		at: `decoder.stages.${level}`,
		outputs: net.features[stage] ?? 1,
		stage,
		convs: net.decoderConvs[level] ?? 1,
		stride: ones(net),
	});
}
