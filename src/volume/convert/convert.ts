/**
 * Copies a volume from one format to another, box by box, in a bounded piece of memory.
 *
 * While one box is written the next is read: two boxes are in memory at most. The copy appears under its name when it is
 * whole; what it could not hold of the input is told.
 *
 * @module
 */
import type { NdArray } from "../../core/array.ts";
import { type Box, boxShape, shift, wholeBox } from "../../core/box.ts";
import { DTYPES, type DType } from "../../core/dtype.ts";
import { NnvolError, throwIfAborted } from "../../core/errors.ts";
import { shapeText, sizeOf } from "../../core/shape.ts";
import { checkSpec } from "../check.ts";
import { formatByName, openVolume } from "../formats.ts";
import { isSeekable } from "../stage.ts";
import type {
	FormatName,
	IoOptions,
	ScaleOptions,
	VolumeFormat,
	VolumeInfo,
	VolumeReader,
	VolumeSpec,
} from "../volume.ts";
import { boxesOf, isForward, planBoxes } from "./boxes.ts";
import { assumed, type CarryOptions, carried, lostIn } from "./carry.ts";
import { castTo } from "./cast.ts";
import { withStage } from "./staged.ts";
import { type Complete, openTarget, preferredChunks, type Target } from "./target.ts";

/** How a copy is made. */
export type ConvertOptions = CarryOptions &
	IoOptions & {
		/** The part that is copied; the whole where it is left out. */
		readonly box?: Box;
		/** Values beyond the new type's range become its limits, instead of an error. */
		readonly clamp?: boolean;
		/** Coarser scales that are built after the volume itself. */
		readonly scales?: Omit<ScaleOptions, "signal" | "dataset">;
		/** Bytes that the process may hold meanwhile. */
		readonly memory: number;
		/** Bytes of all boxes in memory, in place of what `memory` leaves for them. */
		readonly boxBytes?: number;
		/** Voxels written so far, of all. */
		readonly onProgress?: (done: number, total: number) => void;
	};

/** What was done. */
export type ConvertReport = {
	/** The copy, as it reads back. */
	readonly info: VolumeInfo;
	/** What the copy does not tell of the input, and what else the user should know. */
	readonly notes: readonly string[];
};

/** Memory of the process itself, which no box can have. */
const OWN_BYTES = 160 << 20;

/** Share of the rest that boxes get: what was let go of is not given back at once. */
const SHARE = 0.7;

/** Bytes of all boxes below which files are read in too small pieces. */
const LEAST_BOXES = 4 << 20;

/** Copies `reader`'s volume to `path` as `format`. The reader stays open. @throws VOLUME, CONFIG, UNBUILT, CANCELLED */
export async function convertVolume(
	reader: VolumeReader,
	path: string,
	formatName: FormatName,
	options: ConvertOptions,
): Promise<ConvertReport> {
	throwIfAborted(options.signal);
	const box = options.box ?? wholeBox(reader.info.shape);
	const spec = carried(reader.info, box, options, formatName);
	const format = await formatByName(formatName);
	checkSpec(format, path, spec);
	const target = await openTarget(path, format, spec, options, scalesOf(path, format, options));
	const notes: string[] = [...(reader.info.notes ?? []), ...assumed(reader.info, spec, formatName)];
	try {
		notes.push(...(await copyInto(target, reader, path, box, spec, options)));
		await target.finish();
	} catch (error) {
		await target.discard();
		throw error;
	}
	const info = await infoOf(path, spec.dataset);
	return { info, notes: [...notes, ...lostIn(spec, info).map((what) => `the copy does not tell ${what}`)] };
}

/** Builds the scales that are wished for. @throws CONFIG where the format has none */
function scalesOf(path: string, format: VolumeFormat, { scales, signal, dataset }: ConvertOptions): Complete {
	if (scales === undefined) return async () => undefined;
	const { buildScales } = format;
	if (buildScales === undefined) {
		const message = `${path}: ${format.name} has no coarser scales; leave --scales out, or choose .zarr or .precomputed`;
		throw new NnvolError("CONFIG", message, { fields: { path } });
	}
	return async (place) => {
		const named = dataset === undefined ? scales : { ...scales, dataset };
		await buildScales(place, signal === undefined ? named : { ...named, signal });
	};
}

