/**
 * Loads the model's folds onto a device, when the first case needs them.
 *
 * @module
 */
import { emitOnnx } from "../graph/emit.ts";
import type { LoadedModel } from "../model/load.ts";
import { chooseDevice } from "../runtime/devices.ts";
import { openSession } from "../runtime/open-session.ts";
import type { Session } from "../runtime/session.ts";
import { headsOf } from "../export/labels.ts";
import { Network } from "./network.ts";
import type { Engine } from "./run.ts";

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

async function loadNetwork(model: LoadedModel, options: EngineOptions): Promise<Network> {
	const { device, note } = await chooseDevice(options.device);
	if (note !== undefined) options.onNote?.(note);
	const sessions: Session[] = [];
	try {
		for (const fold of model.folds) {
			const onnx = emitOnnx(model.spec.architecture, await fold.weights(), { patch: options.patch });
			sessions.push(await openSession(onnx, { device, threads: options.threads }));
		}
	} catch (error) {
		await Promise.all(sessions.map((session) => session.close()));
		throw error;
	}
	return new Network(sessions, headsOf(model.spec.labels));
}
