/**
 * What a checkpoint says of itself besides its weights.
 *
 * Source: the keys that nnU-Net 2.8.1's trainer saves and its predictor reads.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";

/** Trainer, configuration and mirroring of one checkpoint. */
export type CheckpointFacts = {
	readonly trainer: string;
	readonly configuration: string;
	/** Spatial axes mirrored in training, ascending; empty for none. */
	readonly mirrorAxes: readonly number[];
	/** The weights hold running statistics of norms, as those of a batch norm do. */
	readonly tracksNorms?: boolean;
};

/** The facts in a checkpoint's dictionary. @throws MODEL where it is no checkpoint of nnU-Net v2 */
export function checkpointFacts(root: ReadonlyMap<unknown, unknown>, path: string): CheckpointFacts {
	const trainer = root.get("trainer_name");
	const init = root.get("init_args");
	if (typeof trainer !== "string" || !(init instanceof Map)) throw foreign(root, path);
	const configuration: unknown = init.get("configuration");
	if (typeof configuration !== "string") {
		throw new NnvolError(
			"MODEL",
			`${path}: init_args.configuration must be a name such as "2d", found ${typeof configuration}`,
		);
	}
	const axes = mirrorAxes(root.get("inference_allowed_mirroring_axes"), path);
	return { trainer, configuration, mirrorAxes: axes, tracksNorms: tracksNorms(root) };
}

function tracksNorms(root: ReadonlyMap<unknown, unknown>): boolean {
	const state = root.get("network_weights");
	if (!(state instanceof Map)) return false;
	return [...state.keys()].some((name: unknown) => typeof name === "string" && name.endsWith(".norm.running_mean"));
}

function foreign(root: ReadonlyMap<unknown, unknown>, path: string): NnvolError {
	const keys = [...root.keys()].map(String);
	const first = keys.includes("state_dict") && keys.includes("epoch");
	const what = first
		? "looks like a checkpoint of nnU-Net v1, PyTorch Lightning or another trainer"
		: "is a torch file, but no checkpoint of nnU-Net v2";
	const found = keys.slice(0, 8).join(", ");
	return new NnvolError(
		"MODEL",
		`${path} ${what}: expected the keys trainer_name, init_args and network_weights, found ${found}`,
		{
			fields: { path, keys },
		},
	);
}

function mirrorAxes(value: unknown, path: string): number[] {
	if (value === undefined || value === null) return [];
	const fail = () =>
		new NnvolError(
			"MODEL",
			`${path}: inference_allowed_mirroring_axes must be a list of axes or None, found ${String(value)}`,
		);
	if (!Array.isArray(value)) throw fail();
	const axes = value.map((axis: unknown) =>
		typeof axis === "number" || typeof axis === "bigint" ? Number(axis) : Number.NaN,
	);
	if (axes.some((axis) => !Number.isInteger(axis))) throw fail();
	return [...new Set(axes)].sort((a, b) => a - b);
}
