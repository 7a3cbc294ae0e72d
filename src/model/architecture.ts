/**
 * The convolutional network that a configuration describes.
 *
 * Source: the arguments of PlainConvUNet, ResidualEncoderUNet and ResidualUNet in dynamic-network-architectures 0.4.4, and
 * those of their encoders, which networks derived from them pass on (pooling, no stem, squeeze and excitation). A single
 * number stands for every stage or axis, as there. Names of classes are matched by their last part: modules moved.
 *
 * @module
 */
import { z } from "zod";
import { NnvolError } from "../core/errors.ts";
import { parseActivation } from "./activation.ts";
import { baseName, checkShape } from "./json.ts";
import { BATCH_NORM, parseNorm } from "./norm.ts";
import type { Configuration } from "./plans.ts";
import type { Norm, PlainConvUNet, ResidualEncoderUNet, UNet } from "./spec.ts";
import { bringsBatchNorm, mayChangeNetwork } from "./trainers.ts";

// bounds keep absurd plans from filling the memory before the weights are held against them
const count = z.int().positive().max(65536);
const perStage = z.union([count, z.array(count)]);
const perAxis = z.union([count, z.array(z.union([count, z.array(count)]))]);
const convs = z.int().positive().max(1024);
const convsPerStage = z.union([convs, z.array(convs)]);

const common = {
	n_stages: z.int().min(2).max(64),
	features_per_stage: perStage,
	conv_op: z.string(),
	kernel_sizes: perAxis,
	strides: perAxis,
	n_conv_per_stage_decoder: convsPerStage,
	conv_bias: z.boolean().default(false),
	norm_op: z.string().nullish(),
	norm_op_kwargs: z.unknown().optional(),
	nonlin: z.string().nullish(),
	nonlin_kwargs: z.unknown().optional(),
	/** Dropout and stochastic depth do nothing outside of training. */
	dropout_op: z.string().nullish(),
	dropout_op_kwargs: z.unknown().optional(),
	/** Whether coarser logits are given too; the weights are the same. */
	deep_supervision: z.unknown().optional(),
};
const pooling = z.enum(["conv", "max", "avg"]).default("conv");
const plainSchema = z.looseObject({
	...common,
	n_conv_per_stage: convsPerStage,
	nonlin_first: z.boolean().default(false),
	pool: pooling,
});
const residualSchema = z.looseObject({
	...common,
	n_blocks_per_stage: convsPerStage,
	block: z.string().nullish(),
	bottleneck_channels: z.union([count, z.array(z.union([count, z.array(count)]))]).nullish(),
	stem_channels: count.nullish(),
	disable_default_stem: z.boolean().default(false),
	pool_type: pooling,
	stochastic_depth_p: z.number().default(0),
	squeeze_excitation: z.boolean().default(false),
	squeeze_excitation_reduction_ratio: z
		.number()
		.positive()
		.default(1 / 16),
});
type Common = z.infer<z.ZodObject<typeof common>>;
type Residual = z.infer<typeof residualSchema>;

/** What is not in the configuration. */
export type NetworkEnds = {
	readonly inputChannels: number;
	readonly heads: number;
	readonly trainer: string;
	/** The weights hold running statistics of norms. */
	readonly tracksNorms: boolean;
};

const KINDS: Readonly<Record<string, UNet["kind"]>> = {
	PlainConvUNet: "plain_conv_unet",
	ResidualEncoderUNet: "residual_encoder_unet",
	ResidualUNet: "residual_unet",
};

/**
 * The architecture of `configuration`; `at` names the plans in errors.
 * @throws MODEL where a class or an argument is unknown, or entries contradict each other
 */
export function parseArchitecture(configuration: Configuration, ends: NetworkEnds, at: string): UNet {
	const { network_class_name: className, arch_kwargs } = configuration.architecture;
	const kind = kindOf(className, at);
	const here = `${at}, arch_kwargs`;
	if (kind === "plain_conv_unet") {
		rejectUnknown(arch_kwargs, Object.keys(plainSchema.shape), here);
		const kwargs = checkShape(plainSchema, arch_kwargs, here);
		return {
			kind,
			...baseOf(kwargs, configuration, ends, at),
			...poolingOf(kwargs.pool),
			encoderConvs: numbers(kwargs.n_conv_per_stage, kwargs.n_stages, `${at}, n_conv_per_stage`),
			activationFirst: kwargs.nonlin_first,
		};
	}
	rejectUnknown(arch_kwargs, Object.keys(residualSchema.shape), here);
	const kwargs = checkShape(residualSchema, arch_kwargs, here);
	const base = baseOf(kwargs, configuration, ends, at);
	return { kind, ...base, ...residualOf(kwargs, base.features, at), activationFirst: false };
}

function kindOf(className: string, at: string): UNet["kind"] {
	const name = baseName(className);
	const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
	if (kind !== undefined) return kind;
	throw new NnvolError(
		"MODEL",
		`${at}: unknown architecture "${className}"; supported are ${Object.keys(KINDS).join(", ")}`,
	);
}

