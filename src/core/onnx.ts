/**
 * An ONNX model in memory: what `graph/` makes and `runtime/` runs.
 *
 * @module
 */

/** An ONNX model in memory: the graph's bytes and its weights as external data. */
export type OnnxModel = {
	readonly graph: Uint8Array;
	/** Files named by `external_data` locations in the graph. */
	readonly weights: readonly { readonly path: string; readonly data: Uint8Array }[];
	/** True where the graph takes one sample a run (N = 1); a session then runs the samples of a batch one by one. */
	readonly single?: boolean;
	/** Name of the one input, float32 [N, C, ...patch]; N is free unless `single`. */
	readonly input: string;
	/** Names of the outputs, float32 [N, heads, ...patch]; the first is the full-resolution one. */
	readonly outputs: readonly string[];
};
