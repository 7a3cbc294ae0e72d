/**
 * An architecture and its weights as an ONNX model: float32 [N, C, ...patch] in, logits [N, heads, ...patch] out.
 *
 * The graph holds no weights: they are external data in memory, in as few blocks as their size allows, because an
 * ONNX file stops at 2 GiB. Only operators of the default domain are used.
 *
 * @module
 */
import { bytesOf } from "../core/array.ts";
import { NnvolError } from "../core/errors.ts";
import type { OnnxModel } from "../core/onnx.ts";
import { sameShape, shapeText } from "../core/shape.ts";
import type { Architecture, Weights } from "../model/spec.ts";
import { GraphBuilder, type Value } from "./builder.ts";
import { type ExternalTensor, encodeModel, type GraphSpec, type NodeSpec } from "./onnx-proto.ts";
import { primus } from "./primus.ts";
import { fromSlices, toSlices } from "./slices.ts";
import { unet } from "./unet.ts";

/** What is emitted besides the logits of full resolution. */
export type EmitOptions = {
	/** Also the logits of the decoder's other levels, as in training. Default false. */
	readonly deepSupervision?: boolean;
	/** Spatial extents of the input; left free where undefined. */
	readonly patch?: readonly number[];
	/**
	 * `any` (the default): standard operators, any number of samples a run. `cpu`: one sample a run, with an instance
	 * norm that is more exact and no slower on a processor; needs `patch`.
	 */
	readonly form?: "any" | "cpu";
	/** Prefix of the external files' names. Default `weights`. */
	readonly location?: string;
};

/** Bytes of one external file at most: below 2 GiB, which a Buffer and a signed offset can hold everywhere. */
const BLOCK = 2 ** 30;
/** External tensors begin at multiples of this, so that they can be used in place. */
const ALIGNMENT = 64;

/**
 * The network as an ONNX model. The weights are copied.
 * @throws GRAPH where a parameter is missing or the patch does not fit the strides
 */
export function emitOnnx(net: Architecture, weights: Weights, options: EmitOptions = {}): OnnxModel {
	const { graph, files } = emitGraph(net, weights, options);
	const outputs = graph.outputs.map(({ name }) => name);
	return { graph: encodeModel(graph), weights: files, input: "input", outputs, single: options.form === "cpu" };
}

/** A graph and its external files, before encoding. */
export type EmittedGraph = { readonly graph: GraphSpec; readonly files: OnnxModel["weights"] };

/** See `emitOnnx`. */
export function emitGraph(net: Architecture, weights: Weights, options: EmitOptions = {}): EmittedGraph {
	const patch = options.patch ?? (net.kind === "primus" ? net.patch : undefined);
	const single = options.form === "cpu";
	if (single && patch === undefined)
		throw new NnvolError("GRAPH", "the graph for a processor needs the patch's extents");
	const g = new GraphBuilder(weights, single ? "sections" : "samples");
	const input: Value = { name: "input", channels: net.inputChannels, space: patch };
	const logits = layers(g, net, input, patch, options.deepSupervision ?? false);
	assertOutput(logits[0], patch);
	const outputs = logits.map((value, level) => ({ ...value, name: level === 0 ? "logits" : `logits_${level}` }));
	const names = new Map(logits.map((value, level) => [value.name, outputs[level]?.name ?? value.name]));
	const { tensors, files } = layOut(g, options.location ?? "weights");
	const graph: GraphSpec = {
		name: net.kind,
		nodes: g.nodes.map((node): NodeSpec => ({ ...node, output: names.get(node.output) ?? node.output })),
		tensors,
		inputs: [valueSpec(input, net, single)],
		outputs: outputs.map((value) => valueSpec(value, net, single)),
	};
	return { graph, files };
}

/** The network's logits; a 3D network for a processor works on sections in between. */
function layers(
	g: GraphBuilder,
	net: Architecture,
	input: Value,
	patch: readonly number[] | undefined,
	all: boolean,
): Value[] {
	if (net.kind === "primus") return primus(g, net, input);
	if (g.layout !== "sections" || patch?.length !== 3) return unet(g, net, input, all);
	const logits = unet(g, net, toSlices(g, { ...input, space: patch }), all);
	return logits.map((value) => (value.space === undefined ? value : fromSlices(g, { ...value, space: value.space })));
}

function assertOutput(logits: Value | undefined, patch: readonly number[] | undefined): void {
	if (logits === undefined) throw new NnvolError("GRAPH", "the network has no decoder: it needs at least two stages");
	if (patch === undefined || logits.space === undefined || sameShape(logits.space, patch)) return;
	throw new NnvolError(
		"GRAPH",
		`the network turns a patch of ${shapeText(patch)} into ${shapeText(logits.space)}; such plans cannot be used for a sliding window`,
	);
}

function valueSpec(value: Value, net: Architecture, single: boolean) {
	const free = ["depth", "height", "width"].slice(-net.dimensions);
	// The extents of coarser outputs depend on the free extents in ways that a name of its own states best.
	const space = value.space ?? free.map((axis) => (value.name === "input" ? axis : `${value.name}_${axis}`));
	return { name: value.name, shape: [single ? 1 : "batch", value.channels, ...space] };
}

/** Places the weights one after the other in blocks of at most `BLOCK` bytes (a larger tensor has one to itself). */
function layOut(g: GraphBuilder, location: string): { tensors: ExternalTensor[]; files: OnnxModel["weights"] } {
	const tensors: ExternalTensor[] = [];
	const sizes: number[] = [];
	for (const [name, array] of g.parameters) {
		const length = array.data.byteLength;
		const used = Math.ceil((sizes.at(-1) ?? 0) / ALIGNMENT) * ALIGNMENT;
		const fits = sizes.length > 0 && used + length <= BLOCK;
		const offset = fits ? used : 0;
		if (fits) sizes[sizes.length - 1] = offset + length;
		else sizes.push(length);
		tensors.push({ name, shape: array.shape, location: fileName(location, sizes.length - 1), offset, length });
	}
	return { tensors, files: fill(g, tensors, sizes, location) };
}

const fileName = (location: string, index: number) => (index === 0 ? `${location}.data` : `${location}.${index}.data`);

function fill(g: GraphBuilder, tensors: readonly ExternalTensor[], sizes: readonly number[], location: string) {
	const files = sizes.map((size, index) => ({ path: fileName(location, index), data: new Uint8Array(size) }));
	const byPath = new Map(files.map(({ path, data }) => [path, data]));
	for (const { name, location: path, offset } of tensors) {
		const array = g.parameters.get(name);
		if (array !== undefined) byPath.get(path)?.set(bytesOf(array), offset);
	}
	return files;
}