function rejectUnknown(kwargs: Readonly<Record<string, unknown>>, known: readonly string[], at: string): void {
	const unknown = Object.keys(kwargs).find((name) => !known.includes(name));
	if (unknown === undefined) return;
	throw new NnvolError(
		"MODEL",
		`${at}: unknown argument "${unknown}" of the network; supported are ${known.join(", ")}`,
	);
}

type Base = Omit<PlainConvUNet, "kind" | "encoderConvs" | "activationFirst" | "pooling">;

function baseOf(kwargs: Common, configuration: Configuration, ends: NetworkEnds, at: string): Base {
	const { n_stages: stages } = kwargs;
	const dimensions = dimensionsOf(kwargs.conv_op, configuration.patch_size, at);
	assertDropout(kwargs.dropout_op, at);
	const perAxis = (value: Common["strides"], name: string) =>
		broadcast(value, stages, `${at}, ${name}`).map((entry) => broadcast(entry, dimensions, `${at}, ${name}`));
	return {
		dimensions,
		inputChannels: ends.inputChannels,
		heads: ends.heads,
		features: numbers(kwargs.features_per_stage, stages, `${at}, features_per_stage`),
		kernels: perAxis(kwargs.kernel_sizes, "kernel_sizes"),
		strides: perAxis(kwargs.strides, "strides"),
		decoderConvs: numbers(kwargs.n_conv_per_stage_decoder, stages - 1, `${at}, n_conv_per_stage_decoder`),
		convBias: kwargs.conv_bias,
		norm: normOf(kwargs, dimensions, ends, at),
		activation: parseActivation(kwargs.nonlin, kwargs.nonlin_kwargs, at),
	};
}

type ResidualParts = Omit<ResidualEncoderUNet, keyof Base | "kind" | "activationFirst">;

function residualOf(kwargs: Residual, features: readonly number[], at: string): ResidualParts {
	const blocks = numbers(kwargs.n_blocks_per_stage, kwargs.n_stages, `${at}, n_blocks_per_stage`);
	const ratio = kwargs.squeeze_excitation_reduction_ratio;
	return {
		...poolingOf(kwargs.pool_type),
		encoderBlocks: blocks,
		stemChannels: kwargs.disable_default_stem ? 0 : (kwargs.stem_channels ?? features[0] ?? 1),
		...bottlenecksOf(kwargs, blocks, at),
		...(kwargs.squeeze_excitation ? { squeezed: features.map((outputs) => squeezedTo(outputs * ratio)) } : {}),
	};
}

/** Narrow channels of each block, for networks of BottleneckD. */
function bottlenecksOf(kwargs: Residual, blocks: readonly number[], at: string): Pick<ResidualParts, "bottlenecks"> {
	const block = baseName(kwargs.block ?? "BasicBlockD");
	if (block === "BasicBlockD") return {};
	if (block !== "BottleneckD") {
		throw new NnvolError(
			"MODEL",
			`${at}: unknown residual block "${kwargs.block}"; supported are BasicBlockD and BottleneckD`,
		);
	}
	const here = `${at}, bottleneck_channels`;
	const stages = broadcast(
		kwargs.bottleneck_channels ?? undefined,
		kwargs.n_stages,
		`${here} (which BottleneckD needs)`,
	);
	return { bottlenecks: stages.map((entry, stage) => broadcast(entry, blocks[stage] ?? 1, here)) };
}

/** Channels between squeeze and excitation: the nearest multiple of 8, and 8 at least. */
const squeezedTo = (channels: number): number => Math.max(8, Math.floor(Math.trunc(channels + 4) / 8) * 8);

function poolingOf(value: "conv" | "max" | "avg"): Pick<UNet, "pooling"> {
	return value === "conv" ? {} : { pooling: value };
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

function normOf(kwargs: Common, dimensions: number, { trainer, tracksNorms }: NetworkEnds, at: string): Norm {
	if (bringsBatchNorm(trainer)) return BATCH_NORM;
	const norm = parseNorm(kwargs.norm_op, kwargs.norm_op_kwargs, dimensions, at);
	return norm.kind !== "batch" && tracksNorms && mayChangeNetwork(trainer) ? BATCH_NORM : norm;
}

function assertDropout(name: string | null | undefined, at: string): void {
	if (name === undefined || name === null || /Dropout[123]?d?$|^Identity$/.test(baseName(name))) return;
	throw new NnvolError(
		"MODEL",
		`${at}: unknown dropout "${name}"; supported are torch's, which do nothing at prediction`,
	);
}

const numbers = (value: number | readonly number[], length: number, at: string): readonly number[] =>
	broadcast(value, length, at);

function broadcast<T>(value: number | readonly T[] | undefined, length: number, at: string): readonly (T | number)[] {
	if (value === undefined) throw new NnvolError("MODEL", `${at} is missing`);
	if (typeof value === "number") return new Array<number>(length).fill(value);
	if (value.length === length) return value;
	throw new NnvolError("MODEL", `${at}: expected ${length} entries, found ${value.length}`);
}
