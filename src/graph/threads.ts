/**
 * How many threads may share one run on the CPU without changing a bit of its result.
 *
 * ONNX Runtime computes convolutions as matrix products [rows, depth] x [depth, columns], adding the depth up in blocks.
 * Threads share the columns, and a thread that gets few columns takes larger blocks: the sums are then rounded
 * otherwise, and the result depends on the number of threads, and on the batch, over which threads are shared out first.
 * Seen in version 1.30 (3D, six filters on 4x4x4 voxels, two threads); the rule below was found by trial
 * and is tested bit by bit: try it again with another version. Where it allows n threads, results are equal for 1 to n threads and for every batch.
 *
 * @module
 */
import { sizeOf } from "../core/shape.ts";
import { type Parameter, parametersOf } from "../model/parameters.ts";
import type { Architecture, UNet } from "../model/spec.ts";
import { primusProducts } from "./primus-threads.ts";

/** One convolution, or a part of an attention, as a matrix product. */
export type Product = {
	readonly rows: number;
	readonly columns: number;
	readonly depth: number;
	readonly blocked: boolean;
};

/** Columns and depth of a block where both are plentiful; the narrowest block; what threads' shares are rounded to. */
const BLOCK = 128;
const NARROWEST = 16;
const SHARE = 16;
/** Channels of one block of the layout that 2D convolutions are given where their channels are whole blocks. */
const LAYOUT_BLOCK = 16;

/** The largest number of threads up to `wanted` that leaves the result of `net` on `patch` as it is with one. */
export function exactThreads(net: Architecture, patch: readonly number[], wanted: number): number {
	if (net.kind !== "primus" && !isCopied(net)) return 1;
	const all = net.kind === "primus" ? primusProducts(net) : productsOf(net, patch);
	const products = all.filter((product) => !product.blocked);
	let threads = 1;
	while (threads < wanted && products.every((product) => isExact(product, threads + 1))) threads++;
	return threads;
}

/**
 * True where nothing but sums depends on which voxels a thread is given. Functions like exp are computed many voxels at a
 * time, and otherwise for the few that are left at the end of a thread's share.
 */
function isCopied({ activation: { kind } }: UNet): boolean {
	return kind === "none" || kind === "relu" || kind === "leaky_relu" || kind === "prelu" || kind === "relu6";
}

/** True where `threads` threads add up the depth in the same blocks as one. */
function isExact({ rows, columns, depth }: Product, threads: number): boolean {
	if (rows > columns) return true; // the rows are shared out: no block changes
	const share = Math.ceil(Math.ceil(columns / threads) / SHARE) * SHARE;
	const last = columns % share === 0 ? share : columns % share;
	const whole = blockDepth(columns, depth);
	return [Math.min(share, columns), last].every((part) => blockDepth(part, depth) === whole);
}

/** Depth of a block of a product with so many columns. */
function blockDepth(columns: number, depth: number): number {
	let width = BLOCK;
	let block = BLOCK;
	while (columns < depth && width > NARROWEST && width / 2 >= columns) {
		width /= 2;
		block *= 2;
	}
	return Math.min(block, depth);
}

function productsOf(net: UNet, patch: readonly number[]): Product[] {
	// in the form for a processor, 3D convolutions are 2D ones of sections
	let space = patch.slice(-2);
	const spaces = net.strides.map((stride) => {
		space = space.map((extent, axis) => Math.floor(extent / (stride.slice(-2)[axis] ?? 1)));
		return sizeOf(space);
	});
	const columns = (stage: number) => (stage < 0 ? sizeOf(patch.slice(-2)) : (spaces[stage] ?? 1));
	return parametersOf(net).flatMap((parameter) =>
		parameter.stage === undefined ? [] : [product(parameter, columns(parameter.stage))],
	);
}

/** The product that a weight takes part in, for each section of `columns` voxels. */
function product({ name, shape }: Parameter, columns: number): Product {
	const [first = 1, second = 1, ...kernel] = shape;
	if (name.startsWith("decoder.transpconvs.")) {
		return { rows: second * sizeOf(kernel), columns, depth: first, blocked: false };
	}
	const whole = first % LAYOUT_BLOCK === 0 && second % LAYOUT_BLOCK === 0;
	return { rows: first, columns, depth: second * sizeOf(kernel.slice(-2)), blocked: whole };
}
