/**
 * Every tensor that an architecture's state dict holds, by name and shape, in torch's order of modules.
 *
 * Duplicates of the state dict are left out: `decoder.encoder.*` mirrors `encoder.*`, and `all_modules.N` mirrors
 * `conv` and `norm` (see `canonicalName`). Source: dynamic-network-architectures 0.4.4.
 *
 * @module
 */
import type { Architecture, PlainConvUNet, ResidualEncoderUNet } from "./spec.ts";

/** A parameter, or a running statistic (`buffer`), of the network. */
export type Parameter = { readonly name: string; readonly shape: readonly number[]; readonly buffer: boolean };

/** The name under which a tensor of the state dict is known here: prefixes of wrappers and duplicates removed. */
export function canonicalName(name: string): string {
	return name
		.replace(/^(?:module\.|_orig_mod\.)+/, "")
		.replace(/^decoder\.encoder\./, "encoder.")
		.replace(/\.all_modules\.0\./, ".conv.")
		.replace(/\.all_modules\.\d+\./, ".norm.");
}

/** The tensors of `net`, decoder heads of every level included. */
export function parametersOf(net: Architecture): Parameter[] {
	const encoder = net.kind === "plain_conv_unet" ? plainEncoder(net) : residualEncoder(net);
	return [...encoder, ...decoder(net)];
}

/** Number of entries of the parameters (running statistics not counted), as torch counts them. */
export function parameterCount(net: Architecture): number {
	const sizes = parametersOf(net).map(({ shape, buffer }) => (buffer ? 0 : shape.reduce((n, extent) => n * extent, 1)));
	return sizes.reduce((sum, size) => sum + size, 0);
}

function plainEncoder(net: PlainConvUNet): Parameter[] {
	return net.features.flatMap((outputs, stage) => {
		const inputs = stage === 0 ? net.inputChannels : (net.features[stage - 1] ?? 0);
		return stack(net, { at: `encoder.stages.${stage}.0`, inputs, outputs, stage, convs: net.encoderConvs[stage] ?? 1 });
	});
}

function residualEncoder(net: ResidualEncoderUNet): Parameter[] {
	const stem = { at: "encoder.stem", inputs: net.inputChannels, outputs: net.stemChannels, stage: 0, convs: 1 };
	const blocks = net.features.flatMap((outputs, stage) =>
		Array.from({ length: net.encoderBlocks[stage] ?? 1 }, (_, block) => {
			const before = stage === 0 ? net.stemChannels : (net.features[stage - 1] ?? 0);
			return residualBlock(net, { stage, block, inputs: block === 0 ? before : outputs, outputs });
		}).flat(),
	);
	return [...stack(net, stem), ...blocks];
}

type Block = { readonly stage: number; readonly block: number; readonly inputs: number; readonly outputs: number };

function residualBlock(net: ResidualEncoderUNet, { stage, block, inputs, outputs }: Block): Parameter[] {
	const at = `encoder.stages.${stage}.blocks.${block}`;
	const kernel = net.kernels[stage] ?? [];
	const pooled = block === 0 && (net.strides[stage] ?? []).some((step) => step !== 1);
	const one = kernel.map(() => 1);
	return [
		...convNorm(net, `${at}.conv1`, [outputs, inputs, ...kernel], net.convBias),
		...convNorm(net, `${at}.conv2`, [outputs, outputs, ...kernel], net.convBias),
		...(inputs === outputs ? [] : convNorm(net, `${at}.skip.${pooled ? 1 : 0}`, [outputs, inputs, ...one], false)),
	];
}

function decoder(net: Architecture): Parameter[] {
	const levels = net.features.slice(0, -1).map((_, index) => net.features.length - 2 - index);
	return levels.flatMap((stage, level) => {
		const outputs = net.features[stage] ?? 0;
		const stride = net.strides[stage + 1] ?? [];
		const convs = net.decoderConvs[level] ?? 1;
		return [
			...conv(
				`decoder.transpconvs.${level}`,
				[net.features[stage + 1] ?? 0, outputs, ...stride],
				net.convBias,
				outputs,
			),
			...stack(net, { at: `decoder.stages.${level}`, inputs: 2 * outputs, outputs, stage, convs }),
			...conv(`decoder.seg_layers.${level}`, [net.heads, outputs, ...stride.map(() => 1)], true, net.heads),
		];
	});
}

type Stack = {
	readonly at: string;
	readonly inputs: number;
	readonly outputs: number;
	readonly stage: number;
	readonly convs: number;
};

function stack(net: Architecture, { at, inputs, outputs, stage, convs }: Stack): Parameter[] {
	const kernel = net.kernels[stage] ?? [];
	return Array.from({ length: convs }, (_, i) =>
		convNorm(net, `${at}.convs.${i}`, [outputs, i === 0 ? inputs : outputs, ...kernel], net.convBias),
	).flat();
}

function convNorm(net: Architecture, at: string, shape: readonly number[], bias: boolean): Parameter[] {
	const outputs = shape[0] ?? 0;
	const vector = (name: string, buffer: boolean) => ({ name: `${at}.norm.${name}`, shape: [outputs], buffer });
	const affine = net.norm.kind !== "none" && net.norm.affine ? [vector("weight", false), vector("bias", false)] : [];
	const statistics = net.norm.kind === "batch" ? [vector("running_mean", true), vector("running_var", true)] : [];
	return [...conv(`${at}.conv`, shape, bias, outputs), ...affine, ...statistics];
}

function conv(at: string, shape: readonly number[], bias: boolean, outputs: number): Parameter[] {
	const weight = { name: `${at}.weight`, shape, buffer: false };
	return bias ? [weight, { name: `${at}.bias`, shape: [outputs], buffer: false }] : [weight];
}
