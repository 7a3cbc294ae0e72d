import { describe, expect, it } from "vitest";
import { ndarray } from "../../src/core/array.ts";
import { toFloat32 } from "../../src/image/cast.ts";
import { readImage } from "../../src/preprocess/image.ts";
import { testFolder } from "../folder.ts";
import { modelSpec } from "../model-spec.ts";
import { expectSame } from "../volume/conformance.ts";
import { decoded, READER_CASES, writeFiles } from "./reader-cases.ts";

const near = (found: readonly number[] | undefined, wanted: readonly number[] | undefined, digits: number) => {
	expect(found?.length).toBe(wanted?.length);
	for (const [n, value] of (wanted ?? []).entries()) {
		if (Math.abs((found?.[n] ?? Number.NaN) - value) > digits * Math.max(1, Math.abs(value)))
			expect(found).toEqual(wanted);
	}
};

describe("images as nnU-Net's reader classes give them (test/fixtures/readers/make.py)", () => {
	it("covers all six classes", () => {
		expect(new Set(READER_CASES.map(({ reader }) => reader)).size).toBe(6);
		expect(READER_CASES.length).toBeGreaterThan(200);
	});

	for (const one of READER_CASES) {
		it(`${one.reader} ${one.ending}: ${one.name}`, async () => {
			const channels = Array.from({ length: one.shape[0] ?? 1 }, (_, n) => String(n));
			const dimensions = one.shape[1] === 1 ? 2 : 3;
			const spec = modelSpec({ reader: one.reader, channels, dimensions });
			const image = await readImage(writeFiles(one, testFolder()), spec);
			expectSame(toFloat32(image.array), ndarray("float32", one.shape, decoded("float32", one.values)));
			near(image.spacing, one.spacing, 0);
			const { properties } = image.placement;
			if (one.sitk !== undefined) {
				if (properties.kind !== "sitk") throw new Error(properties.kind);
				const n = Math.min(3, one.sitk.spacing.length);
				near(properties.geometry.spacing, one.sitk.spacing.slice(0, n), 0);
				near(properties.geometry.origin, one.sitk.origin.slice(0, n), 1e-15);
				if (one.sitk.spacing.length < 4) near(properties.geometry.direction, one.sitk.direction, 1e-15);
				expect(properties.orientation).toBe(one.sitk.original_orientation);
			}
			if (one.nibabel !== undefined) {
				if (properties.kind !== "nibabel") throw new Error(properties.kind);
				near(properties.original, one.nibabel.original_affine, 0);
				near(properties.reoriented, one.nibabel.reoriented_affine, 1e-15);
			}
		});
	}
});
