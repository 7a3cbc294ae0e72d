/**
 * The committed Primus networks of `test/fixtures/primus` and what PyTorch computes with them.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openCheckpoint } from "../../src/checkpoint/checkpoint.ts";
import type { Primus, Weights } from "../../src/model/spec.ts";
import { checkWeights } from "../../src/model/weights.ts";
import type { Tensor } from "../../src/runtime/session.ts";

const FOLDER = fileURLToPath(new URL("../fixtures/primus", import.meta.url));

/** Names of the committed networks. */
export const PRIMUS_NAMES = ["v1", "v1_long", "v2", "v3"] as const;

/** One network, its input and its logits. */
export type PrimusFixture = {
	readonly net: Primus;
	readonly weights: Weights;
	readonly input: Tensor;
	readonly logits: Tensor;
};

/** Loads the network `name`, its state dict held against its sizes. The input's buffer is fresh. */
export async function loadPrimus(name: (typeof PRIMUS_NAMES)[number]): Promise<PrimusFixture> {
	const folder = join(FOLDER, name);
	const net: Primus = JSON.parse(readFileSync(join(folder, "network.json"), "utf8"));
	const path = join(folder, "model.pth");
	const checkpoint = await openCheckpoint(path);
	try {
		return {
			net,
			weights: checkWeights(net, await checkpoint.weights(), path),
			input: { data: floats(join(folder, "input.f32")), shape: [1, net.inputChannels, ...net.patch] },
			logits: { data: floats(join(folder, "logits.f32")), shape: [1, net.heads, ...net.patch] },
		};
	} finally {
		await checkpoint.close();
	}
}

/** The state dicts of nnU-Net's trainers: hash of names and shapes, number of parameters, heads of the attention. */
export function trainersOf(): Readonly<
	Record<string, { readonly sha256: string; readonly parameters: number; readonly attentionHeads: number }>
> {
	return JSON.parse(readFileSync(join(FOLDER, "state_dicts.json"), "utf8"));
}

function floats(path: string): Float32Array<ArrayBuffer> {
	return new Float32Array(new Uint8Array(readFileSync(path)).buffer);
}
