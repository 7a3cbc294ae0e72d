/**
 * A model's files, read and held against each other. Weights are read fold by fold, when asked for.
 *
 * @module
 */
import { openCheckpoint } from "../checkpoint/checkpoint.ts";
import { NnvolError } from "../core/errors.ts";
import { readDataset } from "./dataset.ts";
import { type CheckpointFacts, checkpointFacts } from "./facts.ts";
import type { CheckpointFile, ModelFiles } from "./locate.ts";
import { parseModel } from "./parse.ts";
import { readPlans } from "./plans.ts";
import type { ModelSpec, Weights } from "./spec.ts";
import { checkWeights } from "./weights.ts";

/** One trained network of the model. */
export interface ModelFold {
	/** Number of the fold or `all`; a checkpoint outside of fold folders has its file's name. */
	readonly name: string;
	readonly path: string;
	/** SHA-256 of the checkpoint file, lower-case hex; computed once. */
	sha256(): Promise<string>;
	/**
	 * The network's parameters, checked against the spec; read anew at each call. @throws CHECKPOINT where the file
	 * is damaged; MODEL where a parameter is missing, left over, of another shape, or not finite
	 */
	weights(): Promise<Weights>;
}

/** A model that was read and checked, but for its weights. */
export type LoadedModel = {
	readonly files: ModelFiles;
	readonly spec: ModelSpec;
	/** At least one. */
	readonly folds: readonly ModelFold[];
};

/**
 * Reads plans, dataset and the facts of the first checkpoint, which speaks for all folds, as in nnU-Net.
 * @throws MODEL, CHECKPOINT or UNBUILT, naming the file and what is wrong
 */
export async function loadModel(files: ModelFiles): Promise<LoadedModel> {
	const [first] = files.checkpoints;
	if (first === undefined) throw new NnvolError("MODEL", `the model of ${files.plans} has no checkpoint`);
	const plans = await readPlans(files.plans);
	const dataset = await readDataset(files.dataset);
	const spec = parseModel(plans, dataset, await readFacts(first.path));
	return { files, spec, folds: files.checkpoints.map((file) => new CheckpointFold(file, spec)) };
}

class CheckpointFold implements ModelFold {
	readonly name: string;
	readonly path: string;
	readonly #spec: ModelSpec;
	#sha256: Promise<string> | undefined;

	constructor({ fold, path }: CheckpointFile, spec: ModelSpec) {
		this.name = fold;
		this.path = path;
		this.#spec = spec;
	}

	sha256(): Promise<string> {
		this.#sha256 ??= hash(this.path);
		return this.#sha256;
	}

	async weights(): Promise<Weights> {
		const checkpoint = await openCheckpoint(this.path);
		try {
			const facts = checkpointFacts(checkpoint.root, this.path);
			assertSameKind(facts, this.#spec, this.path);
			return checkWeights(this.#spec.architecture, await checkpoint.weights(), this.path, facts.trainer);
		} finally {
			await checkpoint.close();
		}
	}
}

async function readFacts(path: string): Promise<CheckpointFacts> {
	const checkpoint = await openCheckpoint(path);
	try {
		return checkpointFacts(checkpoint.root, path);
	} finally {
		await checkpoint.close();
	}
}

async function hash(path: string): Promise<string> {
	const checkpoint = await openCheckpoint(path);
	try {
		return await checkpoint.sha256();
	} finally {
		await checkpoint.close();
	}
}

/** @throws MODEL where a fold was trained with another configuration than the first */
function assertSameKind(facts: CheckpointFacts, spec: ModelSpec, path: string): void {
	if (facts.configuration === spec.configuration) return;
	throw new NnvolError(
		"MODEL",
		`${path} was trained with the configuration ${facts.configuration}, the first fold with ${spec.configuration}; folds of one model must agree`,
	);
}
