/**
 * From channels to objects by distances: to the background of a mask, or as the network predicts them.
 *
 * The second as PyTorch Connectomics' `decode_instance_binary_contour_distance` (Wei et al. 2020, MitoEM), which floods with
 * mahotas; ties are those of scikit-image here (`image/watershed.ts`).
 *
 * @module
 */
import { distance } from "../image/distance.ts";
import { threshold } from "../image/threshold.ts";
import { channelsOf, reduced } from "./channels.ts";
import { dropSmall, grow, growThrough, seedsOf } from "./grow.ts";
import { below, both } from "./masks.ts";
import { joinParts } from "./objects.ts";
import type { Kwargs } from "./step.ts";
import { type Channels, type DecodeContext, type Objects, type Part, within } from "./values.ts";

/** What distances are divided by before tanh makes them a map from -1 to 1, inside and outside. */
const REACH = { inside: 8, outside: 50 } as const;

/** The map inside where there is no outside. */
const NO_OUTSIDE = Math.tanh(5);

/** Objects grow over the exact distance to the background. */
export function distanceWatershed(
	input: Channels,
	kwargs: Kwargs<"decode_distance_watershed">,
	context: DecodeContext,
): Objects {
	const list = channelsOf(kwargs.distance_channels, input.channels, "distance_channels");
	const limits = kwargs.distance_threshold;
	return joinParts(input.shape, within(context, kwargs.sectionwise), (part) => {
		const values = reduced(input, list, part);
		const foreground = threshold(values, limits?.[1] ?? kwargs.threshold);
		const far = distance(foreground, part.shape, spacingOf(kwargs.spacing, part), kwargs.border);
		const seedMask = limits === null ? threshold(far, kwargs.seed_distance) : threshold(values, limits[0]);
		const seeds = seedsOf(seedMask, part.shape, kwargs.connectivity, kwargs.min_seed_size);
		return dropSmall(grow(far, seeds, part.shape, foreground), kwargs.min_size);
	});
}

/** `given` for the part's axes, or the part's own extents in units of the finest. */
export function spacingOf(given: readonly number[] | null, { spacing }: Pick<Part, "spacing">): readonly number[] {
	const fitted = given === null || given.length < spacing.length ? spacing : given.slice(given.length - spacing.length);
	const unit = given === null ? Math.min(...spacing) : 1;
	return fitted.map((extent) => extent / unit);
}

/** Objects from binary values, outlines and distances; each of the three may be missing. */
export function contourDistance(
	input: Channels,
	kwargs: Kwargs<"decode_instance_binary_contour_distance">,
	context: DecodeContext,
): Objects {
	const meant = (key: "binary_channels" | "contour_channels" | "distance_channels") => {
		const selector = kwargs[key];
		return selector === null ? undefined : channelsOf(selector, input.channels, key);
	};
	const lists = {
		binary: meant("binary_channels"),
		contour: kwargs.contour_threshold === null ? undefined : meant("contour_channels"),
		distance: meant("distance_channels"),
	};
	return joinParts(input.shape, within(context, kwargs.sectionwise), (part) => {
		const of = (list: readonly number[] | undefined, how: "mean" | "min" | "max" = "mean") =>
			list === undefined ? undefined : reduced(input, list, part, how);
		const maps = {
			binary: of(lists.binary, kwargs.binary_channel_reduction),
			contour: of(lists.contour),
			distance: of(lists.distance),
		};
		return decodePart(maps, part, kwargs);
	});
}

type Maps = { readonly [key in "binary" | "contour" | "distance"]: Float32Array | undefined };

function decodePart(
	maps: Maps,
	part: Part,
	kwargs: Kwargs<"decode_instance_binary_contour_distance">,
): Uint32Array<ArrayBuffer> {
	const foreground = conditions(maps, 1, kwargs, part.voxels);
	if (kwargs.mode === "cc") return dropSmall(seedsOf(foreground, part.shape, 26, 0), kwargs.min_size);
	const far = maps.distance ?? signedDistance(foreground, part.shape);
	const seedMask = conditions({ ...maps, distance: far }, 0, kwargs, part.voxels);
	const seeds = seedsOf(seedMask, part.shape, 26, kwargs.min_seed_size);
	return dropSmall(
		growThrough(
			far.map((value) => Math.max(value, 0)),
			seeds,
			part.shape,
			foreground,
		),
		kwargs.min_size,
	);
}

/** Where every map there is fulfils its condition, for seeds (`which` 0) or foreground (1). */
function conditions(
	maps: Maps,
	which: 0 | 1,
	kwargs: Kwargs<"decode_instance_binary_contour_distance">,
	voxels: number,
): Uint8Array<ArrayBuffer> {
	const mask = new Uint8Array(voxels).fill(1);
	if (maps.binary !== undefined) both(mask, threshold(maps.binary, kwargs.binary_threshold[which]));
	if (maps.contour !== undefined && kwargs.contour_threshold !== null)
		both(mask, below(maps.contour, kwargs.contour_threshold[which]));
	if (maps.distance !== undefined) both(mask, threshold(maps.distance, kwargs.distance_threshold[which]));
	return mask;
}

/** `signed` of a mask. */
function signedDistance(foreground: Uint8Array, shape: readonly number[]): Float32Array<ArrayBuffer> {
	const spacing = shape.map(() => 1);
	const inside = distance(foreground, shape, spacing);
	const outside = distance(
		foreground.map((value) => 1 - value),
		shape,
		spacing,
	);
	return signed(inside, outside);
}

/**
 * tanh of the distance to the edge in voxels, into `inside`: positive inside, negative outside. Both are distances to what
 * is not, 0 in the other.
 */
export function signed(inside: Float32Array<ArrayBuffer>, outside: Float32Array): Float32Array<ArrayBuffer> {
	for (let i = 0; i < inside.length; i++) {
		const value = inside[i] ?? 0;
		const isOpen = value === Number.POSITIVE_INFINITY;
		inside[i] = isOpen ? NO_OUTSIDE : Math.tanh(value / REACH.inside - (outside[i] ?? 0) / REACH.outside);
	}
	return inside;
}
