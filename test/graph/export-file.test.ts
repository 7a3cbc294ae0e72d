import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exportOnnx } from "../../src/graph/export-file.ts";
import { openInlineSession } from "../../src/runtime/ort.ts";
import type { OnnxModel } from "../../src/runtime/session.ts";
import { loadFixture, relativeDifference } from "./fixtures.ts";

let folder = "";
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), "nnvol-export-"));
});
afterEach(async () => {
	await rm(folder, { recursive: true });
});

async function check(model: OnnxModel): Promise<void> {
	const { input, logits } = await loadFixture("residual_2d");
	const session = await openInlineSession(model, { device: { kind: "cpu" }, threads: 1 });
	const found = await session.run(input);
	await session.close();
	expect(relativeDifference(found.data, logits[0]?.data ?? new Float32Array(0))).toBeLessThan(2e-6);
}

describe("exportOnnx", () => {
	it("writes one file that holds the weights where they are small", async () => {
		const { model, weights } = await loadFixture("residual_2d");
		const path = join(folder, "net.onnx");
		expect(await exportOnnx(path, model.spec.architecture, weights, { patch: model.spec.patch })).toEqual([path]);
		expect(await readdir(folder)).toEqual(["net.onnx"]);
		await check({ graph: await readFile(path), weights: [], input: "input", outputs: ["logits"] });
	});

	it("writes the weights beside the graph where they are large", async () => {
		const { model, weights } = await loadFixture("residual_2d");
		const path = join(folder, "net.onnx");
		expect(await exportOnnx(path, model.spec.architecture, weights, { embed: 0 })).toEqual([path, `${path}.data`]);
		expect(await readdir(folder)).toEqual(["net.onnx", "net.onnx.data"]);
		const data = await readFile(`${path}.data`);
		await check({
			graph: await readFile(path),
			weights: [{ path: "net.onnx.data", data }],
			input: "input",
			outputs: ["logits"],
		});
	});

	it("names the file that cannot be written and leaves nothing behind", async () => {
		const { model, weights } = await loadFixture("residual_2d");
		const path = join(folder, "missing", "net.onnx");
		await expect(exportOnnx(path, model.spec.architecture, weights)).rejects.toThrow(`${path} cannot be written`);
		expect(await readdir(folder)).toEqual([]);
	});
});
