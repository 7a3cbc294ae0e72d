/**
 * The patch that a configuration asks for, and the axes of it that are mirrored.
 *
 * @module
 */
import type { Config } from "../config/schema.ts";
import { NnvolError } from "../core/errors.ts";
import { sameShape, sizeOf } from "../core/shape.ts";
import { MOST_PATCH } from "../model/plans.ts";
import type { ModelSpec } from "../model/spec.ts";
import { explicitViews, mirrorViews } from "../tiling/views.ts";

/** `window_size` is in the image's z, y, x; the patch in the order after transposition. @throws CONFIG where the network does not take it */
export function patchOf({ inference }: Config, spec: ModelSpec): readonly number[] {
	const given = inference.sliding_window.window_size;
	if (given === null) return spec.patch;
	const { dimensions } = spec.architecture;
	if (sizeOf(given) > MOST_PATCH) {
		throw new NnvolError(
			"CONFIG",
			`inference.sliding_window.window_size [${given.join(", ")}] has more than ${MOST_PATCH} voxels; choose a smaller one`,
		);
	}
	const window = given.length === 2 ? [1, ...given] : given;
	const turned = spec.transposeForward.map((axis) => window[axis] ?? 1);
	if (dimensions === 3 && given.length === 3) return divisible(turned, given, spec);
	if (dimensions === 2 && turned[0] === 1) return divisible(turned.slice(1), given, spec);
	throw new NnvolError(
		"CONFIG",
		`inference.sliding_window.window_size [${given.join(", ")}] does not fit this ${dimensions}D model, which sees ${seenAxes(spec)}; its patch is ${spec.patch.join("x")}`,
	);
}

/** The network halves its patch again and again, and must come back to the same extents. @throws CONFIG */
function divisible(patch: readonly number[], given: readonly number[], spec: ModelSpec): readonly number[] {
	const { architecture: net } = spec;
	if (net.kind === "primus") return same(patch, given, net.patch);
	const factors = patch.map((_, axis) => net.strides.reduce((n, stride) => n * (stride[axis] ?? 1), 1));
	if (patch.every((extent, axis) => extent % (factors[axis] ?? 1) === 0)) return patch;
	throw new NnvolError(
		"CONFIG",
		`inference.sliding_window.window_size [${given.join(", ")}] does not suit the network: its patch is ${spec.patch.join("x")}, and extents must be multiples of ${factors.join("x")}`,
	);
}

/** A transformer has learnt a vector for each place of its patch, and takes no other. @throws CONFIG */
function same(patch: readonly number[], given: readonly number[], own: readonly number[]): readonly number[] {
	if (sameShape(patch, own)) return patch;
	throw new NnvolError(
		"CONFIG",
		`inference.sliding_window.window_size [${given.join(", ")}] does not suit the network: a Primus works on its own patch of ${own.join("x")} only; leave the setting out`,
	);
}

/** Axes of the patch that are mirrored in each view. @throws CONFIG for an axis that the model does not see */
export function viewsOf({ inference }: Config, spec: ModelSpec): readonly (readonly number[])[] {
	const axes = inference.test_time_augmentation.flip_axes;
	if (axes === "model") return mirrorViews(spec.mirrorAxes);
	if (axes === "all") return mirrorViews(spec.patch.map((_, axis) => axis));
	if (axes === "none") return [[]];
	return explicitViews(axes.map((view) => view.map((axis) => patchAxis(axis, spec)).sort((a, b) => a - b)));
}

/** Axis z = 0, y = 1, x = 2 of the image as an axis of the patch. */
function patchAxis(axis: number, spec: ModelSpec): number {
	const { dimensions } = spec.architecture;
	const found = spec.transposeForward.indexOf(axis) - (3 - dimensions);
	if (found >= 0) return found;
	throw new NnvolError(
		"CONFIG",
		`inference.test_time_augmentation.flip_axes names axis ${axis}, which this ${dimensions}D model does not see: axes are counted z = 0, y = 1, x = 2, always, so this model has ${seenAxes(spec)}`,
	);
}

/** The image's axes within a patch, as users count them: "y = 1, x = 2". */
function seenAxes(spec: ModelSpec): string {
	const seen = spec.transposeForward.slice(3 - spec.architecture.dimensions);
	return [...seen]
		.sort()
		.map((axis) => `${"zyx"[axis]} = ${axis}`)
		.join(", ");
}
