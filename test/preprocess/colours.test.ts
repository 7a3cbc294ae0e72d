import { describe, expect, it } from "vitest";
import { ndarray } from "../../src/core/array.ts";
import { fitColours } from "../../src/preprocess/colours.ts";

const image = (...channels: readonly (readonly [number, number])[]) =>
	ndarray("uint8", [channels.length, 1, 1, 2], Uint8Array.from(channels.flat()));

describe("fitColours", () => {
	it("leaves what fits, and what is no colour image", () => {
		const grey = image([1, 2]);
		expect(fitColours(grey, 1, true, "a.png")).toEqual({ array: grey });
		const stack = image([1, 2], [1, 2], [1, 2]);
		expect(fitColours(stack, 1, false, "a.h5")).toEqual({ array: stack });
	});

	it("drops an opaque alpha channel, and says so", () => {
		const { array, note } = fitColours(image([1, 2], [3, 4], [5, 6], [255, 255]), 3, true, "dir/a.png");
		expect(array).toEqual(image([1, 2], [3, 4], [5, 6]));
		expect(note).toMatch(/^a\.png: .*alpha/);
		expect(fitColours(image([1, 2], [255, 255]), 1, true, "a.png").array).toEqual(image([1, 2]));
	});

	it("keeps an alpha channel that hides something", () => {
		const array = image([1, 2], [1, 2], [1, 2], [255, 254]);
		expect(fitColours(array, 3, true, "a.png")).toEqual({ array });
		expect(fitColours(array, 1, true, "a.png")).toEqual({ array });
	});

	it("takes one of equal colours, never one of different ones", () => {
		expect(fitColours(image([1, 2], [1, 2], [1, 2]), 1, true, "a.png").array).toEqual(image([1, 2]));
		expect(fitColours(image([1, 2], [1, 2], [1, 2], [255, 255]), 1, true, "a.png").array).toEqual(image([1, 2]));
		const coloured = image([1, 2], [1, 2], [1, 3]);
		expect(fitColours(coloured, 1, true, "a.png")).toEqual({ array: coloured });
		expect(fitColours(coloured, 2, true, "a.png")).toEqual({ array: coloured });
	});

	it("knows opaque in 16 bits too", () => {
		const array = ndarray("uint16", [2, 1, 1, 2], Uint16Array.of(1, 2, 65535, 65535));
		expect(fitColours(array, 1, true, "a.png").array.data).toEqual(Uint16Array.of(1, 2));
		const thin = ndarray("uint16", [2, 1, 1, 2], Uint16Array.of(1, 2, 65535, 255));
		expect(fitColours(thin, 1, true, "a.png")).toEqual({ array: thin });
	});
});
