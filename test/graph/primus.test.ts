import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { emitOnnx } from "../../src/graph/emit.ts";
import { encodeModel } from "../../src/graph/onnx-proto.ts";
import { mix } from "../../src/graph/primus-attention.ts";
import { exactThreads } from "../../src/graph/threads.ts";
import { parsePrimus } from "../../src/model/primus.ts";
import { openInlineSession } from "../../src/runtime/ort.ts";
import type { OnnxModel, Tensor } from "../../src/runtime/session.ts";
import { relativeDifference } from "./fixtures.ts";
import { loadPrimus, PRIMUS_NAMES } from "./primus-fixtures.ts";

async function runOn(model: OnnxModel, input: Tensor, threads = 1): Promise<Tensor> {
	const session = await openInlineSession(model, { device: { kind: "cpu" }, threads });
	try {
		return await session.run({ data: input.data.slice(), shape: input.shape });
	} finally {
		await session.close();
	}
}

describe.each(PRIMUS_NAMES)("emitted Primus %s", (name) => {
	it.each(["any", "cpu"] as const)("gives PyTorch's logits, form %s", async (form) => {
		const { net, weights, input, logits } = await loadPrimus(name);
		const onnx = emitOnnx(net, weights, { form, patch: net.patch });
		expect(onnx.outputs).toEqual(["logits"]);
		const found = await runOn(onnx, input);
		expect(found.shape).toEqual(logits.shape);
		expect(relativeDifference(found.data, logits.data)).toBeLessThan(1e-5);
	});

	it("takes several samples a run, and gives each the bits that it has alone", async () => {
		const { net, weights, input } = await loadPrimus(name);
		const onnx = emitOnnx(net, weights);
		const other = input.data.map((value, n) => (n % 3 === 0 ? -value : value));
		const both = new Float32Array(2 * other.length);
		both.set(other);
		both.set(input.data, other.length);
		const batch = await runOn(onnx, { data: both, shape: [2, ...input.shape.slice(1)] });
		const alone = await runOn(onnx, input);
		expect(batch.shape).toEqual([2, ...alone.shape.slice(1)]);
		expect(batch.data.slice(alone.data.length)).toEqual(alone.data);
		expect(batch.data.slice(0, alone.data.length)).not.toEqual(alone.data);
	});

	it("allows only numbers of threads that keep every bit", async () => {
		const { net, weights, input } = await loadPrimus(name);
		const onnx = emitOnnx(net, weights, { form: "cpu", patch: net.patch });
		const most = exactThreads(net, net.patch, 4);
		expect(most).toBe(4);
		const one = await runOn(onnx, input, 1);
		for (let threads = 2; threads <= most; threads++) {
			expect((await runOn(onnx, input, threads)).data).toEqual(one.data);
		}
	});

	it("refuses another patch than its own", async () => {
		const { net, weights } = await loadPrimus(name);
		const patch = net.patch.map((extent) => extent + 8);
		expect(() => emitOnnx(net, weights, { patch })).toThrow(/Primus network for patches of .* cannot work on/);
	});
});

describe("mix", () => {
	const heads = 3;
	const tokens = 11;
	const size = 6;
	const input: Tensor = {
		data: Float32Array.from({ length: heads * tokens * size }, (_, n) => Math.sin(n * 1.7) * 1.5),
		shape: [1, heads, tokens, size],
	};

	/** The input as queries, keys and values alike. */
	async function mixed(limit: number): Promise<{ readonly found: Tensor; readonly products: number }> {
		const g = new GraphBuilder(new Map());
		const keys = g.node("Transpose", "keys", ["input"], { perm: { ints: [0, 1, 3, 2] } });
		const values = g.node("Identity", "values", ["input"]);
		mix(g, { queries: "input", keys, values }, "mixed", { heads, tokens, limit });
		const value = (name: string) => ({ name, shape: input.shape });
		const spec = { name: "mix", nodes: g.nodes, tensors: [], inputs: [value("input")], outputs: [value("mixed")] };
		const model = { graph: encodeModel(spec), weights: [], input: "input", outputs: ["mixed"], single: true };
		const products = g.nodes.filter(({ op }) => op === "Softmax").length;
		return { found: await runOn(model, input), products };
	}

	function expected(): Float32Array {
		const out = new Float32Array(input.data.length);
		for (let row = 0; row < heads * tokens; row++) {
			const first = (row - (row % tokens)) * size;
			const at = (token: number, n: number) => input.data[first + token * size + n] ?? 0;
			const own = Array.from({ length: size }, (_, n) => input.data[row * size + n] ?? 0);
			const weights = Array.from({ length: tokens }, (_, token) =>
				Math.exp(own.reduce((sum, value, n) => sum + value * at(token, n), 0)),
			);
			const total = weights.reduce((sum, weight) => sum + weight, 0);
			for (let n = 0; n < size; n++) {
				out[row * size + n] = weights.reduce((sum, weight, token) => sum + (weight / total) * at(token, n), 0);
			}
		}
		return out;
	}

	it.each([
		["all heads at once", heads * tokens ** 2, 1],
		["head by head", heads * tokens ** 2 - 1, heads],
		["in two shares of rows", tokens ** 2 - 1, 2 * heads],
		["in shares of a row each", 1, tokens * heads],
	])("is the softmax of products, applied to values, %s", async (_, limit, count) => {
		const { found, products } = await mixed(limit);
		expect(products).toBe(count);
		expect(relativeDifference(found.data, expected())).toBeLessThan(2e-6);
	});
});

describe("exactThreads of a Primus", () => {
	const patch = [96, 160, 160];
	const net = (trainer: string) => parsePrimus(patch, { inputChannels: 1, heads: 2, trainer }, "plans.json");

	it("leaves nnU-Net's own networks alone", () => {
		for (const trainer of ["nnUNet_Primus_L_Trainer", "nnUNet_PrimusV2S_Trainer"])
			expect(exactThreads(net(trainer), patch, 16)).toBe(16);
	});

	it("looks at convolutions before the tokens", () => {
		const large = net("nnUNet_PrimusV3M_Trainer");
		if (large.embedding.kind === "linear") throw new Error("V3 convolves");
		const odd = { ...large, embedding: { ...large.embedding, features: [6, 10, 20, 31] }, patch: [24, 40, 56] };
		expect(exactThreads(odd, odd.patch, 4)).toBe(1);
	});
});
