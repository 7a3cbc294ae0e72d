/**
 * What a session and its worker thread say to each other.
 *
 * @module
 */
import type { ErrorCode } from "../core/errors.ts";
import type { OnnxModel } from "../core/onnx.ts";
import type { Gate } from "./gate.ts";
import type { SessionOptions, Tensor } from "./session.ts";

/** Given to the worker when it starts. */
export type WorkerInput = { readonly gate: Gate };

/** To the worker; `open` comes first, as a message so that the worker need not keep the weights once they are loaded. */
export type Request =
	| { readonly kind: "open"; readonly model: OnnxModel; readonly options: SessionOptions }
	| { readonly kind: "run"; readonly id: number; readonly input: Tensor }
	| { readonly kind: "close" };

/** An error on its way between threads. */
export type ErrorRecord = {
	readonly code: ErrorCode;
	readonly message: string;
	readonly fields: Readonly<Record<string, unknown>>;
};

/** From the worker. `failed` without an id: the session could not be made. */
export type Response =
	| { readonly kind: "ready" }
	| { readonly kind: "done"; readonly id: number; readonly output: Tensor; readonly spent: Float32Array<ArrayBuffer> }
	| { readonly kind: "failed"; readonly id?: number; readonly error: ErrorRecord };
