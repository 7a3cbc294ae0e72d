import { expect, it } from "vitest";
import { threshold } from "../../src/image/threshold.ts";

it("takes what is above the limit, not what is at it", () => {
	const data = Float32Array.of(0.4, 0.5, 0.50001, 1, Number.NaN);
	expect(threshold(data, 0.5)).toEqual(Uint8Array.of(0, 0, 1, 1, 0));
	expect(threshold(data, 0)).toEqual(Uint8Array.of(1, 1, 1, 1, 0));
});
