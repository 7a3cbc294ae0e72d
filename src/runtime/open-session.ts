/**
 * A session in a worker thread of its own: ONNX Runtime blocks its thread, reading and writing go on beside it.
 *
 * Input and output buffers are transferred, never copied. The weights are copied once, into the worker, or given away.
 *
 * @module
 */

import { Worker } from "node:worker_threads";
import { builtFile } from "../core/built-file.ts";
import { errorText, NnvolError } from "../core/errors.ts";
import type { OnnxModel } from "../core/onnx.ts";
import { shapeText, sizeOf } from "../core/shape.ts";
import { newGate, unwatch, watch } from "./gate.ts";
import { deviceText } from "./ort.ts";
import type { ErrorRecord, Request, Response, WorkerInput } from "./protocol.ts";
import type { Device, Output, Session, SessionOptions, Tensor } from "./session.ts";

/**
 * Loads `model` on a device, in a thread of its own. Close the session in a `finally`.
 * @param give true where the caller needs the model's weights no more: they are moved, and are empty afterwards
 * @throws RUNTIME where the device cannot be had or the graph cannot be loaded
 */
export async function openSession(model: OnnxModel, options: SessionOptions, give = false): Promise<Session> {
	const gate = newGate();
	const input: WorkerInput = { gate };
	const worker = new Worker(builtFile("runtime/session-worker.js"), {
		workerData: input,
		execArgv: [],
		name: "nnvol-session",
	});
	watch(gate);
	worker.once("exit", () => unwatch(gate));
	const session = new WorkerSession(worker, options.device);
	const request: Request = { kind: "open", model, options };
	worker.postMessage(request, give ? model.weights.map(({ data }) => data.buffer).filter(isMovable) : []);
	await session.ready;
	return session;
}

function isMovable(buffer: ArrayBufferLike): buffer is ArrayBuffer {
	return buffer instanceof ArrayBuffer;
}

type Pending = { readonly resolve: (output: Output) => void; readonly reject: (error: NnvolError) => void };

class WorkerSession implements Session {
	readonly device: Device;
	/** Settles once the worker has loaded the network or failed to. */
	readonly ready: Promise<void>;
	readonly #worker: Worker;
	readonly #exited: Promise<void>;
	readonly #pending = new Map<number, Pending>();
	#next = 0;
	#ended: NnvolError | undefined;

	constructor(worker: Worker, device: Device) {
		this.#worker = worker;
		this.device = device;
		this.#exited = new Promise((resolve) => worker.once("exit", () => resolve()));
		this.ready = new Promise((resolve, reject) => {
			worker.on("message", (response: Response) => {
				if (response.kind === "ready") resolve();
				else if (response.kind === "failed" && response.id === undefined) reject(this.#end(revive(response.error)));
				else this.#settle(response);
			});
			worker.on("error", (error) => reject(this.#end(died(device, errorText(error), error))));
			worker.on("exit", (code) => reject(this.#end(died(device, `it ended with code ${code}`))));
		});
	}

	run(input: Tensor): Promise<Output> {
		return new Promise((resolve, reject) => {
			if (this.#ended !== undefined) throw this.#ended;
			// Checked here because a buffer that was given away before arrives as one of length 0.
			if (sizeOf(input.shape) !== input.data.length) {
				const found = `${input.data.length} elements`;
				throw new NnvolError(
					"RUNTIME",
					`the input of shape ${shapeText(input.shape)} needs ${sizeOf(input.shape)} elements, found ${found}`,
				);
			}
			const id = this.#next++;
			this.#pending.set(id, { resolve, reject });
			const request: Request = { kind: "run", id, input };
			this.#worker.postMessage(request, [input.data.buffer]);
		});
	}

	async close(): Promise<void> {
		if (this.#ended === undefined) {
			this.#end(new NnvolError("RUNTIME", "the session was closed"));
			const request: Request = { kind: "close" };
			this.#worker.postMessage(request);
		}
		await this.#exited;
	}

	#settle(response: Exclude<Response, { kind: "ready" }>): void {
		const id = response.id ?? -1;
		const pending = this.#pending.get(id);
		this.#pending.delete(id);
		if (response.kind === "done") pending?.resolve({ ...response.output, spent: response.spent });
		else pending?.reject(revive(response.error));
	}

	/** No call can be answered from here on; the first reason is kept. */
	#end(reason: NnvolError): NnvolError {
		this.#ended ??= reason;
		for (const { reject } of this.#pending.values()) reject(this.#ended);
		this.#pending.clear();
		return this.#ended;
	}
}

function revive({ code, message, fields }: ErrorRecord): NnvolError {
	return new NnvolError(code, message, { fields });
}

function died(device: Device, how: string, cause?: unknown): NnvolError {
	return new NnvolError(
		"RUNTIME",
		`the thread that runs the network on ${deviceText(device)} died: ${how}; it may have run out of memory: use a smaller batch size`,
		{ fields: { device: deviceText(device), fatal: true }, ...(cause === undefined ? {} : { cause }) },
	);
}
