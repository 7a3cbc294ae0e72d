import { describe, expect, it } from "vitest";
import { zeros } from "../../src/core/array.ts";
import { imageOfArray } from "../../src/preprocess/image.ts";
import { propertiesOf } from "../../src/run/case-properties.ts";
import { PickleTuple } from "../../src/volume/npz/pkl.ts";
import { modelSpec } from "../model-spec.ts";

const image = imageOfArray(zeros("uint8", [1, 2, 3, 4]), 3, [5, 2, 1]);
const tuple = (...items: number[]) => new PickleTuple(items);

describe("the properties of a case", () => {
	it("are told after transposition, the box being the whole", () => {
		const spec = modelSpec({ transposeForward: [1, 0, 2], transposeBackward: [1, 0, 2] });
		expect(propertiesOf(image, spec)).toEqual({
			spacing: [5, 2, 1],
			shape_before_cropping: tuple(3, 2, 4),
			bbox_used_for_cropping: [
				[0, 3],
				[0, 2],
				[0, 4],
			],
			shape_after_cropping_and_before_resampling: tuple(3, 2, 4),
		});
	});

	it("have what the writer of the model's class needs, also where the file had no place", () => {
		const of = (reader: string) => propertiesOf(image, modelSpec({ reader }));
		const sitk = { spacing: tuple(1, 2, 5), origin: tuple(0, 0, 0), direction: tuple(1, 0, 0, 0, 1, 0, 0, 0, 1) };
		expect(of("SimpleITKIO")["sitk_stuff"]).toEqual(sitk);
		expect(of("SimpleITKIOWithReorient")["sitk_stuff"]).toEqual({ ...sitk, original_orientation: "LPS" });
		const affine = [
			[1, 0, 0, 0],
			[0, 2, 0, 0],
			[0, 0, 5, 0],
			[0, 0, 0, 1],
		];
		expect(of("NibabelIO")["nibabel_stuff"]).toEqual({ original_affine: affine });
		expect(of("NibabelIOWithReorient")["nibabel_stuff"]).toEqual({
			original_affine: affine,
			reoriented_affine: affine,
		});
	});
});
