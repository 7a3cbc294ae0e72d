/**
 * The attributes of a new array: a pure function of what is asked for, so that all who write it agree.
 *
 * @module
 */
import { asZyx, type Shape, shapeText } from "../../core/shape.ts";
import { chunkShapeOf } from "../chunking.ts";
import { volumeError } from "../fault.ts";
import type { VolumeSpec } from "../volume.ts";
import type { Attributes } from "./attributes.ts";
import { packingFor } from "./packing.ts";

/** What the container says of itself; the lowest that has the attributes used here, for old readers. */
export const VERSION = "2.0.0";

/** Units as N5 readers know them. */
const SHORT: Readonly<Record<string, string>> = { nanometer: "nm", micrometer: "um", millimeter: "mm", meter: "m" };

/** The attributes of the array of `spec`. @throws VOLUME where the layout cannot be had */
export function attributesFor(root: string, spec: VolumeSpec): Attributes {
	const { shape, dtype, axes, layout = {} } = spec;
	const packing = packingFor(layout.compression ?? "gzip");
	if (packing === undefined) {
		throw volumeError(root, `N5 has no compression "${layout.compression}"; choose gzip, zstd, blosc, lz4 or none`);
	}
	if (layout.shards !== undefined) throw volumeError(root, "N5 has no shards; leave layout.shards out");
	const resolution = resolutionOf(spec);
	return {
		...spec.attributes,
		dimensions: shape.toReversed(),
		blockSize: chunksFor(root, shape, layout.chunks ?? chunkShapeOf(shape, dtype)).toReversed(),
		dataType: dtype,
		compression: packing.document,
		...(axes === "" ? {} : { axes: [...axes].toReversed() }),
		...(resolution === undefined ? {} : { resolution, pixelResolution: resolution }),
		...(spec.unit === undefined ? {} : { units: shape.map((_, axis) => unitOf(spec, axis)).toReversed() }),
	};
}

function chunksFor(root: string, shape: Shape, chunks: Shape): Shape {
	if (chunks.length === shape.length && chunks.every((extent) => Number.isSafeInteger(extent) && extent > 0))
		return chunks;
	throw volumeError(root, `the chunks ${shapeText(chunks)} do not fit the shape ${shapeText(shape)}`);
}

/** Voxel sizes in the file's order, 1 along axes that are none of space. */
function resolutionOf(spec: VolumeSpec): number[] | undefined {
	const { spacing, shape } = spec;
	if (spacing === undefined) return undefined;
	const sizes = asZyx(spacing); // an image may tell two
	return shape.map((_, axis) => sizes["zyx".indexOf(letterOf(spec, axis))] ?? 1).toReversed();
}

function unitOf(spec: VolumeSpec, axis: number): string {
	const { unit = "" } = spec;
	return "zyx".includes(letterOf(spec, axis)) ? (SHORT[unit] ?? unit) : "";
}

/** The letter of an axis; where none are told, the last three are z, y, x. */
function letterOf({ axes, shape }: VolumeSpec, axis: number): string {
	return axes === "" ? ("xyz"[shape.length - 1 - axis] ?? "c") : (axes[axis] ?? "c");
}
