/**
 * Resampling functions of a configuration: nnU-Net's names and arguments to what is done.
 *
 * Every argument that changes the result is read; one that the function does not have is refused, as Python would refuse it.
 *
 * @module
 */
import { z } from "zod";
import { NnvolError } from "../core/errors.ts";
import { checkShape } from "./json.ts";
import type { Resampling, SplineResampling, TorchMode, TorchResampling } from "./spec.ts";

/** Ratio of spacings above which nnU-Net resamples the coarse axis by itself. */
const ANISOTROPY = 3;

/** What nnU-Net's planner writes for labels. */
export const DEFAULT_LABEL_RESAMPLING: SplineResampling = {
	name: "resample_data_or_seg_to_shape",
	order: 1,
	orderZ: 0,
	forceSeparateZ: null,
	separateZThreshold: ANISOTROPY,
};

const order = z.literal([0, 1, 2, 3, 4, 5]);
const isSeg = z.boolean().default(false);
const threshold = z.number().default(ANISOTROPY);

const splineArguments = z.strictObject({
	is_seg: isSeg,
	order: order.default(3),
	order_z: order.default(0),
	force_separate_z: z.boolean().nullable().default(false),
	separate_z_anisotropy_threshold: threshold,
});

const simpleArguments = z.strictObject({
	is_seg: isSeg,
	// Where and by how many threads it is computed does not change what comes out.
	num_threads: z.unknown().optional(),
	device: z.unknown().optional(),
	memefficient_seg_resampling: z.boolean().default(false),
	mode: z.string().default("linear"),
});

const torchArguments = simpleArguments.extend({
	force_separate_z: z.boolean().nullable().default(null),
	separate_z_anisotropy_threshold: threshold,
	aniso_axis_mode: z.string().default("nearest-exact"),
});

/** torch's names of what is linear interpolation in one, two and three dimensions. */
const LINEAR = ["linear", "bilinear", "trilinear"];

/** torch's other names. */
const UNBUILT_MODES = ["bicubic", "area"];

/**
 * Resampling of images or logits by function `name` with its arguments; `at` names the entry.
 * @throws MODEL where the name or an argument is unknown; UNBUILT for torch's cubic and area interpolation
 */
export function parseResampling(name: string, kwargs: unknown, at: string): Resampling {
	const { isLabels, resampling } = parse(name, kwargs, at);
	if (isLabels !== true) return resampling;
	throw new NnvolError("MODEL", `${at}: is_seg is true, which is for labels; images and logits need false`);
}

/** Resampling of labels by function `name`. @throws as `parseResampling` does; UNBUILT where labels would be taken for an image */
export function parseLabelResampling(name: string, kwargs: unknown, at: string): Resampling {
	const { isLabels, resampling } = parse(name, kwargs, at);
	if (isLabels !== false) return resampling;
	throw new NnvolError("UNBUILT", `${at}: is_seg is false, so that labels are resampled like an image, is not built`);
}

/** `isLabels` is undefined where a function takes labels and images alike. */
type Parsed = { readonly isLabels?: boolean; readonly resampling: Resampling };

function parse(name: string, kwargs: unknown, at: string): Parsed {
	switch (name) {
		case "resample_data_or_seg_to_shape":
			return parseSplines(name, kwargs, at);
		case "resample_torch_fornnunet": {
			const found = checkShape(torchArguments, kwargs, at);
			const z = { forceSeparateZ: found.force_separate_z, separateZThreshold: found.separate_z_anisotropy_threshold };
			return torch({ name, ...z, ...modes(found.mode, found.aniso_axis_mode, at) }, found);
		}
		case "resample_torch_simple": {
			const found = checkShape(simpleArguments, kwargs, at);
			const z = { forceSeparateZ: false, separateZThreshold: ANISOTROPY };
			return torch({ name, ...z, ...modes(found.mode, found.mode, at) }, found);
		}
		case "no_resampling_hack":
			checkShape(z.strictObject({}), kwargs, at);
			return { resampling: { name } };
		default:
			throw new NnvolError(
				"MODEL",
				`${at}: unknown resampling "${name}"; supported are resample_data_or_seg_to_shape, resample_torch_fornnunet, resample_torch_simple, no_resampling_hack`,
			);
	}
}

function parseSplines(name: SplineResampling["name"], kwargs: unknown, at: string): Parsed {
	const found = checkShape(splineArguments, kwargs, at);
	return {
		isLabels: found.is_seg,
		resampling: {
			name,
			order: found.order,
			orderZ: found.order_z,
			forceSeparateZ: found.force_separate_z,
			separateZThreshold: found.separate_z_anisotropy_threshold,
		},
	};
}

function torch(resampling: Omit<TorchResampling, "memoryEfficient">, found: z.infer<typeof simpleArguments>): Parsed {
	return {
		isLabels: found.is_seg,
		resampling: { ...resampling, memoryEfficient: found.memefficient_seg_resampling },
	};
}

function modes(mode: string, modeZ: string, at: string): Pick<TorchResampling, "mode" | "modeZ"> {
	return { mode: torchMode(mode, at), modeZ: torchMode(modeZ, at) };
}

function torchMode(mode: string, at: string): TorchMode {
	if (LINEAR.includes(mode)) return "linear";
	if (mode === "nearest" || mode === "nearest-exact") return mode;
	const code = UNBUILT_MODES.includes(mode) ? "UNBUILT" : "MODEL";
	throw new NnvolError(
		code,
		`${at}: interpolation "${mode}" is ${code === "UNBUILT" ? "not built" : "unknown"}; linear, nearest and nearest-exact are built`,
	);
}
