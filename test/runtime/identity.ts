/**
 * Networks of one node for tests of sessions.
 *
 * @module
 */
import { encodeModel } from "../../src/graph/onnx-proto.ts";
import type { OnnxModel } from "../../src/runtime/session.ts";

/** A network of one node `op`, float32 [batch, 1, 2, 2] to the same. */
export function oneNode(op: string): OnnxModel {
	const shape = ["batch", 1, 2, 2];
	const graph = encodeModel({
		name: "one",
		nodes: [{ op, name: "y", inputs: ["x"], output: "y", attributes: {} }],
		tensors: [],
		inputs: [{ name: "x", shape }],
		outputs: [{ name: "y", shape }],
	});
	return { graph, weights: [], input: "x", outputs: ["y"] };
}
