/**
 * What nnU-Net keeps of a case beside its probabilities, so that its ensemble command can write the result.
 *
 * Only the entries that its writers read have to be right; nothing is cropped from the probabilities saved here, so the
 * box is the whole image.
 *
 * @module
 */
import { type Affine, plainGeometry } from "../core/geometry.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { Image } from "../preprocess/image.ts";
import type { ReaderProperties } from "../preprocess/placement.ts";
import { PLAIN_SPACING } from "../preprocess/spacing.ts";
import { type Pickled, PickleTuple } from "../volume/npz/pkl.ts";

/** The properties of `image`, whose results are those of `spec`. Shapes are those after transposition, as nnU-Net has them. */
export function propertiesOf(image: Image, spec: ModelSpec): Readonly<Record<string, Pickled>> {
	const spacing = image.spacing ?? (image.rank === 2 ? PLAIN_SPACING : [1, 1, 1]);
	const shape = spec.transposeForward.map((axis) => image.shape[axis] ?? 1);
	return {
		...stuffOf(image.placement.properties, spec.reader, spacing, image.rank),
		spacing,
		shape_before_cropping: new PickleTuple(shape),
		bbox_used_for_cropping: shape.map((extent) => [0, extent]),
		shape_after_cropping_and_before_resampling: new PickleTuple(shape),
	};
}

/** The entry that the writer of the model's class needs, also where the file was of a format that has no place. */
function stuffOf(
	properties: ReaderProperties,
	reader: string,
	spacing: readonly number[],
	rank: 2 | 3,
): Readonly<Record<string, Pickled>> {
	if (properties.kind === "nibabel") {
		const { original, reoriented } = properties;
		const stuff = { original_affine: matrix(original) };
		return {
			nibabel_stuff: reoriented === undefined ? stuff : { ...stuff, reoriented_affine: matrix(reoriented) },
		};
	}
	if (properties.kind === "sitk") {
		const { geometry, orientation } = properties;
		const stuff = {
			spacing: new PickleTuple(geometry.spacing),
			origin: new PickleTuple(geometry.origin),
			direction: new PickleTuple(geometry.direction),
		};
		return { sitk_stuff: orientation === undefined ? stuff : { ...stuff, original_orientation: orientation } };
	}
	if (reader.startsWith("SimpleITK")) {
		const geometry = plainGeometry(rank, spacing);
		const orientation = reader.endsWith("WithReorient") ? { orientation: "LPS" } : {};
		return stuffOf({ kind: "sitk", geometry, ...orientation }, reader, spacing, rank);
	}
	if (reader.startsWith("Nibabel")) {
		const [z = 1, y = 1, x = 1] = spacing;
		const affine = [x, 0, 0, 0, 0, y, 0, 0, 0, 0, z, 0, 0, 0, 0, 1];
		const reoriented = reader.endsWith("WithReorient") ? { reoriented: affine } : {};
		return stuffOf({ kind: "nibabel", original: affine, ...reoriented }, reader, spacing, rank);
	}
	return {};
}

function matrix(affine: Affine): readonly (readonly number[])[] {
	return [0, 4, 8, 12].map((at) => affine.slice(at, at + 4));
}
