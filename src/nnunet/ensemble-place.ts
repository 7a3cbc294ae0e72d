/**
 * Where the labels of an ensemble lie: from the properties beside the probabilities, else from labels beside them.
 *
 * @module
 */
import { join } from "node:path";
import { type Shape, sameShape, shapeText, zyx } from "../core/shape.ts";
import { type LabelArray, labelArray } from "../image/labels.ts";
import { isStill, NO_TURN, turnAffine, turnArray, turnGeometry } from "../preprocess/reorient.ts";
import { volumeError } from "../volume/fault.ts";
import { formatOfName } from "../volume/formats.ts";
import { type CaseProperties, readCaseProperties } from "./case-properties.ts";
import { type LabelImage, labelsOf, openLabels, type Place, placeOf } from "./label-file.ts";
import { holds } from "./prediction-folder.ts";

/** What is known of a case's place; `beside` where it is that of a label file. */
export type FoundPlace = {
	readonly path: string;
	readonly properties: CaseProperties;
	readonly beside?: { readonly shape: Shape; readonly place: Place };
};

/** Formats whose files must say where they lie. */
const PLACED = ["nifti", "nrrd", "metaimage", "gipl"];

/**
 * Looks for the place of a case: ID.pkl of the first folder, where it lacks one that the format needs the labels
 * ID.ENDING of any of them. `className` is nnU-Net's reader and writer. @throws VOLUME where neither is there
 */
export async function findPlace(
	folders: readonly string[],
	id: string,
	ending: string,
	className?: string,
): Promise<FoundPlace> {
	const [first = ""] = folders;
	const path = join(first, `${id}.pkl`);
	const properties = (await holds(first, `${id}.pkl`)) ? await readCaseProperties(path) : { turn: NO_TURN };
	const needed = PLACED.includes(formatOfName(`${id}${ending}`) ?? "");
	if (properties.geometry !== undefined || properties.affine !== undefined) return { path, properties };
	if (!needed && properties.spacing !== undefined) return { path, properties };
	for (const folder of folders) {
		if (!(await holds(folder, `${id}${ending}`))) continue;
		const reader = await openLabels(join(folder, `${id}${ending}`));
		try {
			return { path, properties, beside: { shape: reader.info.shape, place: await placeOf(reader.info, className) } };
		} finally {
			await reader.close();
		}
	}
	if (!needed) return { path, properties };
	throw volumeError(
		path,
		`it does not say where the image lies (no "sitk_stuff" or "nibabel_stuff"), and no ${id}${ending} is beside it; put labels of the case there, or predict it again`,
	);
}

/** The labels (z, y, x) as they are written: turned back, without the first axis where the image is a single 2D one. */
export function caseImage(
	labels: LabelArray,
	shape: Shape,
	found: FoundPlace,
	{ dataset, reader }: { readonly dataset: { readonly file_ending: string }; readonly reader?: string },
): LabelImage {
	const { properties, beside, path } = found;
	if (beside !== undefined) return besideImage(labels, shape, beside, path);
	const { spacing, geometry, affine, turn } = properties;
	const format = formatOfName(`x${dataset.file_ending}`);
	const isFlat =
		geometry?.spacing.length === 2 || format === "png" || format === "bmp" || reader === "NaturalImage2DIO";
	if (isFlat && shape[0] !== 1) {
		throw volumeError(path, `expected a single image, as ${dataset.file_ending} holds it, found ${shapeText(shape)}`);
	}
	const base = spacing === undefined ? {} : { spacing };
	if (isStill(turn)) {
		const place = {
			...base,
			...(geometry === undefined ? {} : { geometry }),
			...(affine === undefined ? {} : { affine }),
		};
		return { labels, shape: isFlat ? shape.slice(1) : shape, place };
	}
	const turned = turnArray(labelArray(labels, shape), turn);
	const place = {
		...base,
		...(geometry === undefined ? {} : { geometry: turnGeometry(geometry, zyx(shape), turn) }),
		...(affine === undefined ? {} : { affine: turnAffine(affine, zyx(shape), turn) }),
	};
	return { labels: labelsOf(turned, path), shape: turned.shape, place };
}

function besideImage(
	labels: LabelArray,
	shape: Shape,
	beside: { shape: Shape; place: Place },
	path: string,
): LabelImage {
	const found = beside.shape.length === 2 && shape[0] === 1 ? shape.slice(1) : shape;
	if (sameShape(found, beside.shape)) return { labels, shape: found, place: beside.place };
	throw volumeError(
		path,
		`the labels beside it are ${shapeText(beside.shape)}, the probabilities ${shapeText(shape)}; were they turned? Predict the case again`,
	);
}
