/**
 * A network that is ready to run, whatever runs it.
 *
 * @module
 */

export type { OnnxModel } from "../core/onnx.ts";

/** Where the network runs. */
export type Device = { readonly kind: "cpu" } | { readonly kind: "cuda"; readonly index: number };

/** How a session is made. */
export type SessionOptions = {
	readonly device: Device;
	/** Threads of one run on the CPU. */
	readonly threads: number;
};

/** A tensor over its own, transferable buffer. */
export type Tensor = { readonly data: Float32Array<ArrayBuffer>; readonly shape: readonly number[] };

/** A network loaded on a device. Runs one call at a time; close it in a `finally`. */
export interface Session {
	readonly device: Device;
	/**
	 * Runs the network on float32 [N, C, ...patch]; gives the first output, [N, heads, ...patch].
	 * The input's buffer is given away (transferred). @throws RUNTIME with shapes in the message
	 */
	run(input: Tensor): Promise<Tensor>;
	close(): Promise<void>;
}
