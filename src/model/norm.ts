/**
 * The norm that a plans file names, as it acts outside of training.
 *
 * Source: the modules of torch.nn. An instance norm that tracks statistics uses them, like a batch norm; a batch norm that
 * does not takes those of its batch, which nnU-Net gives one patch at a time: an instance norm.
 *
 * @module
 */
import { z } from "zod";
import { NnvolError } from "../core/errors.ts";
import { baseName, checkShape } from "./json.ts";
import type { Norm } from "./spec.ts";

const kwargsSchema = z.strictObject({
	eps: z.number().nonnegative().default(1e-5),
	affine: z.boolean().optional(),
	track_running_stats: z.boolean().optional(),
	/** For training only. */
	momentum: z.number().nullish(),
});

/** Batch norm with torch's defaults, which a trainer may bring in place of the norm of the plans. */
export const BATCH_NORM: Norm = { kind: "batch", epsilon: 1e-5, affine: true };

/**
 * The norm of the class `name` with the arguments `kwargs`, for a network of `dimensions` axes; none without a name.
 * @throws MODEL naming an unknown class, or an argument that it does not take
 */
export function parseNorm(name: string | null | undefined, kwargs: unknown, dimensions: number, at: string): Norm {
	if (name === undefined || name === null) return { kind: "none" };
	const known = baseName(name);
	if (known === "Identity") return { kind: "none" };
	const instance = known === `InstanceNorm${dimensions}d`;
	if (!instance && known !== `BatchNorm${dimensions}d` && known !== "SyncBatchNorm") {
		throw new NnvolError(
			"MODEL",
			`${at}: unknown norm "${name}"; supported are InstanceNorm${dimensions}d, BatchNorm${dimensions}d and SyncBatchNorm`,
		);
	}
	const read = checkShape(kwargsSchema, kwargs ?? {}, `${at}, norm_op_kwargs of ${known}`);
	const { eps: epsilon, affine = !instance, track_running_stats: tracked = !instance } = read;
	return { kind: tracked ? "batch" : "instance", epsilon, affine };
}
