/**
 * The residual blocks of a network: their names, channels and strides, from which parameters and graph are made.
 *
 * Source: StackedResidualBlocks, BasicBlockD and BottleneckD of dynamic-network-architectures 0.4.4.
 *
 * @module
 */
import type { ResidualEncoderUNet, ResidualUNet } from "./spec.ts";
import { convolutionStride, isStrided, ones, stageName } from "./stages.ts";

/** One block. */
export type ResidualBlock = {
	/** Prefix of its parameters: `encoder.stages.0.blocks.0`. */
	readonly at: string;
	/** Stage of the encoder at whose resolution its output is, and its input (-1 for the patch). */
	readonly stage: number;
	readonly inputStage: number;
	readonly inputs: number;
	readonly outputs: number;
	readonly kernel: readonly number[];
	readonly stride: readonly number[];
	/** Narrow channels of BottleneckD; undefined for BasicBlockD. */
	readonly bottleneck: number | undefined;
	/** Narrow channels of squeeze and excitation; undefined without. */
	readonly squeezed: number | undefined;
};

/** The blocks of stage `stage` of the encoder, in order; the first one takes the stride. */
export function encoderBlocks(net: ResidualEncoderUNet | ResidualUNet, stage: number): ResidualBlock[] {
	const outputs = net.features[stage] ?? 1;
	const stem = net.stemChannels === 0 ? net.inputChannels : net.stemChannels;
	const before = stage === 0 ? stem : (net.features[stage - 1] ?? 1);
	return Array.from({ length: net.encoderBlocks[stage] ?? 1 }, (_, block) => {
		const stride = block === 0 ? convolutionStride(net, stage) : ones(net);
		return {
			at: `${stageName(net, stage)}.blocks.${block}`,
			stage,
			inputStage: isStrided(stride) ? stage - 1 : stage,
			inputs: block === 0 ? before : outputs,
			outputs,
			kernel: net.kernels[stage] ?? [],
			stride,
			bottleneck: net.bottlenecks?.[stage]?.[block],
			squeezed: net.squeezed?.[stage],
		};
	});
}

/** The blocks of a residual decoder's level `level` (0 is the deepest), which has the resolution of `stage`. */
export function decoderBlocks(net: ResidualUNet, level: number, stage: number): ResidualBlock[] {
	const outputs = net.features[stage] ?? 1;
	return Array.from({ length: net.decoderConvs[level] ?? 1 }, (_, block) => ({
		at: `decoder.stages.${level}.blocks.${block}`,
		stage,
		inputStage: stage,
		inputs: block === 0 ? 2 * outputs : outputs,
		outputs,
		kernel: net.kernels[stage] ?? [],
		stride: ones(net),
		bottleneck: undefined,
		squeezed: undefined,
	}));
}

/** Name of the projection in the block's shortcut, or undefined where the channels stay. Pooling comes before it. */
export function projectionName({ at, inputs, outputs, stride }: ResidualBlock): string | undefined {
	return inputs === outputs ? undefined : `${at}.skip.${isStrided(stride) ? 1 : 0}`;
}
