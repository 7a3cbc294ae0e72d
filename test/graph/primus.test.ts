import { describe, expect, it } from "vitest";
import { emitOnnx } from "../../src/graph/emit.ts";
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
		const found = await runOn(emitOnnx(net, weights, { form, patch: net.patch }), input);
		expect(found.shape).toEqual(logits.shape);
		expect(relativeDifference(found.data, logits.data)).toBeLessThan(1e-5);
	});
});
