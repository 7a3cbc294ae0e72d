import { describe, expect, it } from "vitest";
import { decide, type KnownSide } from "../../src/score/compare.ts";

const side = (isWide: boolean, ...ids: number[]): KnownSide => ({ ids: new Set(ids.map(BigInt)), isWide });
const narrow = (...ids: number[]) => side(false, ...ids);
const wide = (...ids: number[]) => side(true, ...ids);

describe("what is compared", () => {
	it.each([
		["classes", narrow(1, 2), narrow(1, 2, 3), undefined, "classes", 0],
		["a class of several", narrow(1, 2), narrow(1), undefined, "classes", 0],
		["masks of different values", narrow(1), narrow(255), undefined, "foreground", 0],
		["masks", narrow(1), narrow(1), undefined, "foreground", 0],
		["masks, known as such", narrow(1), narrow(), "mask", "foreground", 0],
		["objects", narrow(1, 2), wide(7, 8), undefined, "instances", 0],
		["objects in few bits, known as such", narrow(1, 2), narrow(1, 2, 3), "objects", "instances", 0],
		["no object found", narrow(1, 2), wide(), undefined, "instances", 0],
		["labels of 64 bits", wide(1, 2, 3), narrow(1, 2), undefined, "instances", 0],
		["a mask against objects", narrow(1, 2, 3), narrow(255), undefined, "foreground", 1],
		["a mask against objects that hold its value", narrow(1, 2, 3), narrow(1), "mask", "foreground", 1],
		["a mask against wide objects", wide(1, 2, 3), narrow(1), undefined, "foreground", 1],
		["objects against a mask", narrow(1), wide(1, 2, 3), undefined, "foreground", 1],
	] as const)("%s", (_, labels, predictions, predicted, comparison, notes) => {
		const found = decide("auto", labels, predictions, predicted);
		expect([found.comparison, found.notes.length]).toEqual([comparison, notes]);
	});

	it("what is asked for is done; masks asked for as objects are told", () => {
		expect(decide("classes", wide(1, 2), wide(3))).toEqual({ comparison: "classes", notes: [] });
		expect(decide("instances", narrow(1), narrow(5, 6))).toEqual({
			comparison: "instances",
			notes: [expect.stringMatching(/^all labels hold one value, .* --components label /)],
		});
	});
});
