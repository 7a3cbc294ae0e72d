/**
 * The messages of an ONNX file that are written: model, graph, node, attribute, tensor, value.
 *
 * Field numbers and enum values are those of `onnx.proto` (IR version 8).
 *
 * @module
 */
import { MessageWriter } from "./protobuf.ts";

/** Version of the file format, and of the operators. Read by every ONNX Runtime since 1.12. */
const IR_VERSION = 8;
const OPSET = 17;

const FLOAT32 = 1;
const EXTERNAL = 1;
const ATTRIBUTE = { float: 1, int: 2, ints: 7 } as const;

/** Value of a node's attribute. */
export type Attribute = { readonly float: number } | { readonly int: number } | { readonly ints: readonly number[] };

/** One operator call. */
export type NodeSpec = {
	readonly op: string;
	readonly name: string;
	readonly inputs: readonly string[];
	readonly output: string;
	/** Further outputs (Split). */
	readonly more?: readonly string[];
	readonly attributes: Readonly<Record<string, Attribute>>;
};

/** A float32 tensor whose bytes lie in another file. */
export type ExternalTensor = {
	readonly name: string;
	readonly shape: readonly number[];
	readonly location: string;
	readonly offset: number;
	readonly length: number;
};

/** A float32 input or output; a text stands for an extent that is free. */
export type ValueSpec = { readonly name: string; readonly shape: readonly (number | string)[] };

/** A whole graph. */
export type GraphSpec = {
	readonly name: string;
	readonly nodes: readonly NodeSpec[];
	readonly tensors: readonly ExternalTensor[];
	readonly inputs: readonly ValueSpec[];
	readonly outputs: readonly ValueSpec[];
};

/** Bytes of a `ModelProto`. `inline` gives the bytes of tensors that are to be written into the file itself. */
export function encodeModel(graph: GraphSpec, inline?: (tensor: ExternalTensor) => Uint8Array): Uint8Array {
	return new MessageWriter()
		.integer(1, IR_VERSION)
		.text(2, "nnvol")
		.message(7, graphMessage(graph, inline))
		.message(8, new MessageWriter().text(1, "").integer(2, OPSET))
		.finish();
}

function graphMessage(graph: GraphSpec, inline?: (tensor: ExternalTensor) => Uint8Array): MessageWriter {
	const message = new MessageWriter();
	for (const node of graph.nodes) message.message(1, nodeMessage(node));
	message.text(2, graph.name);
	for (const tensor of graph.tensors) message.message(5, tensorMessage(tensor, inline?.(tensor)));
	for (const value of graph.inputs) message.message(11, valueMessage(value));
	for (const value of graph.outputs) message.message(12, valueMessage(value));
	return message;
}

function nodeMessage(node: NodeSpec): MessageWriter {
	const message = new MessageWriter();
	for (const input of node.inputs) message.text(1, input);
	for (const output of [node.output, ...(node.more ?? [])]) message.text(2, output);
	message.text(3, node.name).text(4, node.op);
	for (const [name, value] of Object.entries(node.attributes)) message.message(5, attributeMessage(name, value));
	return message;
}

function attributeMessage(name: string, value: Attribute): MessageWriter {
	const message = new MessageWriter().text(1, name);
	if ("float" in value) return message.float(2, value.float).integer(20, ATTRIBUTE.float);
	if ("int" in value) return message.integer(3, value.int).integer(20, ATTRIBUTE.int);
	for (const entry of value.ints) message.integer(8, entry);
	return message.integer(20, ATTRIBUTE.ints);
}

function tensorMessage(tensor: ExternalTensor, raw: Uint8Array | undefined): MessageWriter {
	const message = new MessageWriter();
	for (const extent of tensor.shape) message.integer(1, extent);
	message.integer(2, FLOAT32).text(8, tensor.name);
	if (raw !== undefined) return message.bytes(9, raw);
	const entries = { location: tensor.location, offset: String(tensor.offset), length: String(tensor.length) };
	for (const [key, value] of Object.entries(entries))
		message.message(13, new MessageWriter().text(1, key).text(2, value));
	return message.integer(14, EXTERNAL);
}

function valueMessage(value: ValueSpec): MessageWriter {
	const shape = new MessageWriter();
	for (const extent of value.shape) {
		const dimension = new MessageWriter();
		shape.message(1, typeof extent === "number" ? dimension.integer(1, extent) : dimension.text(2, extent));
	}
	const tensor = new MessageWriter().integer(1, FLOAT32).message(2, shape);
	return new MessageWriter().text(1, value.name).message(2, new MessageWriter().message(1, tensor));
}
