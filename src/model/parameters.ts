/**
 * Every tensor that an architecture's state dict holds, by name and shape, in torch's order of modules.
 *
 * Duplicates of the state dict are left out: `decoder.encoder.*` mirrors `encoder.*`, and `all_modules.N` mirrors
 * `conv` and `norm` (see `canonicalName`). Source: dynamic-network-architectures 0.4.4.
 *
 * @module
 */
import { primusParameters } from "./primus-parameters.ts";
import { decoderBlocks, encoderBlocks, projectionName, type ResidualBlock } from "./residual.ts";
import type { Architecture, UNet } from "./spec.ts";
import { stageName } from "./stages.ts";

/** A parameter, or a running statistic (`buffer`), of the network. */
export type Parameter = {
	readonly name: string;
	readonly shape: readonly number[];
	readonly buffer: boolean;
	/**
	 * For weights of a convolution: the stage of the encoder whose resolution its output has (a transposed one's input);
	 * -1 for the patch itself.
	 */
	readonly stage?: number;
};

/** True for the second name of a tensor inside a block of convolution, norm and activation. */
export const isModuleName = (name: string): boolean => /\.all_modules\.\d+\./.test(name);

/** The name under which a tensor of the state dict is known here: prefixes of wrappers and duplicates removed. */
export function canonicalName(name: string): string {
	return name
		.replaceAll(/(?<=^|\.)_orig_mod\./g, "")
		.replace(/^(?:module\.)+/, "")
		.replace(/^decoder\.encoder\./, "encoder.")
		.replace(/\.all_modules\.0\./, ".conv.")
		.replace(/\.all_modules\.\d+\./, ".norm.");
}

/** The tensors of `net`, decoder heads of every level included. */
export function parametersOf(net: Architecture): Parameter[] {
	return net.kind === "primus" ? primusParameters(net) : unetParameters(net);
}

/** Number of entries of the parameters (running statistics not counted), as torch counts them. */
export function parameterCount(net: Architecture): number {
	const sizes = parametersOf(net).map(({ shape, buffer }) => (buffer ? 0 : shape.reduce((n, extent) => n * extent, 1)));
	return sizes.reduce((sum, size) => sum + size, 0);
}

function unetParameters(net: UNet): Parameter[] {
	return [...encoder(net), ...decoder(net)];
}

function encoder(net: UNet): Parameter[] {
	if (net.kind === "plain_conv_unet") {
		return net.features.flatMap((outputs, stage) => {
			const inputs = stage === 0 ? net.inputChannels : (net.features[stage - 1] ?? 0);
			return stack(net, { at: stageName(net, stage), inputs, outputs, stage, convs: net.encoderConvs[stage] ?? 1 });
		});
	}
	const stem = { at: "encoder.stem", inputs: net.inputChannels, outputs: net.stemChannels, convs: 1 };
	const blocks = net.features.flatMap((_, stage) => encoderBlocks(net, stage));
	return [
		...(net.stemChannels === 0 ? [] : stack(net, { ...stem, stage: 0, resolution: -1 })),
		...blocks.flatMap((block) => residualBlock(net, block)),
	];
}

function decoder(net: UNet): Parameter[] {
	const levels = net.features.slice(0, -1).map((_, index) => net.features.length - 2 - index);
	return levels.flatMap((stage, level) => {
		const outputs = net.features[stage] ?? 0;
		const stride = net.strides[stage + 1] ?? [];
		const up = [net.features[stage + 1] ?? 0, outputs, ...stride];
		const head = [net.heads, outputs, ...stride.map(() => 1)];
		const convs = { at: `decoder.stages.${level}`, inputs: 2 * outputs, outputs, stage };
		return [
			...conv(`decoder.transpconvs.${level}`, up, { bias: net.convBias, outputs, stage: stage + 1 }),
			...(net.kind === "residual_unet"
				? decoderBlocks(net, level, stage).flatMap((block) => residualBlock(net, block))
				: stack(net, { ...convs, convs: net.decoderConvs[level] ?? 1 })),
			...conv(`decoder.seg_layers.${level}`, head, { bias: true, outputs: net.heads, stage }),
		];
	});
}

