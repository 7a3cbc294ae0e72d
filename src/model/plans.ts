/**
 * plans.json of nnU-Net v2: the file, and one of its configurations with what it inherits.
 *
 * Unknown keys are allowed: plans carry much that prediction does not use. Plans from before the key `architecture`
 * (nnU-Net 2.0 to 2.3) are brought to the form of today.
 *
 * @module
 */
import { z } from "zod";
import { NnvolError } from "../core/errors.ts";
import { sizeOf } from "../core/shape.ts";
import { checkShape, readJson } from "./json.ts";

/** Voxels of the largest patch: no machine runs a network on more, and absurd plans do not fill the memory. */
export const MOST_PATCH = 2 ** 28;

const positiveInt = z.int().positive();
const patchSize = z.array(positiveInt).refine((patch) => sizeOf(patch) <= MOST_PATCH, {
	error: ({ input }) => `expected at most ${MOST_PATCH} voxels, found ${JSON.stringify(input)}`,
});
const record = z.record(z.string(), z.unknown());

const plansSchema = z.looseObject({
	dataset_name: z.string().default(""),
	image_reader_writer: z.string().nullish(),
	label_manager: z.string().nullish(),
	transpose_forward: z.array(z.int().nonnegative()),
	transpose_backward: z.array(z.int().nonnegative()),
	original_median_shape_after_transp: z.array(z.number()).nullish(),
	configurations: z.record(z.string(), record),
	foreground_intensity_properties_per_channel: record.nullish(),
	foreground_intensity_properties_by_modality: record.nullish(),
});

const configurationSchema = z.looseObject({
	preprocessor_name: z.string().default("DefaultPreprocessor"),
	patch_size: patchSize,
	spacing: z.array(z.number().positive()),
	normalization_schemes: z.array(z.string()),
	use_mask_for_norm: z.array(z.boolean()).nullish(),
	resampling_fn_data: z.string().default("resample_data_or_seg_to_shape"),
	resampling_fn_data_kwargs: record.default({}),
	resampling_fn_seg: z.string().default("resample_data_or_seg_to_shape"),
	resampling_fn_seg_kwargs: record.default({ is_seg: true, order: 1, order_z: 0 }),
	resampling_fn_probabilities: z.string().default("resample_data_or_seg_to_shape"),
	resampling_fn_probabilities_kwargs: record.default({}),
	/** A list of one name is that name. */
	previous_stage: z.union([z.string(), z.tuple([z.string()]).transform(([name]) => name)]).nullish(),
	architecture: z.looseObject({ network_class_name: z.string(), arch_kwargs: record }),
});

/** Keys of a configuration from before `architecture`. */
const oldSchema = z.looseObject({
	UNet_class_name: z.string(),
	UNet_base_num_features: positiveInt,
	unet_max_num_features: positiveInt,
	n_conv_per_stage_encoder: z.array(positiveInt),
	n_conv_per_stage_decoder: z.array(positiveInt),
	conv_kernel_sizes: z.unknown(),
	pool_op_kernel_sizes: z.unknown(),
	patch_size: patchSize,
});

/** plans.json, checked as far as it is common to all configurations. */
export type Plans = z.infer<typeof plansSchema> & { readonly path: string };

/** One configuration, inheritance resolved. */
export type Configuration = z.infer<typeof configurationSchema>;

/** Reads plans.json. @throws MODEL where it is missing, damaged, or not nnU-Net v2's */
export async function readPlans(path: string): Promise<Plans> {
	if (path.endsWith(".pkl")) {
		throw new NnvolError(
			"MODEL",
			`${path} is a plans file of nnU-Net v1; only models of nnU-Net v2 (plans.json) are read`,
		);
	}
	const value = await readJson(path, "plans");
	if (typeof value === "object" && value !== null && "plans_per_stage" in value) {
		throw new NnvolError("MODEL", `${path} is a plans file of nnU-Net v1; only models of nnU-Net v2 are read`);
	}
	return { ...checkShape(plansSchema, value, path), path };
}

/**
 * Configuration `name` with everything it inherits; its own keys win.
 * @throws MODEL where it is missing, inherits in a circle, or has wrong entries
 */
export function configurationOf(plans: Plans, name: string): Configuration {
	const merged = inherited(plans, name, []);
	const modern =
		"architecture" in merged ? merged : { ...merged, architecture: oldArchitecture(merged, `${plans.path}, ${name}`) };
	return checkShape(configurationSchema, modern, `${plans.path}, configuration ${name}`);
}

function inherited(plans: Plans, name: string, visited: readonly string[]): Record<string, unknown> {
	const own = Object.hasOwn(plans.configurations, name) ? plans.configurations[name] : undefined;
	if (own === undefined) {
		const names = Object.keys(plans.configurations).join(", ");
		throw new NnvolError(
			"MODEL",
			`${plans.path} has no configuration "${name}"; it has: ${names || "none"}. Do plans and checkpoint belong together?`,
		);
	}
	if (visited.includes(name)) {
		throw new NnvolError(
			"MODEL",
			`${plans.path}: configurations inherit in a circle: ${[...visited, name].join(" from ")}`,
		);
	}
	const { inherits_from: parent } = own;
	if (parent === undefined || parent === null) return own;
	if (typeof parent !== "string")
		throw new NnvolError(
			"MODEL",
			`${plans.path}, ${name}: inherits_from must be a name, found ${JSON.stringify(parent)}`,
		);
	return { ...inherited(plans, parent, [...visited, name]), ...own };
}

/** The `architecture` that a configuration of the old form stands for, as nnU-Net rebuilds it. */
function oldArchitecture(configuration: Record<string, unknown>, at: string): unknown {
	if (!("UNet_class_name" in configuration)) {
		throw new NnvolError(
			"MODEL",
			`${at}: neither "architecture" nor "UNet_class_name" is there; is this a plans file of nnU-Net v2?`,
		);
	}
	const old = checkShape(oldSchema, configuration, at);
	if (old.UNet_class_name !== "PlainConvUNet" && old.UNet_class_name !== "ResidualEncoderUNet") {
		throw new NnvolError(
			"MODEL",
			`${at}: unknown architecture "${old.UNet_class_name}"; plans of this age name PlainConvUNet or ResidualEncoderUNet`,
		);
	}
	const dimensions = old.patch_size.length;
	const convolutions = old.UNet_class_name === "ResidualEncoderUNet" ? "n_blocks_per_stage" : "n_conv_per_stage";
	const kwargs = {
		n_stages: old.n_conv_per_stage_encoder.length,
		features_per_stage: old.n_conv_per_stage_encoder.map((_, stage) =>
			Math.min(old.UNet_base_num_features * 2 ** stage, old.unet_max_num_features),
		),
		conv_op: `Conv${dimensions}d`,
		kernel_sizes: old.conv_kernel_sizes,
		strides: old.pool_op_kernel_sizes,
		[convolutions]: old.n_conv_per_stage_encoder,
		n_conv_per_stage_decoder: old.n_conv_per_stage_decoder,
		conv_bias: true,
		norm_op: `InstanceNorm${dimensions}d`,
		norm_op_kwargs: { eps: 1e-5, affine: true },
		nonlin: "LeakyReLU",
		nonlin_kwargs: {},
	};
	return { network_class_name: old.UNet_class_name, arch_kwargs: kwargs };
}
