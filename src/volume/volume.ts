/**
 * What every volume format offers: look at a file, read boxes of it, write boxes to a new one.
 *
 * Formats know arrays and axes; they know nothing of channels of a model, cases or plans.
 *
 * @module
 */
import type { NdArray } from "../core/array.ts";
import type { Box } from "../core/box.ts";
import type { DType } from "../core/dtype.ts";
import type { Affine, Geometry } from "../core/geometry.ts";
import type { Shape } from "../core/shape.ts";
import type { PartWriter } from "./parts.ts";

/** The formats that are built. `png`, `jpeg` and `bmp` hold 2D images only; `sections` are many of them as one volume. */
export type FormatName =
	| "sections"
	| "jpeg"
	| "png"
	| "tiff"
	| "hdf5"
	| "zarr"
	| "precomputed"
	| "n5"
	| "nifti"
	| "nrrd"
	| "metaimage"
	| "gipl"
	| "bmp";

/** One letter an axis, slowest first, of `c`, `z`, `y`, `x`: "yx", "yxc", "zyx", "czyx". "" where the file does not say. */
export type Axes = string;

/** What is known of an array before its voxels are read. JSON-able. */
export type VolumeInfo = {
	readonly format: FormatName;
	readonly path: string;
	/** Files that hold the voxels, where they are not in the file itself (.mhd, .nhdr). */
	readonly files?: readonly string[];
	/** HDF5 data set or Zarr array inside the file; undefined for the others. */
	readonly dataset?: string;
	readonly dtype: DType;
	readonly shape: Shape;
	/** Axes that the file itself tells (a colour PNG: "yxc"; a grey one: "yx"; a TIFF stack: "zyx"); else "". */
	readonly axes: Axes;
	/** Voxel size in z, y, x, in the file's own unit; undefined where the file has none. */
	readonly spacing?: readonly number[];
	/** Place in the world as ITK reads it; medical formats only. */
	readonly geometry?: Geometry;
	/** Place in the world as nibabel reads it (`get_best_affine`); NIfTI only. */
	readonly affine?: Affine;
	/** What is best read at once: chunk extents of chunked formats (inner chunks of shards), else undefined. */
	readonly chunks?: Shape;
	/** Shards that hold several chunks in one file. */
	readonly shards?: Shape;
	/** How the voxels are packed, in the format's own words: "none", "gzip", "blosc (zstd)". */
	readonly compression?: string;
	/** Unit of `spacing`, where the file says it: "nanometer". */
	readonly unit?: string;
	/** The resolutions of a pyramid, the finest first; `shape` and `spacing` above are those of the one that is open. */
	readonly scales?: readonly Scale[];
	/** What a user should be told once of this volume: tiles that are missing, values that were packed with loss. */
	readonly notes?: readonly string[];
};

/** One resolution of an image that has several. */
export type Scale = { readonly name: string; readonly shape: Shape; readonly spacing?: readonly number[] };

/** How coarser scales are built: a `segmentation` takes the value that most voxels have, an `image` the mean. */
export type ScaleOptions = IoOptions & {
	/** Scales after the first; fewer where a scale is one voxel. */
	readonly count: number;
	readonly kind: "image" | "segmentation";
	/** Which array, of a file with several. */
	readonly dataset?: string;
	/** Does the units of a scale in another way than by itself: with other processes, say. All are done at its end. */
	readonly spread?: (work: ScaleWork) => Promise<void>;
};

/** The units of a scale, which can be done in any order and by several processes: two that do the same write the same. */
export type ScaleWork = {
	/** Which scale, from 1. */
	readonly level: number;
	readonly units: number;
	/** True where a unit is there. */
	isDone(unit: number): Promise<boolean>;
	build(unit: number): Promise<void>;
};

/** Options of every call that reads or writes. */
export type IoOptions = { readonly signal?: AbortSignal };

/** An open file. Close it in a `finally`. */
export interface VolumeReader {
	readonly info: VolumeInfo;
	/** True where a read of just one chunk gives it without a copy: many such reads side by side cost less than one over all. */
	readonly readsChunks?: boolean;
	/** The voxels of `box` (axes as in `info.shape`), C-ordered, in the file's dtype. @throws VOLUME */
	read(box: Box, options?: IoOptions): Promise<NdArray>;
	close(): Promise<void>;
}

/** What a new file is to hold. */
export type VolumeSpec = {
	readonly dtype: DType;
	readonly shape: Shape;
	readonly axes: Axes;
	/** z, y, x. */
	readonly spacing?: readonly number[];
	/** Unit of `spacing`, for the formats that tell one (OME-Zarr, precomputed, N5); as in `VolumeInfo.unit`. */
	readonly unit?: string;
	/** Place in the world, for the formats that have one; made from `spacing` where it is missing. */
	readonly geometry?: Geometry;
	/** NIfTI only: the header is written as nibabel writes it for this matrix, else as ITK does for `geometry`. */
	readonly affine?: Affine;
	/** HDF5 data set or Zarr array name. Default `main` for HDF5, the root array for Zarr. */
	readonly dataset?: string;
	/** How chunked formats lay the voxels out; what is left out is the format's choice, a pure function of shape and type. */
	readonly layout?: Layout;
	/** Plain data kept as attributes where the format has them (HDF5, Zarr), else dropped. */
	readonly attributes?: Readonly<Record<string, string | number | boolean>>;
};

