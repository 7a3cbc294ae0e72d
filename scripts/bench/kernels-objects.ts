/**
 * Components, holes, filters and statistics of objects beside cc3d, fastremap, scipy and numpy.
 *
 * @module
 */
import type { Zyx } from "../../src/core/shape.ts";
import { components, labelledComponents, removeSmall } from "../../src/image/components.ts";
import { componentsParallel } from "../../src/image/components-parallel.ts";
import { fillHoles } from "../../src/image/fill-holes.ts";
import { keepBySize } from "../../src/image/object-filter.ts";
import { regionStats } from "../../src/image/region-stats.ts";
import { densify, relabel } from "../../src/image/relabel.ts";
import type { KernelEntry } from "./kernels-entry.ts";

const ORIGIN: Zyx = [0, 0, 0];

/** Both sides number by first voxels; cc3d's own order is another one. */
const RENUMBERED = (call: string) => `fastremap.renumber(${call}, preserve_zero=True)[0]`;

const CONNECTIVITIES = [
	[1, 6],
	[2, 18],
	[3, 26],
] as const;

export const OBJECT_ENTRIES: readonly KernelEntry[] = [
	...CONNECTIVITIES.map(([connectivity, neighbours]): KernelEntry => {
		const python = `cc3d.connected_components(mask, connectivity=${neighbours})`;
		return {
			name: `components, ${neighbours} neighbours`,
			beside: "cc3d",
			ours: ({ mask, shape }) => components(mask, shape, connectivity).labels,
			python,
			reference: RENUMBERED(python),
			target: 0.8,
		};
	}),
	...[2, 4].map(
		(threads): KernelEntry => ({
			name: `components, 6 neighbours, ${threads} threads`,
			beside: "cc3d (1 thread)",
			ours: async ({ mask, shape }) => (await componentsParallel(mask, shape, 1, threads)).labels,
			python: "cc3d.connected_components(mask, connectivity=6)",
			reference: RENUMBERED("cc3d.connected_components(mask, connectivity=6)"),
			target: 1,
		}),
	),
	...CONNECTIVITIES.map(([connectivity, neighbours]): KernelEntry => {
		const python = `cc3d.connected_components(cells, connectivity=${neighbours})`;
		return {
			name: `components of uint32 labels, ${neighbours} neighbours`,
			beside: "cc3d",
			ours: ({ cells, shape }) => labelledComponents(cells, shape, connectivity).labels,
			python,
			reference: RENUMBERED(python),
		};
	}),
	{
		name: "remove components of fewer than 500 voxels",
		beside: "cc3d",
		ours: ({ mask, shape }) => removeSmall(mask, shape, 500),
		python: "cc3d.dust(mask, threshold=500, connectivity=6)",
		reference: "cc3d.dust(mask, threshold=500, connectivity=6)",
	},
	{
		name: "fill holes",
		beside: "scipy",
		ours: ({ mask, shape }) => fillHoles(mask, shape),
		python: "ndi.binary_fill_holes(mask)",
		reference: "ndi.binary_fill_holes(mask)",
	},
	{
		name: "remove labels of fewer than 3000 voxels",
		beside: "fastremap",
		ours: ({ cells }) => {
			const labels = cells.slice();
			keepBySize(labels, { atLeast: 3000 });
			return labels;
		},
		python:
			"(lambda ids, sizes: fastremap.mask(cells, ids[sizes < 3000]))(*fastremap.unique(cells, return_counts=True))",
		reference:
			"(lambda ids, sizes: fastremap.mask(cells, ids[sizes < 3000]))(*fastremap.unique(cells, return_counts=True))",
	},
	{
		name: "renumber labels",
		beside: "fastremap",
		ours: ({ cells }) => {
			const labels = cells.slice();
			densify(labels);
			return labels;
		},
		python: "fastremap.renumber(cells, preserve_zero=True)",
		reference: RENUMBERED("cells"),
	},
	{
		name: "look labels up in a table",
		beside: "numpy",
		ours: ({ cells }) => {
			const labels = cells.slice();
			relabel(labels, table());
			return labels;
		},
		python: "(np.arange(10000, dtype=np.uint32) * 3 % 10007)[cells]",
		reference: "(np.arange(10000, dtype=np.uint32) * 3 % 10007)[cells]",
	},
	{
		name: "statistics (ours with surfaces)",
		beside: "cc3d",
		ours: ({ cells, shape }) => Uint32Array.from(regionStats(cells, shape, ORIGIN, shape).voxels),
		python: "cc3d.statistics(cells)",
		reference: "(lambda sizes: sizes[sizes > 0])(np.bincount(cells.ravel())[1:])",
	},
];

function table(): Uint32Array {
	return Uint32Array.from({ length: 10_000 }, (_, i) => (i * 3) % 10_007);
}
