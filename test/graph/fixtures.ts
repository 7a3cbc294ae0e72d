/**
 * The committed networks of `test/fixtures/graph` and what PyTorch computes with them.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type LoadedModel, loadModel } from "../../src/model/load.ts";
import { findModel } from "../../src/model/locate.ts";
import type { Weights } from "../../src/model/spec.ts";
import type { Tensor } from "../../src/runtime/session.ts";

/** Folder of the committed networks. */
export const GRAPH_FIXTURES = fileURLToPath(new URL("../fixtures/graph", import.meta.url));

/** Names of the committed networks. */
export const FIXTURE_NAMES = readdirSync(GRAPH_FIXTURES, { withFileTypes: true })
	.filter((entry) => entry.isDirectory() && !entry.name.startsWith("_"))
	.map((entry) => entry.name)
	.sort();

/** One network, its input and the logits of each level. */
export type GraphFixture = {
	readonly model: LoadedModel;
	readonly weights: Weights;
	readonly input: Tensor;
	readonly logits: readonly Tensor[];
	readonly parameters: number;
};

/** Loads the network `name`. The input's buffer is fresh. */
export async function loadFixture(name: string): Promise<GraphFixture> {
	const folder = join(GRAPH_FIXTURES, name);
	const shapes: { input: number[]; logits: number[][]; parameters: number } = JSON.parse(
		readFileSync(join(folder, "shapes.json"), "utf8"),
	);
	const model = await loadModel(await findModel(folder));
	const [fold] = model.folds;
	if (fold === undefined) throw new Error("a fixture without a checkpoint");
	return {
		model,
		weights: await fold.weights(),
		input: { data: floats(join(folder, "input.f32")), shape: shapes.input },
		logits: shapes.logits.map((shape, level) => ({ data: floats(join(folder, `logits_${level}.f32`)), shape })),
		parameters: shapes.parameters,
	};
}

/** Largest difference of two arrays, relative to the largest entry of the second. */
export function relativeDifference(found: Float32Array, expected: Float32Array): number {
	let worst = found.length === expected.length ? 0 : Number.POSITIVE_INFINITY;
	let scale = 0;
	for (let i = 0; i < expected.length; i++) {
		worst = Math.max(worst, Math.abs((found[i] ?? 0) - (expected[i] ?? 0)));
		scale = Math.max(scale, Math.abs(expected[i] ?? 0));
	}
	return worst / scale;
}

function floats(path: string): Float32Array<ArrayBuffer> {
	const bytes = readFileSync(path);
	return new Float32Array(new Uint8Array(bytes).buffer);
}
