/**
 * Loads the model's folds onto a device, when the first case needs them.
 *
 * @module
 */

import { headsOf } from "../export/labels.ts";
import { emitOnnx } from "../graph/emit.ts";
import { exactThreads } from "../graph/threads.ts";
import type { LoadedModel } from "../model/load.ts";
import { chooseDevice } from "../runtime/devices.ts";
import { openSession } from "../runtime/open-session.ts";
import type { Session } from "../runtime/session.ts";
import { Network } from "./network.ts";
import type { Engine } from "./planned-case.ts";

/** How the network is loaded. */
export type EngineOptions = {
	readonly device: string;
	readonly threads: number;
	readonly patch: readonly number[];
	readonly onNote?: (text: string) => void;
};

/** An engine over `model`; close it in a `finally`. */
export function makeEngine(model: LoadedModel, options: EngineOptions): Engine & { close(): Promise<void> } {
	let network: Promise<Network> | undefined;
	return {
		spec: model.spec,
		network: () => {
			network ??= loadNetwork(model, options);
			return network;
		},
		close: async () => {
			const loaded = await network?.catch(() => undefined);
			await loaded?.close();
		},
	};
}

/** Lanes at most: each holds its own copy of weights and activations. */
const MOST_LANES = 8;

async function loadNetwork(model: LoadedModel, options: EngineOptions): Promise<Network> {
	const { device, note } = await chooseDevice(options.device);
	if (note !== undefined) options.onNote?.(note);
	const { architecture } = model.spec;
	// threads beyond this would round sums otherwise: the result would depend on the machine
	const threads = device.kind === "cpu" ? exactThreads(architecture, options.patch, options.threads) : options.threads;
	const count = device.kind === "cpu" ? Math.min(MOST_LANES, Math.max(1, Math.floor(options.threads / threads))) : 1;
	const lanes = Array.from({ length: count }, (): Session[] => []);
	try {
		for (const fold of model.folds) {
			const onnx = emitOnnx(architecture, await fold.weights(), {
				patch: options.patch,
				form: device.kind === "cpu" ? "cpu" : "any",
			});
			for (const [n, lane] of lanes.entries()) {
				lane.push(await openSession(onnx, { device, threads }, n === lanes.length - 1));
			}
		}
	} catch (error) {
		await Promise.all(lanes.flat().map((session) => session.close()));
		throw error;
	}
	return new Network(lanes, headsOf(model.spec.labels));
}
