/**
 * Probabilities as an HDF5 data set or Zarr array `probabilities`, C, Z, Y, X: smaller than nnU-Net's `.npz`, and read in parts.
 *
 * @module
 */
import type { NdArray } from "../core/array.ts";
import { NnvolError } from "../core/errors.ts";
import { quantise, toFloat32 } from "../image/cast.ts";
import type { ProbabilityStore } from "../plan/settings.ts";
import { endingOf, formatByName } from "../volume/formats.ts";
import type { IoOptions } from "../volume/volume.ts";

/** Largest value that a probability takes in uint8. */
const STEPS = 255;

/** Name of the file of case stem `stem`: `ID_probabilities.zarr`. */
export function probabilityPath(stem: string, { format }: ProbabilityStore): string {
	return `${stem}_probabilities${endingOf(format)}`;
}

/** @throws CONFIG where the format cannot hold the element type */
export async function requireStored(store: ProbabilityStore): Promise<void> {
	const { writes, name } = await formatByName(store.format);
	if (writes.includes(store.dtype)) return;
	const other = store.dtype === "float16" ? "choose zarr, or uint8 or float32" : `choose one of ${writes.join(", ")}`;
	throw new NnvolError("CONFIG", `${name} cannot hold probabilities as ${store.dtype}; ${other}`);
}

/**
 * Writes `probabilities` to `path` itself, a temporary place. uint8 holds 255 times the probability, rounded half to
 * even, and says so in its attribute `scale`: the stored values times it are the probabilities.
 *
 * @throws VOLUME
 */
export async function writeProbabilities(
	path: string,
	probabilities: NdArray,
	store: ProbabilityStore,
	spacing: readonly number[] | undefined,
	options: IoOptions = {},
): Promise<void> {
	const format = await formatByName(store.format);
	const scale = store.dtype === "uint8" ? STEPS : 1;
	const { shape } = probabilities;
	const writer = await format.create(path, {
		dtype: store.dtype,
		shape,
		axes: "czyx",
		dataset: "probabilities",
		attributes: { scale: 1 / scale },
		...(spacing === undefined ? {} : { spacing }),
	});
	try {
		const { data } = toFloat32(probabilities);
		const voxels = data.length / (shape[0] ?? 1);
		for (let channel = 0; channel < (shape[0] ?? 0); channel++) {
			const part = data.subarray(channel * voxels, (channel + 1) * voxels);
			const array: NdArray = {
				dtype: store.dtype,
				shape: [1, ...shape.slice(1)],
				data: quantise(part, scale, store.dtype),
			};
			await writer.write([channel, 0, 0, 0], array, options);
		}
		await writer.finish();
	} catch (error) {
		await writer.discard();
		throw error;
	}
}
