/**
 * Staged arrays as raw Zarrs in a folder.
 *
 * @module
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { hasDType, type NdArray } from "../../core/array.ts";
import type { Box } from "../../core/box.ts";
import { type Shape, type Zyx, zyx } from "../../core/shape.ts";
import type { StagedArray, StageMaker } from "../../preprocess/staged.ts";
import type { VoxelSource } from "../../preprocess/voxel-source.ts";
import { volumeError } from "../../volume/fault.ts";
import { formatByName } from "../../volume/formats.ts";
import type { IoOptions, RegionWriter, VolumeReader } from "../../volume/volume.ts";

/** Makes arrays in `folder`, which must be there: NAME.zarr. What was left there by a run that broke off is removed first. @throws VOLUME */
export function zarrStages(folder: string): StageMaker {
	return async (name, shape, chunks) => {
		await rm(pathOf(folder, name), { recursive: true, force: true });
		return joinStage(folder, name, shape, chunks);
	};
}

/** An array that several processes write, made by whoever comes first. @throws VOLUME where another one is there */
export async function joinStage(folder: string, name: string, shape: Shape, chunks: Shape): Promise<StagedArray> {
	const path = pathOf(folder, name);
	const zarr = await formatByName("zarr");
	const layout = { chunks, compression: "none" } as const;
	const writer = await zarr.openRegions?.(path, { dtype: "float32", shape, axes: "czyx", layout });
	if (writer === undefined) throw volumeError(path, "Zarr cannot be written region by region");
	return new ZarrStage(path, shape, writer);
}

/** Removes an array. */
export async function removeStage(folder: string, name: string): Promise<void> {
	await rm(pathOf(folder, name), { recursive: true, force: true });
}

function pathOf(folder: string, name: string): string {
	return join(folder, `${name}.zarr`);
}

/** An array that `zarrStages` made in `folder` before, to be read. @throws VOLUME */
export async function openStage(folder: string, name: string): Promise<StagedArray> {
	const path = pathOf(folder, name);
	const reader = await (await formatByName("zarr")).open(path);
	return new ZarrStage(path, reader.info.shape, undefined, reader);
}

/** A staged array as a source of boxes z, y, x. */
export function sourceOfStage(staged: StagedArray, chunks: Zyx): VoxelSource {
	const [channels = 0, ...extents] = staged.shape;
	return {
		channels,
		shape: zyx(extents),
		dtype: "float32",
		chunks,
		read: ({ start, stop }, options) => staged.read({ start: [0, ...start], stop: [channels, ...stop] }, options),
	};
}

class ZarrStage implements StagedArray {
	readonly shape: Shape;
	readonly #path: string;
	readonly #writer: RegionWriter | undefined;
	#reader: Promise<VolumeReader> | undefined;

	constructor(path: string, shape: Shape, writer: RegionWriter | undefined, reader?: VolumeReader) {
		this.#path = path;
		this.shape = shape;
		this.#writer = writer;
		this.#reader = reader === undefined ? undefined : Promise.resolve(reader);
	}

	async write(start: readonly number[], array: NdArray<"float32">, options?: IoOptions): Promise<void> {
		if (this.#writer === undefined) throw volumeError(this.#path, "it was opened to be read");
		await this.#writer.write(start, array, options);
	}

	async read(box: Box, options?: IoOptions): Promise<NdArray<"float32">> {
		this.#reader ??= formatByName("zarr").then((zarr) => zarr.open(this.#path));
		const array = await (await this.#reader).read(box, options);
		if (!hasDType(array, "float32")) throw volumeError(this.#path, `expected float32, found ${array.dtype}`);
		return array;
	}

	async close(): Promise<void> {
		await this.#writer?.close();
		const reader = this.#reader;
		this.#reader = undefined;
		await (await reader?.catch(() => undefined))?.close();
	}

	async remove(): Promise<void> {
		await this.close();
		await rm(this.#path, { recursive: true, force: true });
	}
}
