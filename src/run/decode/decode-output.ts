/**
 * Where the result of a decoding goes: in its place, block by block, or staged beside it and put there at the end.
 *
 * @module
 */
import { join } from "node:path";
import { type Box, wholeBox } from "../../core/box.ts";
import { NnvolError } from "../../core/errors.ts";
import type { Zyx } from "../../core/shape.ts";
import type { OutputPlace } from "../../decode/volume/block-task.ts";
import type { VolumeProgram } from "../../decode/volume/program.ts";
import { requireRun } from "../../decode/volume/run-mark.ts";
import type { VoxelPlace } from "../../decode/volume/voxel-place.ts";
import { carried } from "../../volume/convert/carry.ts";
import { convertVolume } from "../../volume/convert/convert.ts";
import { defaultLayout } from "../../volume/default-layout.ts";
import { formatByName, openVolume } from "../../volume/formats.ts";
import { isRemote } from "../../volume/stores/open-store.ts";
import type { FormatName, IoOptions, Layout, VolumeInfo, VolumeReader } from "../../volume/volume.ts";
import { type ScaleWish, scaleCount } from "../scales.ts";

/** Where objects go. */
export type DecodeTarget = { readonly path: string; readonly format: FormatName };

/** Where a result lies in the world. */
export type World = Pick<VolumeInfo, "spacing" | "unit" | "geometry" | "affine">;

/** Element types of ids. */
export const ID_DTYPES = ["uint16", "uint32", "uint64"] as const;
export type IdDType = (typeof ID_DTYPES)[number];

/** The result as a volume: in the input's place in the world, or at `world`, without channels. */
export function resultInfo(
	input: VolumeInfo,
	{ axes }: VoxelPlace,
	shape: Zyx,
	program: VolumeProgram,
	world: World | undefined,
	ids: IdDType = "uint32",
): VolumeInfo {
	const { format, path, spacing, unit, geometry, affine } = { ...input, ...world };
	const isFlat = !axes.includes("z");
	return {
		format,
		path,
		dtype: program.kind === "binary" ? program.dtype : ids,
		shape: isFlat ? shape.slice(1) : shape,
		axes: isFlat ? "yx" : "zyx",
		...(spacing === undefined ? {} : { spacing }),
		...(unit === undefined ? {} : { unit }),
		...(geometry === undefined ? {} : { geometry }),
		...(affine === undefined ? {} : { affine }),
	};
}

/** @throws UNBUILT for a place behind a URL */
export function requireLocal(path: string): void {
	if (!isRemote(path)) return;
	throw new NnvolError(
		"UNBUILT",
		`${path}: objects are not written to a place behind a URL yet; write them to a folder and copy them with 'nnvol convert'`,
	);
}

/** Whether the format of a target is written from front to back, so that its blocks are staged. */
export async function isStaged({ format }: DecodeTarget): Promise<boolean> {
	return (await formatByName(format)).openRegions === undefined;
}

/** Where blocks are written to: the output itself, or, where a folder for stages is given, a Zarr in it. */
export function outputPlace(
	{ path, format }: DecodeTarget,
	info: VolumeInfo,
	layout: Layout | undefined,
	stages: string | undefined,
): OutputPlace {
	const written = stages === undefined ? format : "zarr";
	const own = { ...defaultLayout(written, info.shape, info.dtype), ...(stages === undefined ? layout : {}) };
	const spec = carried(info, wholeBox(info.shape), { layout: own }, written);
	return { path: stages === undefined ? path : join(stages, "result.zarr"), format: written, spec };
}

/** Puts a staged result in its place. @throws RUN where the run in whose folder `work` it lies ends meanwhile; VOLUME; CANCELLED */
export async function assembleResult(
	staged: string,
	{ path, format }: DecodeTarget,
	result: VolumeInfo,
	work: string,
	options: IoOptions & { readonly memory: number; readonly layout?: Layout; readonly pyramid?: ScaleWish },
): Promise<void> {
	const stage = await openVolume(staged);
	try {
		const { chunks } = stage.info;
		const info = { ...result, path: staged, ...(chunks === undefined ? {} : { chunks }) };
		const read = async (box: Box, io?: IoOptions) => {
			const array = await stage.read(box, io);
			await requireRun(work); // what is gone reads as background
			return array;
		};
		const reader: VolumeReader = { info, read, close: async () => undefined };
		const { pyramid, layout, ...rest } = options;
		const own = (await isStaged({ path, format })) ? {} : defaultLayout(format, result.shape, result.dtype);
		await convertVolume(reader, path, format, {
			...rest,
			...(layout === undefined && Object.keys(own).length === 0 ? {} : { layout: { ...own, ...layout } }),
			...(pyramid === undefined ? {} : { scales: { count: scaleCount(result.shape, pyramid), kind: "segmentation" } }),
		});
	} finally {
		await stage.close();
	}
}
