/**
 * The objects of a mask: connected components of everything that is not 0.
 *
 * In memory, so only for volumes of a bounded size; larger ones are decoded first, which streams.
 *
 * @module
 */
import { ndarray } from "../core/array.ts";
import { wholeBox } from "../core/box.ts";
import { NnvolError } from "../core/errors.ts";
import { shapeText, sizeOf } from "../core/shape.ts";
import { type Connectivity, components } from "../image/components.ts";
import type { IoOptions } from "../volume/volume.ts";
import { type LabelVolume, memoryVolume } from "./label-volume.ts";

/** Most voxels that are held: 5 bytes each. */
const MOST_VOXELS = 2 ** 29;

/**
 * The components of `volume` as labels of 32 bits, in the order of their first voxel. In a single section `connectivity` 1
 * means 4 neighbours, 2 and 3 mean 8; else 6, 18, 26.
 *
 * @throws UNBUILT where the volume is too large to be held
 */
export async function objectsOfMask(
	volume: LabelVolume,
	connectivity: Connectivity,
	options: IoOptions = {},
): Promise<LabelVolume> {
	const { path, shape } = volume;
	if (sizeOf(shape) > MOST_VOXELS) {
		throw new NnvolError(
			"UNBUILT",
			`${path}: components of ${shapeText(shape)} voxels do not fit into memory here, and streaming them is not built into scores; make objects of it first (decode_connected_components), then score those`,
		);
	}
	const { data } = await volume.read(wholeBox(shape), options);
	const mask = new Uint8Array(data.length);
	for (let i = 0; i < mask.length; i++) mask[i] = Number(data[i]) === 0 ? 0 : 1;
	const { labels } = components(mask, shape, connectivity);
	return memoryVolume(path, ndarray("uint32", shape, labels), shape);
}
