/**
 * The network's part of a configuration in plans, drawn at random: new and old format.
 *
 * @module
 */
import type { Json, JsonObject } from "./model.ts";
import type { Choices } from "./random.ts";
import type { Network, Recipe } from "./recipe.ts";

/** A drawn network: its keys in the configuration, and the patch that it takes. */
export type DrawnNetwork = { readonly keys: JsonObject; readonly patch: readonly number[] };

type Shape = {
	readonly strides: readonly (readonly number[])[];
	readonly kernels: readonly (readonly number[])[];
	readonly patch: readonly number[];
};

const CLASSES: Readonly<Record<Exclude<Network, "old-plain" | "old-residual">, string>> = {
	plain: "unet.PlainConvUNet",
	primus: "unet.PlainConvUNet",
	residual: "unet.ResidualEncoderUNet",
	bottleneck: "residual_unet.ResidualEncoderUNet",
	"residual-decoder": "unet.ResidualUNet",
};

/** Draws the network of `recipe`; two to four stages of 4 to 24 features. */
export function drawNetwork(recipe: Recipe, choices: Choices): DrawnNetwork {
	const stages = recipe.dims === 2 ? choices.integer(3, 4) : choices.integer(2, 4);
	const shape = drawShape(recipe.dims, stages, choices);
	const patch = recipe.patch ?? shape.patch;
	const base = choices.pick([4, 6, 8]);
	const features = shape.strides.map((_, stage) => Math.min(base * 2 ** stage, 24));
	const encoder = features.map(() => choices.integer(1, 2));
	const decoder = features.slice(1).map(() => choices.integer(1, 2));
	if (recipe.network === "old-plain" || recipe.network === "old-residual") {
		const name = recipe.network === "old-plain" ? "PlainConvUNet" : "ResidualEncoderUNet";
		return { keys: oldKeys(name, shape, base, encoder, decoder), patch };
	}
	const residual = recipe.network !== "plain" && recipe.network !== "primus";
	const kwargs: Record<string, Json> = {
		n_stages: stages,
		features_per_stage: features,
		conv_op: `torch.nn.modules.conv.Conv${recipe.dims}d`,
		kernel_sizes: shape.kernels,
		strides: shape.strides,
		[residual ? "n_blocks_per_stage" : "n_conv_per_stage"]: encoder,
		n_conv_per_stage_decoder: decoder,
		conv_bias: true,
		norm_op: `torch.nn.modules.instancenorm.InstanceNorm${recipe.dims}d`,
		norm_op_kwargs: { eps: 1e-5, affine: true },
		dropout_op: null,
		dropout_op_kwargs: null,
		nonlin: "torch.nn.LeakyReLU",
		nonlin_kwargs: { inplace: true },
	};
	const required = ["conv_op", "norm_op", "dropout_op", "nonlin"];
	if (recipe.network === "bottleneck") {
		kwargs["block"] = "dynamic_network_architectures.building_blocks.residual.BottleneckD";
		kwargs["bottleneck_channels"] = features.map((count) => Math.max(2, Math.floor(count / 2)));
		kwargs["stem_channels"] = choices.integer(3, 7);
		required.push("block");
	}
	const architecture = {
		network_class_name: `dynamic_network_architectures.architectures.${CLASSES[recipe.network]}`,
		arch_kwargs: { ...kwargs, ...recipe.kwargs },
		_kw_requires_import: required,
	};
	return { keys: { architecture }, patch };
}

function oldKeys(
	name: string,
	shape: Shape,
	base: number,
	encoder: readonly number[],
	decoder: readonly number[],
): JsonObject {
	const pools = shape.patch.map((_, axis) => shape.strides.filter((stride) => stride[axis] === 2).length);
	return {
		UNet_class_name: name,
		UNet_base_num_features: base,
		unet_max_num_features: 24,
		n_conv_per_stage_encoder: encoder,
		n_conv_per_stage_decoder: decoder,
		num_pool_per_axis: pools,
		pool_op_kernel_sizes: shape.strides,
		conv_kernel_sizes: shape.kernels,
	};
}

/** Strides of 1 and 2, kernels of 1 and 3, and a patch of which at least eight voxels are left at the bottom. */
function drawShape(dims: 2 | 3, stages: number, choices: Choices): Shape {
	const axes = Array.from({ length: dims }, (_, axis) => axis);
	const strides = Array.from({ length: stages }, (_, stage) =>
		axes.map(() => (stage > 0 && choices.chance(0.75) ? 2 : 1)),
	);
	const flat = dims === 3 && choices.chance(0.4) ? choices.integer(0, 2) : -1;
	const kernels = strides.map((_, stage) => axes.map((axis) => (axis === flat && stage < 2 ? 1 : 3)));
	const patch = axes.map((axis) => {
		const factor = strides.reduce((product, stride) => product * (stride[axis] ?? 1), 1);
		const least = Math.max(2, Math.ceil((dims === 2 ? 28 : 14) / factor));
		const most = Math.max(least, Math.floor((dims === 2 ? 56 : 32) / factor));
		return factor * choices.integer(least, most);
	});
	const bottom = axes.reduce((product, axis) => {
		const factor = strides.reduce((all, stride) => all * (stride[axis] ?? 1), 1);
		return product * ((patch[axis] ?? 1) / factor);
	}, 1);
	return bottom >= 8 ? { strides, kernels, patch } : drawShape(dims, stages, choices);
}
