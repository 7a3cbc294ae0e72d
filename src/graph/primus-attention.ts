/**
 * Attention between all tokens, with a rotary embedding: EvaAttention of timm 1.0 without dropout.
 *
 * The products of all tokens with all tokens are the largest values of the network: 27 million a head for a patch of
 * 128x160x160. They are computed in pieces, some heads or some rows at a time, so that memory is bounded and a piece
 * stays near the processor.
 *
 * @module
 */
import type { Primus } from "../model/spec.ts";
import type { GraphBuilder } from "./builder.ts";
import { layerNorm, linear } from "./primus-layers.ts";
import { inHalves, type RotaryTables, rotate } from "./rotary.ts";

/** Products in one piece at most, unless a row alone has more. */
const PIECE = 4 << 20;
const EPSILON = 1e-5;

/** Rows [N * tokens, width] to as many rows: what each token takes from all others of its sample. */
export function attention(g: GraphBuilder, net: Primus, x: string, at: string, tables: RotaryTables): string {
	const { width, attentionHeads: heads } = net;
	const size = width / heads;
	const [tokens = 0] = tables.cos.shape;
	const perHead = (rows: string, name: string, perm = [0, 2, 1, 3]) =>
		g.node("Transpose", `${name}.heads`, [g.reshape(`${name}.parts`, rows, [-1, tokens, heads, size])], {
			perm: { ints: perm },
		});
	const turned = (name: string, bias: boolean) =>
		rotate(
			g,
			perHead(inHalvesLinear(g, x, `${at}.${name}`, { width, size, bias }), `${at}.${name}`),
			`${at}.${name}.turned`,
			tables,
		);
	const queries = g.node("Mul", `${at}.queries`, [turned("q_proj", true), g.constant(size ** -0.5, 1)]);
	const keys = g.node("Transpose", `${at}.keys`, [turned("k_proj", false)], { perm: { ints: [0, 1, 3, 2] } });
	const values = perHead(linear(g, x, `${at}.v_proj`, width, width), `${at}.v_proj`);
	const mixed = mix(g, { queries, keys, values }, `${at}.mixed`, { heads, tokens });
	const joined = g.node("Transpose", `${at}.joined`, [mixed], { perm: { ints: [0, 2, 1, 3] } });
	const rows = g.reshape(`${at}.rows`, joined, [-1, width]);
	return linear(g, layerNorm(g, rows, `${at}.norm`, width, EPSILON), `${at}.proj`, width, width);
}

type Projection = { readonly width: number; readonly size: number; readonly bias: boolean };

/** A linear map whose outputs are in halves, see `rotary.ts`. */
function inHalvesLinear(g: GraphBuilder, x: string, name: string, { width, size, bias }: Projection): string {
	const halves = (part: string, shape: readonly number[]) =>
		g.derive(`${name}.${part}.halves`, inHalves(g.read(`${name}.${part}`, shape), size));
	const inputs = [x, halves("weight", [width, width]), ...(bias ? [halves("bias", [width])] : [])];
	return g.node("Gemm", name, inputs, { transB: { int: 1 } });
}

/** [N, heads, tokens, size], but for the keys, [N, heads, size, tokens]. */
type Operands = { readonly queries: string; readonly keys: string; readonly values: string };

/** Extents of the operands, and the most products in one piece. */
type Extents = { readonly heads: number; readonly tokens: number; readonly limit?: number };

/**
 * softmax(queries keys) values [N, heads, tokens, size]: of all heads at once where that is little, else of each head in
 * turn.
 */
export function mix(g: GraphBuilder, all: Operands, name: string, extents: Extents): string {
	const { heads, tokens, limit = PIECE } = extents;
	if (heads * tokens * tokens <= limit) return piece(g, all, name);
	const parts = (operand: string) => split(g, operand, 1, new Array<number>(heads).fill(1));
	const [queries, keys, values] = [parts(all.queries), parts(all.keys), parts(all.values)];
	const outputs = queries.map((query, head) => {
		const own = { queries: query, keys: keys[head] ?? "", values: values[head] ?? "" };
		return inRows(g, own, `${name}.${head}`, { tokens, limit });
	});
	return g.node("Concat", name, outputs, { axis: { int: 1 } });
}

/** One head, its queries in as few equal shares as keep a piece small. */
function inRows(
	g: GraphBuilder,
	own: Operands,
	name: string,
	{ tokens, limit }: Omit<Required<Extents>, "heads">,
): string {
	const count = queryShares(tokens, limit);
	if (count === 1) return piece(g, own, name);
	const edge = (n: number) => Math.floor((n * tokens) / count);
	const lengths = Array.from({ length: count }, (_, n) => edge(n + 1) - edge(n));
	const outputs = split(g, own.queries, 2, lengths).map((queries, n) => piece(g, { ...own, queries }, `${name}.${n}`));
	return g.node("Concat", name, outputs, { axis: { int: 2 } });
}

/** Into how many equal shares a head's queries are divided. */
export function queryShares(tokens: number, limit = PIECE): number {
	return Math.min(tokens, Math.ceil((tokens * tokens) / limit));
}

function piece(g: GraphBuilder, { queries, keys, values }: Operands, name: string): string {
	const products = g.node("MatMul", `${name}.products`, [queries, keys]);
	const shares = g.node("Softmax", `${name}.shares`, [products], { axis: { int: -1 } });
	return g.node("MatMul", name, [shares, values]);
}

/** Parts of `x` along `axis`, of the given lengths. */
function split(g: GraphBuilder, x: string, axis: number, lengths: readonly number[]): string[] {
	const outputs = lengths.map((_, n) => `${x}.${n}`);
	const [output = "", ...more] = outputs;
	const constant = g.node("Constant", `${x}.lengths`, [], { value_ints: { ints: lengths } });
	g.nodes.push({
		op: "Split",
		name: `${x}.split`,
		inputs: [x, constant],
		output,
		more,
		attributes: { axis: { int: axis } },
	});
	return outputs;
}