/** How a chunked array is laid out. */
export type Layout = {
	readonly chunks?: Shape;
	/** Extents of a shard, multiples of `chunks`; only Zarr version 3 and precomputed have shards. */
	readonly shards?: Shape;
	readonly compression?: Compression;
	/** Version of Zarr. Default 3; 2 for OME-Zarr 0.4. */
	readonly zarrFormat?: 2 | 3;
	/**
	 * Makes a Zarr an OME-Zarr image: `dataset` names the image's group (default the root), the array is its level "0". Needs
	 * axes; where the group is `labels/NAME` of another it is listed there as labels. 0.4 is Zarr version 2, 0.5 version 3.
	 */
	readonly ome?: "0.4" | "0.5";
};

/** How chunks are packed. */
export const COMPRESSIONS = ["none", "gzip", "zstd", "blosc", "lz4", "compressed_segmentation"] as const;
export type Compression = (typeof COMPRESSIONS)[number];

/**
 * An array that is written region by region, in any order, by several processes, and again after a crash.
 *
 * Regions are whole units (a shard, else a chunk; cut at the array's end), counted from voxel 0. What was written is on the
 * disk when `write` returns; writing the same region again is harmless. Regions that were never written read as 0.
 */
export interface RegionWriter {
	readonly info: VolumeInfo;
	/** Extents of the smallest region, axes as in `info.shape`. */
	readonly unit: Shape;
	/** @throws VOLUME where `array` at `start` is no whole number of units, or cannot be written */
	write(start: readonly number[], array: NdArray, options?: IoOptions): Promise<void>;
	/** After the last region of all: what the format wants at the end (nothing, for most). Harmless when repeated. */
	finish(): Promise<void>;
	/** Lets go of what is open; the array stays as it is. */
	close(): Promise<void>;
}

/** A new file being written. Not valid to read until `finish` is done; `discard` removes it. */
export interface VolumeWriter {
	/** Writes `array` with its first voxel at `start` (axes as in the spec). Boxes must not overlap. @throws VOLUME */
	write(start: readonly number[], array: NdArray, options?: IoOptions): Promise<void>;
	/** Flushes to disk (fsync) and closes. */
	finish(): Promise<void>;
	/** Closes and removes what was written; never throws. */
	discard(): Promise<void>;
}

/** How a file is opened. */
export type OpenOptions = IoOptions & {
	/** HDF5 data set or Zarr array; default `main` where there is one, else the only one there is. */
	readonly dataset?: string;
	/** NIfTI only: by whose rules values are scaled where the two differ. Default `nibabel`. */
	readonly dialect?: "itk" | "nibabel";
};

/** One format: how it is recognised, opened, created. Registered in `formats.ts`. */
export interface VolumeFormat {
	readonly name: FormatName;
	/** With the dot, lower case, the first is the one written: [".h5", ".hdf5"]. */
	readonly extensions: readonly string[];
	/** Element types that can be written. */
	readonly writes: readonly DType[];
	/** Ranks that can be written. */
	readonly ranks: readonly number[];
	/** True where the path is a folder (Zarr). */
	readonly isFolder: boolean;
	/** True where a file with these first bytes (up to 512) is of this format; folders: never asked. */
	matches(head: Uint8Array): boolean;
	/** @throws VOLUME naming the file, what was expected and what was found */
	open(path: string, options?: OpenOptions): Promise<VolumeReader>;
	/** Names of the arrays in a file that may hold several (HDF5, Zarr, N5), in its order; undefined for formats of one. @throws VOLUME */
	datasets?(path: string, options?: IoOptions): Promise<readonly string[]>;
	/** Begins a new file at `path` itself: callers pass a temporary path and rename it (see `publish.ts`). @throws VOLUME */
	create(path: string, spec: VolumeSpec, options?: IoOptions): Promise<VolumeWriter>;
	/** Files that can be put together from parts: who makes the file of `spec` that will lie at `path`. @throws VOLUME, CONFIG */
	parts?(path: string, spec: VolumeSpec): PartWriter;
	/**
	 * Chunked formats: makes the array of `spec` at `path`, or opens it where it is there already with the same shape, type and
	 * layout. Undefined for formats whose files are written from front to back.
	 * @throws VOLUME where something else lies at `path`
	 */
	openRegions?(path: string, spec: VolumeSpec, options?: IoOptions): Promise<RegionWriter>;
	/** Formats with pyramids: builds coarser scales of the array at `path`, which is written whole. @throws VOLUME */
	buildScales?(path: string, options: ScaleOptions): Promise<readonly Scale[]>;
}
