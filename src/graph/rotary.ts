/**
 * The rotary embedding of tokens on a grid: each pair of features is turned by an angle that grows with the place.
 *
 * Source: RotaryEmbeddingCat and apply_rot_embed_cat of timm 1.0 (Su et al., arXiv 2104.09864), over three axes as
 * dynamic-network-architectures uses it. Angles are rounded to float32 at each step, as there.
 *
 * timm turns neighbouring features, (0, 1), (2, 3), ...; here a head's even features come first and the odd ones
 * after them, so that a turn exchanges two halves. Queries and keys are reordered alike, which leaves their products
 * as they are.
 *
 * @module
 */
import type { NdArray } from "../core/array.ts";
import type { GraphBuilder } from "./builder.ts";

const TEMPERATURE = 10000;
const { fround } = Math;

/** Factors of a head's features and of its exchanged halves: [tokens, size] each, float32. */
export type RotaryTables = { readonly cos: NdArray<"float32">; readonly sin: NdArray<"float32"> };

/** For a grid of tokens (z, y, x; z slowest) and heads of `size` features, a multiple of 6. */
export function rotaryTables(grid: readonly number[], size: number): RotaryTables {
	const half = size / 2;
	const places = placesOf(grid);
	const bands = bandsOf(half / grid.length);
	const shape = [places.length, size];
	const cos = new Float32Array(places.length * size);
	const sin = new Float32Array(places.length * size);
	places.forEach((place, token) => {
		for (let pair = 0; pair < half; pair++) {
			const axis = Math.floor(pair / bands.length);
			const angle = fround((place[axis] ?? 0) * (bands[pair % bands.length] ?? 0));
			const at = token * size + pair;
			cos[at] = cos[at + half] = Math.cos(angle);
			sin[at + half] = Math.sin(angle);
			sin[at] = -Math.sin(angle);
		}
	});
	return { cos: { dtype: "float32", shape, data: cos }, sin: { dtype: "float32", shape, data: sin } };
}

/** Angles per step along an axis. */
function bandsOf(count: number): number[] {
	return Array.from({ length: count }, (_, n) => fround(1 / fround(TEMPERATURE ** fround(n / count))));
}

/** Each token's place; divided and multiplied by the extent, which rounds. */
function placesOf(grid: readonly number[]): number[][] {
	let places: number[][] = [[]];
	for (const extent of grid) {
		const along = Array.from({ length: extent }, (_, n) => fround(fround(n / extent) * extent));
		places = places.flatMap((place) => along.map((at) => [...place, at]));
	}
	return places;
}

/** `x` [N, heads, tokens, size], in halves, turned. The tables are put into the graph once. */
export function rotate(g: GraphBuilder, x: string, name: string, tables: RotaryTables): string {
	const half = (tables.cos.shape[1] ?? 0) / 2;
	const lengths = g.node("Constant", `${name}.lengths`, [], { value_ints: { ints: [half, half] } });
	const [even, odd] = [`${name}.even`, `${name}.odd`];
	g.nodes.push({
		...{ op: "Split", name: `${name}.split`, inputs: [x, lengths], output: even, more: [odd] },
		attributes: { axis: { int: 3 } },
	});
	const exchanged = g.node("Concat", `${name}.exchanged`, [odd, even], { axis: { int: 3 } });
	const kept = g.node("Mul", `${name}.kept`, [x, g.derive("rotary.cos", tables.cos)]);
	const added = g.node("Mul", `${name}.added`, [exchanged, g.derive("rotary.sin", tables.sin)]);
	return g.node("Add", name, [kept, added]);
}

/** Rows of a weight [heads * size, ...] or a bias, reordered within each head: even ones, then odd ones. */
export function inHalves(array: NdArray<"float32">, size: number): NdArray<"float32"> {
	const { data, shape } = array;
	const [rows = 0] = shape;
	const row = data.length / rows;
	const ordered = new Float32Array(data.length);
	for (let to = 0; to < rows; to++) {
		const within = to % size;
		const from = to - within + (within < size / 2 ? 2 * within : 2 * within - size + 1);
		ordered.set(data.subarray(from * row, (from + 1) * row), to * row);
	}
	return { dtype: "float32", shape, data: ordered };
}
