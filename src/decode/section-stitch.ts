/**
 * Objects of sections joined to objects of the volume, where those of neighbouring sections overlap.
 *
 * Each section's objects are compared with those of the next, as they are in the sections. By the rule `best` an object goes
 * on in the object of the next section it overlaps most with, and that one takes the best of those that would go on in it; of
 * equal overlaps the object whose first voxel comes first wins. This is the rule of Cellpose's `stitch3D` (Stringer et al.
 * 2021), which PyTorch Connectomics has as `stitch_3d`, but for such ties. By the rule `all` every overlap joins.
 *
 * @module
 */
import { createForest, type Forest, flatten, join, newSet } from "../image/union-find.ts";
import { highestId } from "./objects.ts";
import type { Kwargs } from "./step.ts";
import type { Objects } from "./values.ts";

/** Objects of one section by numbers of the whole volume, `first` and on, in the order of their first voxels. */
export type SectionObjects = { readonly ids: Uint32Array; readonly sizes: Map<number, number> };

/** Two objects of neighbouring sections and the voxels they share. */
export type Overlap = { readonly before: number; readonly after: number; readonly share: number };

/** Joins objects over sections. Ids are 1 up, by first voxels. */
export function sectionStitch({ labels, shape }: Objects, kwargs: Kwargs<"section_stitch">): Objects {
	const [depth, height, width] = shape;
	const plane = height * width;
	const forest = createForest();
	const numbers = new Uint32Array(labels.length);
	const table = new Uint32Array(highestId(labels) + 1);
	let before: SectionObjects | undefined;
	for (let z = 0; z < depth; z++) {
		const start = z * plane;
		const section = labels.subarray(start, start + plane);
		const own = numbers.subarray(start, start + plane);
		const sizes = numberSection(section, own, table, forest);
		const here = { ids: own, sizes };
		if (before !== undefined) for (const { before: a, after: b } of matches(before, here, kwargs)) join(forest, a, b);
		before = here;
	}
	const { finals } = flatten(forest);
	for (let i = 0; i < numbers.length; i++) numbers[i] = finals[numbers[i] ?? 0] ?? 0;
	return { kind: "objects", labels: numbers, shape };
}

/** Gives each object of a section a set of its own, in the order of first voxels; gives their sizes. */
function numberSection(
	section: Uint32Array,
	own: Uint32Array,
	table: Uint32Array,
	forest: Forest,
): Map<number, number> {
	const sizes = new Map<number, number>();
	const first = forest.length;
	for (let i = 0; i < section.length; i++) {
		const id = section[i] ?? 0;
		if (id === 0) continue;
		let number = table[id] ?? 0;
		if (number < first) {
			number = newSet(forest);
			table[id] = number;
		}
		own[i] = number;
		sizes.set(number, (sizes.get(number) ?? 0) + 1);
	}
	return sizes;
}

/** The pairs of objects of neighbouring sections that are one object. */
export function matches(
	before: SectionObjects,
	after: SectionObjects,
	{ threshold, measure, join: rule }: Kwargs<"section_stitch">,
): readonly Overlap[] {
	const sizeOf = (id: number) => before.sizes.get(id) ?? after.sizes.get(id) ?? 0;
	return chooseOverlaps(overlaps(before.ids, after.ids), sizeOf, { threshold, measure, join: rule });
}

/** Of `pairs` (their shares in voxels, in the order of both numbers) those that are one object, with their shares of the whole. */
export function chooseOverlaps(
	pairs: readonly Overlap[],
	sizeOf: (id: number) => number,
	{ threshold, measure, join: rule }: Kwargs<"section_stitch">,
): readonly Overlap[] {
	const found: Overlap[] = [];
	for (const { before: a, after: b, share: voxels } of pairs) {
		const [sizeA, sizeB] = [sizeOf(a), sizeOf(b)];
		const share = voxels / (measure === "iou" ? sizeA + sizeB - voxels : Math.min(sizeA, sizeB));
		if (share >= threshold) found.push({ before: a, after: b, share });
	}
	if (rule === "all") return found;
	const onward = bestOf(found, ({ before: a }) => a);
	return bestOf(onward, ({ after: b }) => b);
}

/** Voxels that objects share, in the order of both numbers. */
function overlaps(before: Uint32Array, after: Uint32Array): Overlap[] {
	const counts = new Map<number, Map<number, number>>();
	for (let i = 0; i < before.length; i++) {
		const [a, b] = [before[i] ?? 0, after[i] ?? 0];
		if (a === 0 || b === 0) continue;
		let row = counts.get(a);
		if (row === undefined) {
			row = new Map();
			counts.set(a, row);
		}
		row.set(b, (row.get(b) ?? 0) + 1);
	}
	const pairs = [...counts].flatMap(([a, row]) => [...row].map(([b, share]) => ({ before: a, after: b, share })));
	return pairs.sort((p, q) => p.before - q.before || p.after - q.after);
}

/** Of the overlaps with one key the largest, of equal ones the first. */
function bestOf(list: readonly Overlap[], keyOf: (overlap: Overlap) => number): readonly Overlap[] {
	const best = new Map<number, Overlap>();
	for (const overlap of list) {
		const known = best.get(keyOf(overlap));
		if (known === undefined || overlap.share > known.share) best.set(keyOf(overlap), overlap);
	}
	return [...best.values()];
}
