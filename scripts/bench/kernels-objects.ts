/**
 * Components, holes, filters and statistics of objects beside cc3d, fastremap, scipy and scikit-image.
 *
 * @module
 */
import { components } from "../../src/image/components.ts";
import { fillHoles } from "../../src/image/fill-holes.ts";
import type { KernelEntry } from "./kernels-entry.ts";

export const OBJECT_ENTRIES: readonly KernelEntry[] = [
	{
		name: "components, 6 neighbours",
		beside: "cc3d",
		ours: ({ mask, shape }) => components(mask, shape, 1).labels,
		python: "cc3d.connected_components(mask, connectivity=6)",
		target: 0.8,
	},
	{
		name: "fill holes",
		beside: "scipy",
		ours: ({ mask, shape }) => fillHoles(mask, shape),
		python: "ndi.binary_fill_holes(mask)",
		compared: true,
	},
];
