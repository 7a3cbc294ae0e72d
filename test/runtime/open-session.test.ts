import type { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import { emitOnnx } from "../../src/graph/emit.ts";
import { openSession } from "../../src/runtime/open-session.ts";
import { openInlineSession } from "../../src/runtime/ort.ts";
import type { OnnxModel, Session } from "../../src/runtime/session.ts";
import { loadFixture } from "../graph/fixtures.ts";
import { oneNode } from "./identity.ts";

const OPTIONS = { device: { kind: "cpu" }, threads: 1 } as const;
const open: Session[] = [];
afterEach(async () => {
	for (const session of open.splice(0)) await session.close();
});

async function opened(model: OnnxModel): Promise<Session> {
	const session = await openSession(model, OPTIONS);
	open.push(session);
	return session;
}

describe("openSession", () => {
	it("gives the bits of a session on the calling thread", async () => {
		const { model, weights, input } = await loadFixture("plain_2d");
		const onnx = emitOnnx(model.spec.architecture, weights, { patch: model.spec.patch });
		const inline = await openInlineSession(onnx, OPTIONS);
		const expected = await inline.run({ data: input.data.slice(), shape: input.shape });
		await inline.close();
		const session = await opened(onnx);
		const found = await session.run({ data: input.data.slice(), shape: input.shape });
		expect(found.shape).toEqual(expected.shape);
		expect(found.data).toEqual(expected.data);
	});

	it("answers calls in their order and takes the input's buffer away", async () => {
		const session = await opened(oneNode("Relu"));
		const inputs = [-1, 2, 3].map((value) => ({ data: new Float32Array(4).fill(value), shape: [1, 1, 2, 2] }));
		const outputs = await Promise.all(inputs.map((input) => session.run(input)));
		expect(outputs.map(({ data }) => [...data])).toEqual([0, 2, 3].map((value) => [value, value, value, value]));
		expect(inputs.map(({ data }) => data.length)).toEqual([0, 0, 0]);
	});

	it("names both shapes where the input does not fit", async () => {
		const session = await opened(oneNode("Relu"));
		const wrong = session.run({ data: new Float32Array(9), shape: [1, 1, 3, 3] });
		await expect(wrong).rejects.toMatchObject({
			code: "RUNTIME",
			message: expect.stringMatching(/takes float32 batchx1x2x2, found 1x1x3x3/),
		});
		const short = session.run({ data: new Float32Array(3), shape: [1, 1, 2, 2] });
		await expect(short).rejects.toMatchObject({
			code: "RUNTIME",
			message: expect.stringMatching(/needs 4 elements, found 3/),
		});
		const fits = await session.run({ data: new Float32Array(4), shape: [1, 1, 2, 2] });
		expect([...fits.data]).toEqual([0, 0, 0, 0]);
	});

	it("refuses NaN and infinite outputs, and goes on", async () => {
		const session = await opened(oneNode("Log"));
		const run = (...data: number[]) => session.run({ data: Float32Array.from(data), shape: [1, 1, 2, 2] });
		await expect(run(1, 1, 0, 1)).rejects.toMatchObject({
			code: "RUNTIME",
			message: expect.stringMatching(/non-finite logits.*-Infinity at entry 2 of 4/),
		});
		await expect(run(1, -1, 1, 1)).rejects.toThrow(/NaN at entry 1/);
		expect([...(await run(1, 1, 1, 1)).data]).toEqual([0, 0, 0, 0]);
	});

	it("says that a damaged graph cannot be loaded", async () => {
		const damaged = { ...oneNode("Relu"), graph: new Uint8Array([1, 2, 3]) };
		await expect(openSession(damaged, OPTIONS)).rejects.toMatchObject({
			code: "RUNTIME",
			message: expect.stringMatching(/loading the network on cpu failed/),
		});
		await expect(openSession(oneNode("NoSuchOperator"), OPTIONS)).rejects.toThrow(/NoSuchOperator/);
	});

	it("rejects what is pending and what comes where its thread dies", async () => {
		const workers: Worker[] = [];
		process.once("worker", (worker: Worker) => workers.push(worker));
		const session = await opened(oneNode("Relu"));
		const input = () => ({ data: new Float32Array(4), shape: [1, 1, 2, 2] });
		// so many that the thread cannot have answered them all before it ends
		const pending = Promise.allSettled(Array.from({ length: 2000 }, () => session.run(input())));
		const ended = workers[0]?.terminate();
		const last = (await pending).at(-1);
		expect(last).toMatchObject({ status: "rejected" });
		expect(last?.status === "rejected" ? last.reason : undefined).toMatchObject({
			code: "RUNTIME",
			message: expect.stringMatching(/thread that runs the network on cpu died/),
		});
		await ended;
		await expect(session.run(input())).rejects.toMatchObject({ code: "RUNTIME" });
	});

	it("refuses calls after it was closed; closing twice is harmless", async () => {
		const session = await openSession(oneNode("Relu"), OPTIONS);
		const pending = expect(session.run({ data: new Float32Array(4), shape: [1, 1, 2, 2] })).rejects.toThrow(/closed/);
		await session.close();
		await session.close();
		await pending;
		await expect(session.run({ data: new Float32Array(4), shape: [1, 1, 2, 2] })).rejects.toThrow(/closed/);
	});
});

describe("openInlineSession", () => {
	it("refuses calls after it was closed", async () => {
		const session = await openInlineSession(oneNode("Relu"), OPTIONS);
		await session.close();
		await expect(session.run({ data: new Float32Array(4), shape: [1, 1, 2, 2] })).rejects.toThrow(/closed/);
	});
});