/** Copies the voxels of `box`; an input that cannot be read in the order of the output's boxes is staged first. */
async function copyInto(
	target: Target,
	reader: VolumeReader,
	path: string,
	box: Box,
	spec: VolumeSpec,
	options: ConvertOptions,
): Promise<string[]> {
	const { info } = reader;
	const extents = extentsOf(info, spec, target, options);
	const copy = (from: VolumeReader) => copyBoxes(from, box, spec, target, extents, options);
	if (!isSeekable(info) && !isForward(spec.shape, extents)) return withStage(reader, path, options, copy);
	const depth = Math.min(info.chunks?.[0] ?? 1, spec.shape[0] ?? 1);
	const notes = target.inOrder && (extents[0] ?? 1) < depth ? [moreMemory(extents, depth)] : [];
	return [...notes, ...(await copy(reader))];
}

/** Looks at the finished copy. */
async function infoOf(path: string, dataset: string | undefined): Promise<VolumeInfo> {
	const reader = await openVolume(path, dataset === undefined ? {} : { dataset });
	await reader.close();
	return reader.info;
}

function extentsOf(info: VolumeInfo, spec: VolumeSpec, { unit, inOrder }: Target, options: ConvertOptions): number[] {
	const [from, to] = [DTYPES[info.dtype].bytes, DTYPES[spec.dtype].bytes];
	// a box being read, one being written, its copy in the new type, and what the writer packs of it
	const perVoxel = 2 * from + (from === to ? 0 : to) + 2 * to;
	const bytes = options.boxBytes ?? Math.max(LEAST_BOXES, SHARE * (options.memory - OWN_BYTES));
	const most = Math.floor(bytes / perVoxel);
	const extents = planBoxes({ shape: spec.shape, unit, inOrder, prefer: preferredChunks(info, spec), most });
	if (extents !== undefined) return extents;
	const least = Math.ceil(((sizeOf(unit) * perVoxel) / SHARE + OWN_BYTES) / 2 ** 20);
	const message = `${shapeText(unit)} voxels of the output are written at once, which does not fit in --memory; allow ${least}MB or choose smaller --chunks (or --shards)`;
	throw new NnvolError("CONFIG", message, { fields: { unit, least } });
}

function moreMemory(extents: readonly number[], depth: number): string {
	return `memory holds ${extents[0]} section${extents[0] === 1 ? "" : "s"} at once and the input's chunks are ${depth} deep, so each is unpacked about ${Math.ceil(depth / (extents[0] ?? 1))} times; more --memory is quicker`;
}

/** Copies the boxes in order, reading one while the one before it is written; tells what changed. */
async function copyBoxes(
	reader: VolumeReader,
	part: Box,
	spec: VolumeSpec,
	target: Target,
	extents: readonly number[],
	options: ConvertOptions,
): Promise<string[]> {
	const io: IoOptions = options.signal === undefined ? {} : { signal: options.signal };
	const total = sizeOf(spec.shape);
	const changes = { rounded: 0, cut: 0 };
	let done = 0;
	let writing: Promise<void> = Promise.resolve();
	try {
		for (const box of boxesOf(spec.shape, extents)) {
			throwIfAborted(options.signal);
			const read = await reader.read(shift(box, part.start), io);
			const array = safely(reader.info, read, spec.dtype, options.clamp === true, changes);
			await writing;
			writing = target.write(box.start, array, io).then(() => {
				done += sizeOf(boxShape(box));
				options.onProgress?.(done, total);
			});
			writing.catch(() => undefined);
		}
	} finally {
		// nothing is written any more when the caller removes it
		await writing.catch(() => undefined);
	}
	await writing;
	return changesText(spec.dtype, changes);
}

function safely(
	{ path, dtype: from }: VolumeInfo,
	array: NdArray,
	dtype: DType,
	clamp: boolean,
	changes: { rounded: number; cut: number },
): NdArray {
	const cast = castTo(array, dtype);
	changes.rounded += cast.rounded;
	changes.cut += cast.cut;
	if (cast.cut === 0 || clamp) return cast.array;
	const message = `${path}: ${cast.cut} of its values (${from}) are none of ${dtype}; choose a wider --dtype, or --clamp to cut them to its range`;
	throw new NnvolError("VOLUME", message, { fields: { path, dtype, cut: cast.cut } });
}

function changesText(dtype: DType, { rounded, cut }: { readonly rounded: number; readonly cut: number }): string[] {
	return [
		...(rounded > 0 ? [`${rounded} values were rounded to ${dtype}`] : []),
		...(cut > 0 ? [`${cut} values beyond the range of ${dtype} were cut to it`] : []),
	];
}
