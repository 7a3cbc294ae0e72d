import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emitOnnx } from "../../src/graph/emit.ts";
import { exactThreads } from "../../src/graph/threads.ts";
import type { UNet } from "../../src/model/spec.ts";
import { openInlineSession } from "../../src/runtime/ort.ts";
import { loadFixture } from "./fixtures.ts";

async function unetOf(name: string): Promise<UNet> {
	const { model } = await loadFixture(name);
	if (model.spec.architecture.kind === "primus") throw new Error(`${name} is no convolutional network`);
	return model.spec.architecture;
}

describe("exactThreads", () => {
	it("refuses two threads where a small convolution would be added up in other blocks", async () => {
		const plain = await unetOf("plain_3d_anisotropic");
		const net = { ...plain, features: plain.features.map(() => 30) };
		expect(exactThreads(net, [8, 8, 8], 8)).toBe(1);
	});

	it("leaves 2D networks of whole channel blocks alone", async () => {
		const net = { ...(await unetOf("plain_2d")), features: [32, 64, 128], inputChannels: 1 };
		expect(exactThreads(net, [384, 512], 16)).toBe(16);
	});

	it("never exceeds what is wanted and grows with it", async () => {
		const { model } = await loadFixture("plain_3d_anisotropic");
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 32 }), fc.integer({ min: 1, max: 8 }), (wanted, scale) => {
				const patch = model.spec.patch.map((extent) => extent * scale);
				const threads = exactThreads(model.spec.architecture, patch, wanted);
				expect(threads).toBeGreaterThanOrEqual(1);
				expect(threads).toBeLessThanOrEqual(wanted);
				expect(exactThreads(model.spec.architecture, patch, threads)).toBe(threads);
			}),
		);
	});

	it("stays with one thread where threads' shares end in other functions than they begin", async () => {
		const { model } = await loadFixture("residual_decoder_2d");
		expect(exactThreads(model.spec.architecture, model.spec.patch, 8)).toBe(1);
	});

	it.each([
		...["plain_3d_anisotropic", "residual_3d_batch_norm", "plain_2d", "residual_2d", "bottleneck_2d", "bottleneck_3d"],
		...["residual_decoder_3d", "max_pool_3d", "squeeze_max_pool_2d", "squeeze_3d", "tracked_instances_2d"],
	])("allows only numbers of threads that keep every bit of %s", async (name) => {
		const { model, weights, input } = await loadFixture(name);
		const { architecture, patch } = model.spec;
		const onnx = emitOnnx(architecture, weights, { patch, form: "cpu" });
		const results: Float32Array[] = [];
		for (let threads = 1; threads <= exactThreads(architecture, patch, 4); threads++) {
			const session = await openInlineSession(onnx, { device: { kind: "cpu" }, threads });
			const half = { data: input.data.slice(0, input.data.length / 2), shape: [1, ...input.shape.slice(1)] };
			results.push((await session.run(half)).data);
			await session.close();
		}
		expect(results.length).toBeGreaterThan(1);
		for (const result of results) expect(result).toEqual(results[0]);
	});
});
