/**
 * A patch as tokens: boxes of 8 voxels along each axis, by one linear map or by residual convolutions.
 *
 * Source: PatchEmbed, PatchEmbed_deeper and PatchEmbedDeeperControlled of dynamic-network-architectures 0.4.4. A
 * convolution whose kernel is its stride is a linear map of boxes, and is emitted as one.
 *
 * @module
 */
import { PRIMUS_BOX } from "../model/primus.ts";
import type { Primus } from "../model/spec.ts";
import { activate } from "./activation.ts";
import { add, convBlock, pool } from "./blocks.ts";
import type { GraphBuilder, Value } from "./builder.ts";
import { toSlices } from "./slices.ts";

const AT = "down_projection";
const NORM = { kind: "instance", epsilon: 1e-5, affine: true } as const;
const ONE = [1, 1, 1];

type Residual = Extract<Primus["embedding"], { readonly kind: "residual" }>;

/** `input` [N, channels, ...patch] as rows [N * tokens, width], z slowest within a sample. */
export function tokensOf(g: GraphBuilder, net: Primus, input: Value): string {
	const patch = { ...input, space: net.patch };
	const { embedding, width } = net;
	if (embedding.kind === "linear") return boxes(g, patch, `${AT}.proj`, { box: PRIMUS_BOX, width, slices: false });
	const slices = g.layout === "sections";
	return residual(g, embedding, slices ? toSlices(g, patch) : patch, { width, slices });
}

type Target = { readonly width: number; readonly slices: boolean };

/** Three halvings of the stem's output; with skips, each level before the last is added to the tokens, scaled. */
function residual(g: GraphBuilder, embedding: Residual, input: Value, target: Target): string {
	const { features, activation, skips } = embedding;
	let x = residualBlock(g, input, `${AT}.stem.blocks.0`, { outputs: features[0] ?? 0, stride: 1, activation });
	const direct: string[] = [];
	features.slice(1).forEach((outputs, level) => {
		if (skips) direct.push(skip(g, x, level, target));
		x = residualBlock(g, x, `${AT}.stages.${level}.blocks.0`, { outputs, stride: 2, activation });
	});
	const tokens = boxes(g, x, `${AT}.final_proj`, { ...target, box: 1 });
	if (direct.length === 0) return tokens;
	const sum = direct.reduce((a, b, n) => g.node("Add", `${AT}.skips.${n}`, [a, b]));
	return g.node("Add", `${AT}.tokens`, [tokens, sum]);
}

function skip(g: GraphBuilder, x: Value, level: number, target: Target): string {
	const tokens = boxes(g, x, `${AT}.proj_to_tokens.${level}`, { ...target, box: PRIMUS_BOX / 2 ** level });
	const scale = g.weight(`${AT}.scale_proj_to_tokens.${level}`, []);
	return g.node("Mul", `${AT}.scaled.${level}`, [tokens, scale]);
}

type Block = { readonly outputs: number; readonly stride: number; readonly activation: Residual["activation"] };

/** BasicBlockD; without a stride its convolutions have biases (the stem), with one they have none. */
function residualBlock(g: GraphBuilder, x: Value, at: string, { outputs, stride, activation }: Block): Value {
	const bias = stride === 1;
	const linear = { norm: NORM, activation: { kind: "none" }, activationFirst: false } as const;
	const conv = { outputs, kernel: [3, 3, 3], bias };
	const first = { ...conv, at: `${at}.conv1`, stride: ONE.map(() => stride) };
	const hidden = convBlock(g, x, first, { ...linear, activation });
	const body = convBlock(g, hidden, { ...conv, at: `${at}.conv2`, stride: ONE }, linear);
	let skipped = pool(g, x, `${at}.skip.0`, "avg", first.stride);
	if (x.channels !== outputs) {
		const projection = { at: `${at}.skip.${bias ? 0 : 1}`, outputs, kernel: ONE, stride: ONE, bias: false };
		skipped = convBlock(g, skipped, projection, linear);
	}
	return activate(g, add(g, `${at}.add`, body, skipped), `${at}.nonlin2`, activation);
}

/** The convolution `name` whose kernel and stride are `box`, as rows [N * boxes, width]. */
function boxes(
	g: GraphBuilder,
	x: Value,
	name: string,
	{ box, width, slices }: Target & { readonly box: number },
): string {
	const [d = 1, h = 1, w = 1] = (x.space ?? []).map((extent) => extent / box);
	const c = x.channels;
	const shape = slices ? [d, box, c, h, box, w, box] : [-1, c, d, box, h, box, w, box];
	const perm = slices ? [0, 3, 5, 2, 1, 4, 6] : [0, 2, 4, 6, 1, 3, 5, 7];
	const parted = g.reshape(`${name}.parted`, x.name, shape);
	const turned = g.node("Transpose", `${name}.turned`, [parted], { perm: { ints: perm } });
	const size = c * box ** 3;
	const rows = g.reshape(`${name}.boxes`, turned, [-1, size]);
	const weight = g.read(`${name}.weight`, [width, c, box, box, box]);
	const flat = g.derive(`${name}.weight`, { ...weight, shape: [width, size] });
	return g.node("Gemm", name, [rows, flat, g.weight(`${name}.bias`, [width])], { transB: { int: 1 } });
}
