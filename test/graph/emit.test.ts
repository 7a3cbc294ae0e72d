import { describe, expect, it } from "vitest";
import { sizeOf } from "../../src/core/shape.ts";
import { emitOnnx } from "../../src/graph/emit.ts";
import { exactThreads } from "../../src/graph/threads.ts";
import { parametersOf } from "../../src/model/parameters.ts";
import type { Architecture, Weights } from "../../src/model/spec.ts";
import { openInlineSession } from "../../src/runtime/ort.ts";
import type { OnnxModel, Tensor } from "../../src/runtime/session.ts";
import { FIXTURE_NAMES, loadFixture, relativeDifference } from "./fixtures.ts";

async function runOn(model: OnnxModel, input: Tensor, threads = 2): Promise<Tensor> {
	const session = await openInlineSession(model, { device: { kind: "cpu" }, threads });
	try {
		return await session.run({ data: input.data.slice(), shape: input.shape });
	} finally {
		await session.close();
	}
}

/** Sample `index` of a batch. */
function sample({ data, shape }: Tensor, index: number): Tensor {
	const size = data.length / (shape[0] ?? 1);
	return { data: data.slice(index * size, (index + 1) * size), shape: [1, ...shape.slice(1)] };
}

describe.each(FIXTURE_NAMES)("emitted network %s", (name) => {
	it.each(["any", "cpu"] as const)(
		"gives PyTorch's logits at every level of deep supervision, form %s",
		async (form) => {
			const { model, weights, input, logits } = await loadFixture(name);
			const { architecture, patch } = model.spec;
			const onnx = emitOnnx(architecture, weights, { deepSupervision: true, patch, form });
			expect(onnx.outputs).toEqual(logits.map((_, level) => (level === 0 ? "logits" : `logits_${level}`)));
			for (const [level, expected] of logits.entries()) {
				const found = await runOn({ ...onnx, outputs: onnx.outputs.slice(level) }, input);
				expect(found.shape).toEqual(expected.shape);
				expect(relativeDifference(found.data, expected.data)).toBeLessThan(2e-6);
			}
		},
	);

	it("has one output without deep supervision, and takes any patch where none is fixed", async () => {
		const { model, weights, input, logits } = await loadFixture(name);
		const onnx = emitOnnx(model.spec.architecture, weights);
		expect(onnx.outputs).toEqual(["logits"]);
		const found = await runOn(onnx, input);
		expect(relativeDifference(found.data, logits[0]?.data ?? new Float32Array(0))).toBeLessThan(2e-6);
	});

	it.each(["any", "cpu"] as const)(
		"gives the same bits for a sample alone and in a batch, with one thread and with as many as are exact, form %s",
		async (form) => {
			const { model, weights, input } = await loadFixture(name);
			const onnx = emitOnnx(model.spec.architecture, weights, { patch: model.spec.patch, form });
			const batch = await runOn(onnx, input);
			// the rule of exact threads is for the form that processors run
			const shared = form === "cpu" ? exactThreads(model.spec.architecture, model.spec.patch, 2) : 1;
			for (const threads of [1, shared]) {
				for (const index of [0, 1]) {
					const alone = await runOn(onnx, sample(input, index), threads);
					expect(alone.data).toEqual(sample(batch, index).data);
				}
			}
		},
	);
});

const TINY: Architecture = {
	kind: "plain_conv_unet",
	dimensions: 2,
	inputChannels: 1,
	heads: 2,
	features: [2, 2],
	kernels: [
		[3, 3],
		[3, 3],
	],
	strides: [
		[1, 1],
		[2, 2],
	],
	encoderConvs: [1, 1],
	decoderConvs: [1],
	convBias: false,
	norm: { kind: "instance", epsilon: 1e-5, affine: true },
	activation: { kind: "none" },
	activationFirst: false,
};

describe("emitOnnx", () => {
	it("refuses a patch that the strides do not divide, naming the place", () => {
		const weights = parametersFilled(TINY, 1);
		expect(() => emitOnnx(TINY, weights, { patch: [5, 4] })).toThrow(
			/decoder\.concat\.0: 6x4 meets 5x4; the patch size/,
		);
	});

	it("refuses a network whose output is smaller than its patch", () => {
		const strided: Architecture = {
			...TINY,
			strides: [
				[2, 2],
				[2, 2],
			],
		};
		expect(() => emitOnnx(strided, parametersFilled(strided, 1), { patch: [8, 8] })).toThrow(/patch of 8x8 into 4x4/);
	});

	it("refuses missing and misshapen parameters", () => {
		const weights = new Map(parametersFilled(TINY, 1));
		weights.delete("decoder.seg_layers.0.bias");
		expect(() => emitOnnx(TINY, weights)).toThrow(/needs the parameter decoder\.seg_layers\.0\.bias/);
		weights.set("decoder.seg_layers.0.bias", { dtype: "float32", shape: [3], data: new Float32Array(3) });
		expect(() => emitOnnx(TINY, weights)).toThrow(/decoder\.seg_layers\.0\.bias: expected the shape 2, found 3/);
	});

	it("gives the shift of the norm where only one voxel is left to normalise", async () => {
		// All weights 1 and inputs 1: the deepest stage has one voxel, whose norm is 0 * 1 + 1.
		const onnx = emitOnnx(TINY, parametersFilled(TINY, 1), { patch: [2, 2] });
		const found = await runOn(onnx, { data: new Float32Array(4).fill(7), shape: [1, 1, 2, 2] });
		expect([...found.data].every(Number.isFinite)).toBe(true);
	});
});

function parametersFilled(net: Architecture, value: number): Weights {
	return new Map(
		parametersOf(net).map(({ name, shape }) => [
			name,
			{ dtype: "float32", shape, data: new Float32Array(sizeOf(shape)).fill(value) },
		]),
	);
}
