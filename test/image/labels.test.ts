import { expect, it } from "vitest";
import { allocateLabels, labelDType, narrowest } from "../../src/image/labels.ts";

it("chooses uint8 below 255, uint16 up to 65535", () => {
	expect([0, 254, 255, 65535].map(labelDType)).toEqual(["uint8", "uint8", "uint16", "uint16"]);
	expect(allocateLabels(254, 3)).toEqual(new Uint8Array(3));
	expect(allocateLabels(255, 3)).toEqual(new Uint16Array(3));
});

it.each([65536, -1, 1.5, Number.NaN])("refuses label %s", (label) => {
	expect(() => labelDType(label)).toThrow(expect.objectContaining({ code: "MODEL" }));
});

it("narrows to 8 bits where the highest label found is below 255, as nnU-Net's writers do", () => {
	expect(narrowest(Uint16Array.of(0, 254))).toEqual(Uint8Array.of(0, 254));
	expect(narrowest(Uint16Array.of(0, 255))).toEqual(Uint16Array.of(0, 255));
	expect(narrowest(Uint16Array.of(0, 255), 255)).toEqual(Uint8Array.of(0, 255));
	expect(narrowest(Uint16Array.of(0, 256), 255)).toEqual(Uint16Array.of(0, 256));
	expect(narrowest(new Uint16Array(0))).toEqual(new Uint8Array(0));
});
