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

/** What a run gives. `spent` is the input's buffer, to be used again where it came back. */
export type Output = Tensor & { readonly spent?: Float32Array<ArrayBuffer> };

/** A network loaded on a device. Runs one call at a time; close it in a `finally`. */
export interface Session {
	readonly device: Device;
	/**
	 * Runs the network on float32 [N, C, ...patch]; gives the first output, [N, heads, ...patch].
	 * The input's buffer is given away until the run has ended. @throws RUNTIME with shapes in the message
	 */
	run(input: Tensor): Promise<Output>;
	close(): Promise<void>;
}
