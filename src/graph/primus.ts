/**
 * Primus as nodes: tokens, transformer blocks, and a decoder that doubles the extents three times.
 *
 * Source: Primus and PatchDecode of dynamic-network-architectures 0.4.4, Eva there and EvaBlock of timm 1.0, in
 * evaluation mode (dropout and dropped paths do nothing there).
 *
 * @module
 */
import type { NdArray } from "../core/array.ts";
import { NnvolError } from "../core/errors.ts";
import { sameShape, shapeText } from "../core/shape.ts";
import { primusDecoder, primusGrid, primusHidden } from "../model/primus.ts";
import type { Activation, Primus } from "../model/spec.ts";
import { activate } from "./activation.ts";
import type { GraphBuilder, Value } from "./builder.ts";
import { attention } from "./primus-attention.ts";
import { tokensOf } from "./primus-embedding.ts";
import { layerNorm, linear } from "./primus-layers.ts";
import { type RotaryTables, rotaryTables } from "./rotary.ts";

/** Of the norms of tokens, and of those in the decoder. */
const EPSILON = 1e-5;
const DECODER_EPSILON = 1e-6;

/**
 * Appends the network `net` to `g`, fed by `input` [N, channels, ...patch]. Gives its logits, of full resolution.
 * @throws GRAPH where `input` has another patch than the network
 */
export function primus(g: GraphBuilder, net: Primus, input: Value): Value[] {
	if (input.space !== undefined && !sameShape(input.space, net.patch)) {
		throw new NnvolError(
			"GRAPH",
			`a Primus network for patches of ${shapeText(net.patch)} cannot work on ${shapeText(input.space)}: each token's place was learnt`,
		);
	}
	const grid = primusGrid(net);
	const tables = rotaryTables(grid, net.width / net.attentionHeads);
	let x = placed(g, net, tokensOf(g, net, input), tables);
	for (let n = 0; n < net.depth; n++) x = block(g, net, x, `eva.blocks.${n}`, tables);
	return [decoder(g, net, layerNorm(g, x, "eva.norm", net.width, EPSILON), grid)];
}

/** Adds what was learnt for each place. */
function placed(g: GraphBuilder, { width }: Primus, rows: string, tables: RotaryTables): string {
	const [tokens = 0] = tables.cos.shape;
	const samples = g.reshape("eva.samples", rows, [-1, tokens, width]);
	const sum = g.node("Add", "eva.placed", [samples, g.weight("eva.pos_embed", [1, tokens, width])]);
	return g.reshape("eva.rows", sum, [-1, width]);
}

function block(g: GraphBuilder, net: Primus, x: string, at: string, tables: RotaryTables): string {
	const { width } = net;
	const attended = attention(g, net, layerNorm(g, x, `${at}.norm1`, width, EPSILON), `${at}.attn`, tables);
	const first = addScaled(g, x, attended, `${at}.gamma_1`, width);
	const widened = gated(g, net, layerNorm(g, first, `${at}.norm2`, width, EPSILON), `${at}.mlp`);
	return addScaled(g, first, widened, `${at}.gamma_2`, width);
}

/** x + gamma * y */
function addScaled(g: GraphBuilder, x: string, y: string, gamma: string, width: number): string {
	return g.node("Add", `${gamma}.sum`, [x, g.node("Mul", `${gamma}.scaled`, [y, g.weight(gamma, [width])])]);
}

/** The two layers of a block, the first with a gate (SwiGLU). */
function gated(g: GraphBuilder, net: Primus, x: string, at: string): string {
	const hidden = primusHidden(net);
	const gate = activated(g, linear(g, x, `${at}.fc1_g`, net.width, hidden), `${at}.gate`, { kind: "silu" });
	const open = g.node("Mul", `${at}.gated`, [gate, linear(g, x, `${at}.fc1_x`, net.width, hidden)]);
	return linear(g, layerNorm(g, open, `${at}.norm`, hidden, EPSILON), `${at}.fc2`, hidden, net.width);
}

function activated(g: GraphBuilder, rows: string, name: string, activation: Activation): string {
	return activate(g, { name: rows, channels: 1, space: undefined }, name, activation).name;
}

/** Rows to logits [N, heads, ...patch]. Between doublings rows stay rows, so that norms work along them. */
function decoder(g: GraphBuilder, net: Primus, rows: string, grid: readonly number[]): Value {
	const at = "up_projection.decode";
	const [width, first, second, heads] = primusDecoder(net);
	const channels = [width, first, second];
	let x = rows;
	let space = grid;
	[first, second].forEach((outputs, level) => {
		const doubled = double(g, x, `${at}.${level}.0`, channels[level] ?? 0, outputs);
		const voxels = g.reshape(`${at}.${level}.voxels`, doubled, [-1, outputs]);
		const normed = layerNorm(g, voxels, `${at}.${level}.1`, outputs, DECODER_EPSILON);
		const active = activated(g, normed, `${at}.${level}.2`, { kind: "gelu", approximate: false });
		const ordered = unfold(g, active, `${at}.${level}`, space, outputs, [0, 1, 4, 2, 5, 3, 6, 7]);
		x = g.reshape(`${at}.${level}.rows`, ordered, [-1, outputs]);
		space = space.map((extent) => 2 * extent);
	});
	const last = unfold(g, double(g, x, `${at}.2`, second, heads), `${at}.2`, space, heads, [0, 7, 1, 4, 2, 5, 3, 6]);
	return { name: g.reshape(`${at}.logits`, last, [-1, heads, ...net.patch]), channels: heads, space: net.patch };
}

/** A transposed convolution with kernel and stride 2: rows [n, inputs] to [n, 8 * outputs], the outputs fastest. */
function double(g: GraphBuilder, x: string, name: string, inputs: number, outputs: number): string {
	const weight = g.derive(`${name}.weight.boxes`, outputsLast(g.read(`${name}.weight`, [inputs, outputs, 2, 2, 2])));
	const bias = g.read(`${name}.bias`, [outputs]);
	const all = new Float32Array(8 * outputs);
	for (let n = 0; n < 8; n++) all.set(bias.data, n * outputs);
	const repeated = g.derive(`${name}.bias.boxes`, { dtype: "float32", shape: [8 * outputs], data: all });
	return g.node("Gemm", name, [x, weight, repeated]);
}

/** [inputs, outputs, 2, 2, 2] to [inputs, 8 * outputs]. */
function outputsLast({ data, shape }: NdArray<"float32">): NdArray<"float32"> {
	const [inputs = 0, outputs = 0] = shape;
	const turned = new Float32Array(data.length);
	for (let n = 0; n < data.length; n++) {
		const place = n % 8;
		const output = Math.floor(n / 8) % outputs;
		const input = Math.floor(n / (8 * outputs));
		turned[(input * 8 + place) * outputs + output] = data[n] ?? 0;
	}
	return { dtype: "float32", shape: [inputs, 8 * outputs], data: turned };
}

/** Rows of boxes, as [N, z, y, x, 2, 2, 2, channels], in the order `perm` of those axes. */
function unfold(
	g: GraphBuilder,
	x: string,
	name: string,
	space: readonly number[],
	channels: number,
	perm: readonly number[],
): string {
	const boxes = g.reshape(`${name}.boxes`, x, [-1, ...space, 2, 2, 2, channels]);
	return g.node("Transpose", `${name}.unfolded`, [boxes], { perm: { ints: perm } });
}
