import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { bytesOf } from "../../src/core/array.ts";
import { activate } from "../../src/graph/activation.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { encodeModel } from "../../src/graph/onnx-proto.ts";
import { parseActivation } from "../../src/model/activation.ts";
import { openInlineSession } from "../../src/runtime/ort.ts";
import { GRAPH_FIXTURES, relativeDifference } from "./fixtures.ts";

const fixture = z.object({ class: z.string(), kwargs: z.unknown(), output: z.array(z.number()) });
const file = z
	.object({ input: z.array(z.number()) })
	.catchall(fixture)
	.parse(JSON.parse(readFileSync(join(GRAPH_FIXTURES, "activations.json"), "utf8")));
const { input, ...cases } = file;

/** The activation of `values` by a graph of nothing else. */
async function compute(name: string | undefined, kwargs: unknown, values: readonly number[]): Promise<Float32Array> {
	const g = new GraphBuilder(new Map());
	const x = { name: "input", channels: 1, space: [1, values.length] };
	const y = activate(g, x, "activated", parseActivation(name, kwargs, "plans.json"));
	if (y === x) return Float32Array.from(values);
	const shape = [1, 1, 1, values.length];
	const tensors = [...g.parameters].map(([at, array]) => ({
		...{ name: at, shape: array.shape, location: "", offset: 0, length: array.data.byteLength },
	}));
	const graph = encodeModel(
		{ name: "g", nodes: g.nodes, tensors, inputs: [{ name: "input", shape }], outputs: [{ name: y.name, shape }] },
		(tensor) => bytesOf(g.parameters.get(tensor.name) ?? { dtype: "float32", shape: [0], data: new Float32Array(0) }),
	);
	const session = await openInlineSession(
		{ graph, weights: [], input: "input", outputs: [y.name] },
		{ device: { kind: "cpu" }, threads: 1 },
	);
	try {
		return (await session.run({ data: Float32Array.from(values), shape })).data;
	} finally {
		await session.close();
	}
}

describe("activate", () => {
	it.each(Object.entries(cases))("gives torch's numbers: %s", async (_, { class: name, kwargs, output }) => {
		const found = await compute(name, kwargs, input);
		expect(relativeDifference(found, Float32Array.from(output))).toBeLessThan(2e-7);
		expect(found.every((value, n) => Math.abs(value - (output[n] ?? 0)) < 1e-6 + 1e-6 * Math.abs(output[n] ?? 0))).toBe(
			true,
		);
	});

	it("covers every class that plans may name, but for PReLU, which a network has", async () => {
		const names = Object.values(cases).map(({ class: name }) => name.replace("torch.nn.", ""));
		const supported = await compute("Nothing", {}, []).then(String, String);
		const listed = supported.replace(/.*supported are /, "").split(", ");
		expect(new Set([...names, "PReLU"])).toEqual(new Set(listed));
	});
});
