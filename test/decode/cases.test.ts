import { describe, expect, it } from "vitest";
import { decodeArray } from "../../src/decode/decode-array.ts";
import { parseDecoding } from "../../src/decode/step.ts";
import { DECODE_CASES, decodeInput, expectedLabels } from "./fixture.ts";

const named = DECODE_CASES.map((one) => ({
	...one,
	title: `${one.steps.map(({ name, kwargs }) => `${name} ${JSON.stringify(kwargs)}`).join(", ")} on ${one.input}${one.sectionwise ? " by section" : ""}`,
}));

describe("decoding as Python's libraries do", () => {
	it.each(named)("$title", ({ input, steps, sectionwise, labels, count }) => {
		const { spacing, ...values } = decodeInput(input);
		const before = values.data.slice();
		const found = decodeArray(values, parseDecoding(steps), { spacing, sectionwise });
		expect(found.count).toBe(count);
		const expected = expectedLabels(labels);
		const differing = found.labels.reduce((sum, id, i) => sum + Number(id !== expected[i]), 0);
		expect(differing).toBe(0);
		expect(values.data).toEqual(before);
	});
});
