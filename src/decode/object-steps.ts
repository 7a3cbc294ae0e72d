/**
 * From objects to objects: told apart, taken away, kept.
 *
 * @module
 */

import { labelledComponents } from "../image/components.ts";
import { keepBySize, keepLargest } from "../image/object-filter.ts";
import { threshold } from "../image/threshold.ts";
import { requireChannel } from "./channels.ts";
import { connectivityIn, dropSmall } from "./grow.ts";
import { mergeSmall } from "./merge-small.ts";
import { joinParts } from "./objects.ts";
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
	if (mode.startsWith("background")) return changed(input, flat, (own) => keepBySize(own, { atLeast: minSize }));
	return changed(input, flat, (own, { shape }) => mergeSmall(own, shape, minSize));
}

/** Large objects become background. */
export function removeLarge(input: Objects, { max_size: atMost, sectionwise }: Kwargs<"remove_large">): Objects {
	return changed(input, sectionwise, (own) => keepBySize(own, { atMost }));
}

/** The `count` largest objects stay; of equally large ones the lower id. */
export function keepLargestObjects(input: Objects, { count, sectionwise }: Kwargs<"keep_largest">): Objects {
	return changed(input, sectionwise, (own) => keepLargest(own, count));
}

/** Voxels stay where a channel is above a threshold. */
export function maskObjects({ labels, shape }: Objects, input: Channels, kwargs: Kwargs<"mask_objects">): Objects {
	const channel = requireChannel(kwargs.channel, input.channels, "channel");
	const [whole] = partsOf(shape, { spacing: [1, 1, 1], sectionwise: false });
	if (whole === undefined) return { kind: "objects", labels, shape };
	const mask = threshold(valuesOf(input, channel, whole), kwargs.threshold);
	return { kind: "objects", labels: labels.map((id, i) => (mask[i] === 1 ? id : 0)), shape };
}

/** A copy of the objects in which `change` has changed each part in place. */
function changed(
	input: Objects,
	sectionwise: boolean,
	change: (own: Uint32Array<ArrayBuffer>, part: Part) => unknown,
): Objects {
	const labels = input.labels.slice();
	for (const part of partsOf(input.shape, { spacing: [1, 1, 1], sectionwise })) {
		change(labels.subarray(part.start, part.start + part.voxels), part);
	}
	return { ...input, labels };
}
