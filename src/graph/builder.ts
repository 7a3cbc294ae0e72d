/**
 * A graph under construction: values with their shapes, nodes, and the weights the nodes use.
 *
 * Every value carries its channels and, where the patch is fixed, its spatial extents, so that a network that
 * cannot work on its patch is refused while it is built, by name, and not by the runtime.
 *
 * @module
 */
import type { NdArray } from "../core/array.ts";
import { NnvolError } from "../core/errors.ts";
import { sameShape, shapeText } from "../core/shape.ts";
import type { Weights } from "../model/spec.ts";
import type { Attribute, NodeSpec } from "./onnx-proto.ts";

/** One tensor between two nodes: [N, channels, ...space]. `space` is undefined where the patch is left free. */
export type Value = {
	readonly name: string;
	readonly channels: number;
	readonly space: readonly number[] | undefined;
};

/** Collects nodes and weights in the order of computation. */
export class GraphBuilder {
	readonly nodes: NodeSpec[] = [];
	/** Weights in the order of first use. */
	readonly parameters = new Map<string, NdArray<"float32">>();
	/** How values are laid out: `samples` [N, C, ...space]; `sections` of one sample, [depth, C, height, width] (depth 1 in 2D). */
	readonly layout: "samples" | "sections";
	readonly #weights: Weights;

	constructor(weights: Weights, layout: GraphBuilder["layout"] = "samples") {
		this.layout = layout;
		this.#weights = weights;
	}

	/** Appends a node whose output is named like itself. */
	node(
		op: string,
		name: string,
		inputs: readonly string[],
		attributes: Readonly<Record<string, Attribute>> = {},
	): string {
		this.nodes.push({ op, name, inputs, output: name, attributes });
		return name;
	}

	/** The parts of `input` along its first axis, one each. */
	split(name: string, input: string, parts: number): string[] {
		const outputs = Array.from({ length: parts }, (_, n) => `${name}.${n}`);
		const [output = "", ...more] = outputs;
		this.nodes.push({ op: "Split", name, inputs: [input], output, more, attributes: { axis: { int: 0 } } });
		return outputs;
	}

	/** `input` under another shape. */
	reshape(name: string, input: string, shape: readonly number[]): string {
		const constant = this.node("Constant", `${name}.shape`, [], { value_ints: { ints: shape } });
		return this.node("Reshape", name, [input, constant]);
	}

	/** Name of the weight `name`, which must have `shape`. @throws GRAPH where it is missing or has another shape */
	weight(name: string, shape: readonly number[]): string {
		return this.derive(name, this.read(name, shape));
	}

	/** Puts a weight into the graph that was made from others. */
	derive(name: string, array: NdArray<"float32">): string {
		this.parameters.set(name, array);
		return name;
	}

	/** The weight `name`, which must have `shape`; it is not put into the graph. @throws GRAPH as `weight` */
	read(name: string, shape: readonly number[]): NdArray<"float32"> {
		const array = this.#weights.get(name);
		if (array === undefined) throw new NnvolError("GRAPH", `the network needs the parameter ${name}, which is missing`);
		if (!sameShape(array.shape, shape)) {
			const found = shapeText(array.shape);
			throw new NnvolError("GRAPH", `parameter ${name}: expected the shape ${shapeText(shape)}, found ${found}`);
		}
		return array;
	}

	/** Name of the weight `name` of one entry a channel, shaped to be joined with [depth, channels, height, width]. */
	perChannel(name: string, channels: number): string {
		const array = this.parameters.get(this.weight(name, [channels]));
		if (array !== undefined) this.parameters.set(name, { ...array, shape: [channels, 1, 1] });
		return name;
	}

	/** Name of a vector of `length` equal entries, for operators that demand what the network does without. */
	constant(value: number, length: number): string {
		const name = `constant_${value}_${length}`;
		if (!this.parameters.has(name)) {
			this.parameters.set(name, { dtype: "float32", shape: [length], data: new Float32Array(length).fill(value) });
		}
		return name;
	}
}

/** @throws GRAPH where two values that are joined differ in space */
export function assertSameSpace(at: string, a: Value, b: Value): void {
	if (a.space === undefined || b.space === undefined || sameShape(a.space, b.space)) return;
	throw new NnvolError(
		"GRAPH",
		`${at}: ${shapeText(a.space)} meets ${shapeText(b.space)}; the patch size does not fit the strides and kernels of the plans`,
	);
}
