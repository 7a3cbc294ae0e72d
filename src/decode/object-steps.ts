/**
 * From objects to objects: told apart, taken away, kept.
 *
 * @module
 */

import { labelledComponents } from "../image/components.ts";
import { threshold } from "../image/threshold.ts";
import { requireChannel } from "./channels.ts";
import { connectivityIn, dropSmall } from "./grow.ts";
import { mergeSmall } from "./merge-small.ts";
import { joinParts, mapIds, voxelsOfIds } from "./objects.ts";
import type { Kwargs } from "./step.ts";
import { type Channels, type Objects, type Part, partsOf, valuesOf } from "./values.ts";

/** Pieces of objects that do not touch become objects. */
export function relabel({ labels, shape }: Objects, kwargs: Kwargs<"relabel">): Objects {
	const found = joinParts(shape, { spacing: [1, 1, 1], sectionwise: kwargs.sectionwise }, (part) => {
		const own = labels.subarray(part.start, part.start + part.voxels);
		return labelledComponents(own, part.shape, connectivityIn(kwargs.connectivity, part.shape.length)).labels;
	});
	dropSmall(found.labels, kwargs.min_size);
	return found;
}

/** Small objects become background, or part of a neighbour. */
export function removeSmall(input: Objects, { min_size: minSize, mode, sectionwise }: Kwargs<"remove_small">): Objects {
	if (mode === "none") return input;
	const flat = sectionwise || mode.endsWith("_2d");
	if (mode.startsWith("background")) return filtered(input, flat, (sizes) => (id) => (sizes[id] ?? 0) >= minSize);
	const labels = input.labels.slice();
	for (const part of partsFor(input, flat)) {
		mergeSmall(labels.subarray(part.start, part.start + part.voxels), part.shape, minSize);
	}
	return { ...input, labels };
}

/** Large objects become background. */
export function removeLarge(input: Objects, { max_size: maxSize, sectionwise }: Kwargs<"remove_large">): Objects {
	return filtered(input, sectionwise, (sizes) => (id) => (sizes[id] ?? 0) <= maxSize);
}

/** The `count` largest objects stay; of equally large ones the lower id. */
export function keepLargest(input: Objects, { count, sectionwise }: Kwargs<"keep_largest">): Objects {
	return filtered(input, sectionwise, (sizes) => {
		const ids = [...sizes.keys()].filter((id) => id > 0 && (sizes[id] ?? 0) > 0);
		const kept = new Set(ids.sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0) || a - b).slice(0, count));
		return (id) => kept.has(id);
	});
}

/** Voxels stay where a channel is above a threshold. */
export function maskObjects({ labels, shape }: Objects, input: Channels, kwargs: Kwargs<"mask_objects">): Objects {
	const channel = requireChannel(kwargs.channel, input.channels, "channel");
	const [whole] = partsOf(shape, { spacing: [1, 1, 1], sectionwise: false });
	if (whole === undefined) return { kind: "objects", labels, shape };
	const mask = threshold(valuesOf(input, channel, whole), kwargs.threshold);
	return { kind: "objects", labels: labels.map((id, i) => (mask[i] === 1 ? id : 0)), shape };
}

function partsFor({ shape }: Objects, sectionwise: boolean): readonly Part[] {
	return partsOf(shape, { spacing: [1, 1, 1], sectionwise });
}

/** The objects that `choose` keeps, by their voxels in each part. */
function filtered(
	input: Objects,
	sectionwise: boolean,
	choose: (sizes: Uint32Array) => (id: number) => boolean,
): Objects {
	const labels = input.labels.slice();
	for (const part of partsFor(input, sectionwise)) {
		const own = labels.subarray(part.start, part.start + part.voxels);
		const sizes = voxelsOfIds(own);
		const isKept = choose(sizes);
		mapIds(
			own,
			Uint32Array.from(sizes, (_, id) => (id > 0 && isKept(id) ? id : 0)),
		);
	}
	return { ...input, labels };
}
