/**
 * The network that a configuration describes.
 *
 * Source: the arguments of PlainConvUNet and ResidualEncoderUNet in dynamic-network-architectures 0.4.4; a single
 * number stands for every stage or axis, as there. Names of classes are matched by their last part: modules moved.
 *
 * @module
 */
import { z } from "zod";
import { NnvolError } from "../core/errors.ts";
import { baseName, checkShape } from "./json.ts";
import type { Configuration } from "./plans.ts";
import type { Activation, Architecture, Norm } from "./spec.ts";

const count = z.int().positive();
const perStage = z.union([count, z.array(count)]);
const perAxis = z.union([count, z.array(z.union([count, z.array(count)]))]);

const kwargsSchema = z.looseObject({
	n_stages: z.int().min(2),
	features_per_stage: perStage,
	conv_op: z.string(),
	kernel_sizes: perAxis,
	strides: perAxis,
	n_conv_per_stage: perStage.optional(),
	n_blocks_per_stage: perStage.optional(),
	n_conv_per_stage_decoder: perStage,
	conv_bias: z.boolean().default(false),
	norm_op: z.string().nullish(),
	norm_op_kwargs: z
		.looseObject({
			eps: z.number().nonnegative().default(1e-5),
			affine: z.boolean().optional(),
			track_running_stats: z.boolean().optional(),
		})
		.nullish(),
	nonlin: z.string().nullish(),
	nonlin_kwargs: z.looseObject({ negative_slope: z.number().default(0.01) }).nullish(),
	nonlin_first: z.boolean().default(false),
	block: z.string().nullish(),
	stem_channels: count.nullish(),
});
type Kwargs = z.infer<typeof kwargsSchema>;

/** Arguments that are read, or that change nothing at prediction. */
const COMMON = [
	...["n_stages", "features_per_stage", "conv_op", "kernel_sizes", "strides", "n_conv_per_stage_decoder", "conv_bias"],
	...["norm_op", "norm_op_kwargs", "dropout_op", "dropout_op_kwargs", "nonlin", "nonlin_kwargs", "deep_supervision"],
];
const KNOWN: Readonly<Record<Architecture["kind"], readonly string[]>> = {
	plain_conv_unet: [...COMMON, "n_conv_per_stage", "nonlin_first"],
	residual_encoder_unet: [
		...COMMON,
		"n_blocks_per_stage",
		"block",
		"bottleneck_channels",
		"stem_channels",
		"stochastic_depth_p",
	],
};

/** Arguments of features that exist in the library but are not built here, and the value that leaves them out. */
const UNBUILT: Readonly<Record<string, unknown>> = {
	pool: "conv",
	pool_type: "conv",
	squeeze_excitation: false,
	squeeze_excitation_reduction_ratio: undefined,
	disable_default_stem: false,
};

/** What is not in the configuration. */
export type NetworkEnds = { readonly inputChannels: number; readonly heads: number; readonly trainer: string };

/**
 * The architecture of `configuration`; `at` names the plans in errors.
 * @throws MODEL where a name is unknown or entries contradict each other; UNBUILT for known features that are not built
 */
export function parseArchitecture(configuration: Configuration, ends: NetworkEnds, at: string): Architecture {
	const { network_class_name: className, arch_kwargs } = configuration.architecture;
	const kind = kindOf(className, at);
	rejectUnknown(arch_kwargs, kind, `${at}, arch_kwargs`);
	const kwargs = checkShape(kwargsSchema, arch_kwargs, `${at}, arch_kwargs`);
	const dimensions = dimensionsOf(kwargs.conv_op, configuration.patch_size, at);
	const stages = (name: string, value: Kwargs["kernel_sizes"] | undefined, length = kwargs.n_stages) =>
		broadcast(value, length, `${at}, ${name}`);
	const numbers = (name: string, value: Kwargs["features_per_stage"] | undefined, length = kwargs.n_stages) =>
		stages(name, value, length).map((entry) => axes(entry, 1, `${at}, ${name}`)[0] ?? 1);
	const features = numbers("features_per_stage", kwargs.features_per_stage);
	const base = {
		dimensions,
		inputChannels: ends.inputChannels,
		heads: ends.heads,
		features,
		kernels: stages("kernel_sizes", kwargs.kernel_sizes).map((entry) => axes(entry, dimensions, `${at}, kernel_sizes`)),
		strides: stages("strides", kwargs.strides).map((entry) => axes(entry, dimensions, `${at}, strides`)),
		decoderConvs: numbers("n_conv_per_stage_decoder", kwargs.n_conv_per_stage_decoder, kwargs.n_stages - 1),
		convBias: kwargs.conv_bias,
		norm: normOf(kwargs, dimensions, ends.trainer, at),
		activation: activationOf(kwargs, at),
	};
	if (kind === "plain_conv_unet") {
		return {
			kind,
			...base,
			encoderConvs: numbers("n_conv_per_stage", kwargs.n_conv_per_stage),
			activationFirst: kwargs.nonlin_first,
		};
	}
	rejectBottleneck(kwargs, at);
	const encoderBlocks = numbers("n_blocks_per_stage", kwargs.n_blocks_per_stage);
	return {
		kind,
		...base,
		encoderBlocks,
		stemChannels: kwargs.stem_channels ?? features[0] ?? 1,
		activationFirst: false,
	};
}

