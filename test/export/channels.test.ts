import { describe, expect, it } from "vitest";
import { castChannels, cleanBinary } from "../../src/export/channels.ts";

/** A picture as numbers: `#` is 0.9, `+` is 0.5, anything else 0.1. */
const picture = (...lines: readonly string[]) =>
	Float32Array.from([...lines.join("")], (letter) => (letter === "#" ? 0.9 : letter === "+" ? 0.5 : 0.1));
const mask = (...lines: readonly string[]) =>
	Float32Array.from([...lines.join("")], (letter) => (letter === "#" ? 1 : 0));

describe("cleanBinary", () => {
	it("is 1 above the threshold, not at it", () => {
		const values = picture("#+.");
		cleanBinary(values, [1, 1, 3], { threshold: 0.5, removeSmall: 0, fillHoles: false });
		expect(values).toEqual(mask("#.."));
	});

	it("removes objects smaller than so many voxels, before holes are filled", () => {
		const values = picture("####.", "#.#.#", "####.", ".....");
		cleanBinary(values, [1, 4, 5], { threshold: 0.5, removeSmall: 3, fillHoles: true });
		expect(values).toEqual(mask("####.", "###..", "####.", "....."));
	});

	it("fills a hole of a section as in 2D, and of a stack as in 3D", () => {
		const ring = ["###", "#.#", "###"];
		const section = picture(...ring);
		cleanBinary(section, [1, 3, 3], { threshold: 0.5, removeSmall: 0, fillHoles: true });
		expect(section).toEqual(mask("###", "###", "###"));
		const tube = picture(...ring, ...ring);
		cleanBinary(tube, [2, 3, 3], { threshold: 0.5, removeSmall: 0, fillHoles: true });
		expect(tube, "open at both ends").toEqual(mask(...ring, ...ring));
	});

	it("counts objects through sections", () => {
		const values = picture("#.", ".#", "#.", "..");
		cleanBinary(values, [2, 2, 2], { threshold: 0.5, removeSmall: 2, fillHoles: false });
		expect(values).toEqual(mask("#.", "..", "#.", ".."));
	});
});

describe("castChannels", () => {
	it("scales, rounds half to even and clamps", () => {
		const values = Float32Array.of(0, 0.5, 1, 1.5, 2.5, 300, -1);
		expect(castChannels(values, [7], undefined, "uint8").data).toEqual(Uint8Array.of(0, 0, 1, 2, 2, 255, 0));
		expect(castChannels(Float32Array.of(0, 0.5, 1), [3], 255, "uint8").data).toEqual(Uint8Array.of(0, 128, 255));
		expect(castChannels(Float32Array.of(-1.5, 0.5), [2], 2, "int16").data).toEqual(Int16Array.of(-3, 1));
	});

	it("only scales float32", () => {
		const values = Float32Array.of(0.25, 1);
		expect(castChannels(values, [2], undefined, "float32").data).toBe(values);
		expect(castChannels(values, [2], 2, "float32")).toEqual({
			dtype: "float32",
			shape: [2],
			data: Float32Array.of(0.5, 2),
		});
	});
});
