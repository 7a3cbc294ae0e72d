/**
 * What goes from step to step: values of channels, or ids of objects; and the parts that are worked on by themselves.
 *
 * Layout: C-ordered over z, y, x; channels before them.
 *
 * @module
 */
import { sizeOf, type Zyx } from "../core/shape.ts";

/** Values of `channels` channels over `shape`; masks hold 0 and 1. */
export type Channels = {
	readonly kind: "channels";
	readonly data: Float32Array<ArrayBuffer>;
	readonly channels: number;
	readonly shape: Zyx;
};

/** Ids over `shape`, 0 where no object is; no two objects share one. */
export type Objects = { readonly kind: "objects"; readonly labels: Uint32Array<ArrayBuffer>; readonly shape: Zyx };

/** What a step takes and gives. */
export type Value = Channels | Objects;

/** How a step is to be run. */
export type DecodeContext = {
	/** Extents of a voxel, z, y, x. */
	readonly spacing: Zyx;
	/** Whether steps that leave it open work section by section. */
	readonly sectionwise: boolean;
};

/** A volume, or one section of it: what connectivity, distances and growth do not reach beyond. */
export type Part = {
	/** z, y, x, or y, x of a section. */
	readonly shape: readonly number[];
	readonly spacing: readonly number[];
	/** Where its voxels are in the volume. */
	readonly start: number;
	readonly voxels: number;
};

/** The parts of a volume of `shape`, in order: its sections, or itself. A volume of one section is a section. */
export function partsOf(shape: Zyx, { spacing, sectionwise }: DecodeContext): readonly Part[] {
	const [depth, height, width] = shape;
	const voxels = height * width;
	if (!sectionwise && depth !== 1) return [{ shape, spacing, start: 0, voxels: sizeOf(shape) }];
	return Array.from({ length: depth }, (_, z) => ({
		shape: [height, width],
		spacing: spacing.slice(1),
		start: z * voxels,
		voxels,
	}));
}

/** The values of one channel in one part; a view. */
export function valuesOf({ data, shape }: Channels, channel: number, part: Part): Float32Array<ArrayBuffer> {
	const start = channel * sizeOf(shape) + part.start;
	return data.subarray(start, start + part.voxels);
}

/** `context` where a step says itself whether it works section by section. */
export function within(context: DecodeContext, sectionwise: boolean | null): DecodeContext {
	return sectionwise === null ? context : { ...context, sectionwise };
}

type Kinds = { readonly kind: Value["kind"] };

/** The channels among what a step takes. @throws RangeError where there are none */
export function channelsIn<V extends Kinds>(inputs: readonly V[]): Extract<V, { readonly kind: "channels" }> {
	const found = inputs.find((value): value is Extract<V, { readonly kind: "channels" }> => value.kind === "channels");
	if (found === undefined) throw new RangeError("the step takes channels and is given none");
	return found;
}

/** The objects among what a step takes. @throws RangeError where there are none */
export function objectsIn<V extends Kinds>(inputs: readonly V[]): Extract<V, { readonly kind: "objects" }> {
	const found = inputs.find((value): value is Extract<V, { readonly kind: "objects" }> => value.kind === "objects");
	if (found === undefined) throw new RangeError("the step takes objects and is given none");
	return found;
}