function kindOf(className: string, at: string): Architecture["kind"] {
	const name = baseName(className);
	if (name === "PlainConvUNet") return "plain_conv_unet";
	if (name === "ResidualEncoderUNet") return "residual_encoder_unet";
	throw new NnvolError(
		"MODEL",
		`${at}: unknown architecture "${className}"; supported are PlainConvUNet and ResidualEncoderUNet`,
	);
}

function rejectUnknown(kwargs: Readonly<Record<string, unknown>>, kind: Architecture["kind"], at: string): void {
	for (const [name, value] of Object.entries(kwargs)) {
		if (KNOWN[kind].includes(name) || (Object.hasOwn(UNBUILT, name) && value === UNBUILT[name])) continue;
		if (Object.hasOwn(UNBUILT, name)) {
			throw new NnvolError(
				"UNBUILT",
				`${at}: ${name} = ${JSON.stringify(value)} is not built; only ${JSON.stringify(UNBUILT[name])} is`,
			);
		}
		throw new NnvolError(
			"MODEL",
			`${at}: unknown argument "${name}" of the network; supported are ${KNOWN[kind].join(", ")}`,
		);
	}
}

function rejectBottleneck(kwargs: Kwargs, at: string): void {
	const block = baseName(kwargs.block ?? "BasicBlockD");
	if (block === "BasicBlockD") return;
	if (block === "BottleneckD")
		throw new NnvolError("UNBUILT", `${at}: residual blocks of the kind BottleneckD are not built; BasicBlockD is`);
	throw new NnvolError("MODEL", `${at}: unknown residual block "${kwargs.block}"; supported is BasicBlockD`);
}

function dimensionsOf(convOp: string, patch: readonly number[], at: string): 2 | 3 {
	const name = baseName(convOp);
	if (name !== "Conv2d" && name !== "Conv3d") {
		throw new NnvolError("MODEL", `${at}: unknown convolution "${convOp}"; supported are Conv2d and Conv3d`);
	}
	const dimensions = name === "Conv2d" ? 2 : 3;
	if (patch.length === dimensions) return dimensions;
	throw new NnvolError(
		"MODEL",
		`${at}: patch_size [${patch.join(", ")}] does not fit ${name}: expected ${dimensions} entries`,
	);
}

function normOf(kwargs: Kwargs, dimensions: number, trainer: string, at: string): Norm {
	// This trainer replaces the norm of the plans when it builds the network.
	if (trainer === "nnUNetTrainerBN") return { kind: "batch", epsilon: 1e-5, affine: true };
	if (kwargs.norm_op === undefined || kwargs.norm_op === null) return { kind: "none" };
	const { eps: epsilon, affine, track_running_stats: tracked } = kwargs.norm_op_kwargs ?? { eps: 1e-5 };
	switch (baseName(kwargs.norm_op)) {
		case `InstanceNorm${dimensions}d`:
			if (tracked === true)
				throw new NnvolError("UNBUILT", `${at}: instance norm with track_running_stats is not built`);
			return { kind: "instance", epsilon, affine: affine ?? false };
		case `BatchNorm${dimensions}d`:
			if (tracked === false)
				throw new NnvolError("UNBUILT", `${at}: batch norm without running statistics is not built`);
			return { kind: "batch", epsilon, affine: affine ?? true };
		default:
			throw new NnvolError(
				"MODEL",
				`${at}: unknown norm "${kwargs.norm_op}"; supported are InstanceNorm${dimensions}d and BatchNorm${dimensions}d`,
			);
	}
}

function activationOf(kwargs: Kwargs, at: string): Activation {
	if (kwargs.nonlin === undefined || kwargs.nonlin === null) return { kind: "none" };
	switch (baseName(kwargs.nonlin)) {
		case "LeakyReLU":
			return { kind: "leaky_relu", slope: kwargs.nonlin_kwargs?.negative_slope ?? 0.01 };
		case "ReLU":
			return { kind: "relu" };
		default:
			throw new NnvolError("MODEL", `${at}: unknown activation "${kwargs.nonlin}"; supported are LeakyReLU and ReLU`);
	}
}

function broadcast<T>(value: number | readonly T[] | undefined, length: number, at: string): readonly (T | number)[] {
	if (value === undefined) throw new NnvolError("MODEL", `${at} is missing`);
	if (typeof value === "number") return new Array<number>(length).fill(value);
	if (value.length === length) return value;
	throw new NnvolError("MODEL", `${at}: expected ${length} entries, found ${value.length}`);
}

function axes(value: number | readonly number[], dimensions: number, at: string): readonly number[] {
	return broadcast(value, dimensions, at);
}
