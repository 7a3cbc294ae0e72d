/**
 * Resampling functions of a configuration, kept by name: a model whose inputs need no resampling never runs them.
 *
 * @module
 */
import { z } from "zod";
import { NnvolError } from "../core/errors.ts";
import { checkShape } from "./json.ts";
import type { Resampling } from "./spec.ts";

/** The functions of nnU-Net 2.8. */
const KNOWN = [
	"resample_data_or_seg_to_shape",
	"resample_torch_fornnunet",
	"resample_torch_simple",
	"no_resampling_hack",
];

/** Ratio of spacings above which nnU-Net resamples the coarse axis by itself. */
const ANISOTROPY = 3;

const kwargsSchema = z.looseObject({
	order: z.int().min(0).max(5).default(3),
	order_z: z.int().min(0).max(5).default(0),
	force_separate_z: z.boolean().nullable().optional(),
	separate_z_anisotropy_threshold: z.number().optional(),
});

/** Resampling by function `name` with its arguments; `at` names the entry. @throws MODEL where the name is unknown */
export function parseResampling(name: string, kwargs: unknown, at: string): Resampling {
	if (!KNOWN.includes(name)) {
		throw new NnvolError("MODEL", `${at}: unknown resampling "${name}"; supported are ${KNOWN.join(", ")}`);
	}
	const found = checkShape(kwargsSchema, kwargs, at);
	const threshold = found.separate_z_anisotropy_threshold ?? ANISOTROPY;
	if (threshold !== ANISOTROPY) {
		throw new NnvolError(
			"UNBUILT",
			`${at}: separate_z_anisotropy_threshold = ${threshold} is not built; only ${ANISOTROPY} is`,
		);
	}
	// What each function does by itself where the plans do not say.
	const automatic = name === "resample_torch_fornnunet" ? null : false;
	const forceSeparateZ = found.force_separate_z === undefined ? automatic : found.force_separate_z;
	return { name, order: found.order, orderZ: found.order_z, forceSeparateZ };
}
