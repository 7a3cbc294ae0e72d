/**
 * Distance, watershed, morphology and median beside edt, scipy and scikit-image.
 *
 * @module
 */
import { distance, distanceLabels } from "../../src/image/distance.ts";
import { median } from "../../src/image/median.ts";
import { close, erode, open } from "../../src/image/morphology.ts";
import { watershed } from "../../src/image/watershed.ts";
import type { KernelEntry, Scene } from "./kernels-entry.ts";

/** From where on `gray` belongs to the middle of a cell. */
const BRIGHT = 170;

const SPACINGS = [
	[1, 1, 1],
	[40, 4, 4],
] as const;

/** An entry whose results have to be the same. */
function entry(name: string, beside: string, python: string, ours: KernelEntry["ours"], target?: number): KernelEntry {
	return { name, beside, ours, python, reference: python, ...(target === undefined ? {} : { target }) };
}

function flooded({ gray, cells, mask, shape }: Scene): Uint32Array {
	const heights = Float32Array.from(gray, (value) => -value);
	const markers = cells.map((label, i) => ((gray[i] ?? 0) > BRIGHT ? label : 0));
	return watershed(heights, markers, shape, { mask });
}

export const DISTANCE_ENTRIES: readonly KernelEntry[] = [
	...SPACINGS.map((spacing) =>
		entry(
			`distance, voxels of ${spacing.join("x")}`,
			"edt (1 thread)",
			`edt.edt(mask, anisotropy=(${spacing}), black_border=True, parallel=1)`,
			({ mask, shape }) => distance(mask, shape, spacing, "background"),
			1,
		),
	),
	entry(
		"distance within labels",
		"edt (1 thread)",
		"edt.edt(cells, anisotropy=(1, 1, 1), black_border=True, parallel=1)",
		({ cells, shape }) => distanceLabels(cells, shape, [1, 1, 1], "background"),
		1,
	),
	entry(
		"watershed within a mask",
		"scikit-image",
		`skimage.segmentation.watershed(-gray.astype(np.float32), np.where(gray > ${BRIGHT}, cells, 0), mask=mask)`,
		flooded,
		1,
	),
	entry("erosion by a cross", "scipy", "ndi.binary_erosion(mask)", ({ mask, shape }) => erode(mask, shape), 1),
	entry(
		"opening by a cross, twice",
		"scipy",
		"ndi.binary_opening(mask, iterations=2)",
		({ mask, shape }) => open(mask, shape, { radius: 2 }),
		1,
	),
	entry(
		"closing by a ball of 3 voxels",
		"scipy",
		"ndi.binary_closing(mask, skimage.morphology.ball(3))",
		({ mask, shape }) => close(mask, shape, { radius: 3, ball: true }),
		1,
	),
	entry(
		"median of 3 voxels, mask",
		"scipy",
		"ndi.median_filter(mask, 3)",
		({ mask, shape }) => median(mask, shape, [3, 3, 3]),
		1,
	),
	entry(
		"median of 3 voxels, uint8",
		"scipy",
		"ndi.median_filter(gray, 3)",
		({ gray, shape }) => median(gray, shape, [3, 3, 3]),
		1,
	),
];