type Stack = {
	readonly at: string;
	readonly inputs: number;
	readonly outputs: number;
	/** Stage whose kernel is used, and whose resolution the output has unless `resolution` says otherwise. */
	readonly stage: number;
	readonly resolution?: number;
	readonly convs: number;
};

function stack(net: UNet, { at, inputs, outputs, stage, resolution = stage, convs }: Stack): Parameter[] {
	const kernel = net.kernels[stage] ?? [];
	return Array.from({ length: convs }, (_, i) => {
		const shape = [outputs, i === 0 ? inputs : outputs, ...kernel];
		return unit(net, `${at}.convs.${i}`, shape, { bias: net.convBias, stage: resolution, activated: true });
	}).flat();
}

function residualBlock(net: UNet, block: ResidualBlock): Parameter[] {
	const { at, inputs, outputs, kernel, stage, bottleneck: narrow, squeezed } = block;
	const one = kernel.map(() => 1);
	const on = { bias: net.convBias, stage, activated: true };
	const linear = { ...on, activated: false };
	const body =
		narrow === undefined
			? [
					...unit(net, `${at}.conv1`, [outputs, inputs, ...kernel], on),
					...unit(net, `${at}.conv2`, [outputs, outputs, ...kernel], linear),
					...slope(net, `${at}.nonlin2`),
				]
			: [
					...unit(net, `${at}.conv1`, [narrow, inputs, ...one], { ...on, stage: block.inputStage }),
					...unit(net, `${at}.conv2`, [narrow, narrow, ...kernel], on),
					...unit(net, `${at}.conv3`, [outputs, narrow, ...one], linear),
					...slope(net, `${at}.nonlin3`),
				];
	const projection = projectionName(block);
	return [
		...body,
		...(squeezed === undefined ? [] : squeeze(`${at}.squeeze_excitation`, outputs, squeezed, one)),
		...(projection === undefined ? [] : unit(net, projection, [outputs, inputs, ...one], { ...linear, bias: false })),
	];
}

function squeeze(at: string, outputs: number, narrow: number, one: readonly number[]): Parameter[] {
	return [
		...conv(`${at}.fc1`, [narrow, outputs, ...one], { bias: true, outputs: narrow }),
		...conv(`${at}.fc2`, [outputs, narrow, ...one], { bias: true, outputs }),
	];
}

type Unit = { readonly bias: boolean; readonly stage: number; readonly activated: boolean };

/** Convolution, norm, and an activation with parameters of its own. */
function unit(net: UNet, at: string, shape: readonly number[], { bias, stage, activated }: Unit): Parameter[] {
	const outputs = shape[0] ?? 0;
	const vector = (name: string, buffer: boolean) => ({ name: `${at}.norm.${name}`, shape: [outputs], buffer });
	const affine = net.norm.kind !== "none" && net.norm.affine ? [vector("weight", false), vector("bias", false)] : [];
	const statistics = net.norm.kind === "batch" ? [vector("running_mean", true), vector("running_var", true)] : [];
	const nonlin = activated ? slope(net, `${at}.nonlin`) : [];
	return [...conv(`${at}.conv`, shape, { bias, outputs, stage }), ...affine, ...statistics, ...nonlin];
}

function slope(net: UNet, at: string): Parameter[] {
	return net.activation.kind === "prelu" ? [{ name: `${at}.weight`, shape: [1], buffer: false }] : [];
}

type Conv = { readonly bias: boolean; readonly outputs: number; readonly stage?: number };

function conv(at: string, shape: readonly number[], { bias, outputs, stage }: Conv): Parameter[] {
	const weight = { name: `${at}.weight`, shape, buffer: false, ...(stage === undefined ? {} : { stage }) };
	return bias ? [weight, { name: `${at}.bias`, shape: [outputs], buffer: false }] : [weight];
}
