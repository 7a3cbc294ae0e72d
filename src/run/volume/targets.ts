/**
 * Where the products of a streamed run go: chunked formats are written in place, others staged beside and assembled at
 * the end.
 *
 * How a staged file is put together is told in `assembly.ts`. The stage goes once it is recorded that all is in its place.
 *
 * @module
 */
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { type NdArray, reshape } from "../../core/array.ts";
import { NnvolError } from "../../core/errors.ts";
import { makeFolder } from "../../core/folder.ts";
import type { Zyx } from "../../core/shape.ts";
import { type OutputMap, outputShape } from "../../plan/volume-layout.ts";
import { type Placement, placeFor } from "../../preprocess/placement.ts";
import { defaultLayout } from "../../volume/default-layout.ts";
import { endingOf, formatByName, pathStem } from "../../volume/formats.ts";
import { removeStale, removeWhole } from "../../volume/publish.ts";
import { presenceOf } from "../../volume/sections/presence.ts";
import { isRemote, openStore } from "../../volume/stores/open-store.ts";
import { removeTree } from "../../volume/stores/tree.ts";
import type { FormatName, Layout, VolumeFormat, VolumeSpec } from "../../volume/volume.ts";
import type { BlockStore, VolumeIo } from "./io-inline.ts";
import type { VolumeProduct } from "./products.ts";
import { outputStage } from "./stage-place.ts";

/** A product and where it goes. */
export type Target = {
	readonly product: VolumeProduct;
	/** The output as the user knows it. */
	readonly path: string;
	readonly format: FormatName;
	/** What is written: axes of the input's file. */
	readonly spec: VolumeSpec;
	/** Zarr that regions are written to where the format is written from front to back; else undefined. */
	readonly staged?: string;
};

/** What targets are made from. */
export type TargetFacts = {
	readonly path: string;
	readonly format: FormatName;
	readonly map: OutputMap;
	readonly rank: 2 | 3;
	readonly placement: Placement;
	readonly layout?: Layout;
	readonly attributes: VolumeSpec["attributes"];
	/** Folder of all outputs. */
	readonly folder: string;
	/** True: `ID.json` with the spacing beside, as nnU-Net's Tiff3DIO writes it. */
	readonly spacingFile: boolean;
};

/** The targets of a run, the main one first. @throws CONFIG where a format cannot hold a product */
export async function targetsFor(products: readonly VolumeProduct[], facts: TargetFacts): Promise<Target[]> {
	const format = await formatByName(facts.format);
	const isStaged = format.openRegions === undefined;
	requireLayout(facts, !isStaged);
	const { chunks, shards } = spatialLayout(products, facts, isStaged);
	return products.map((product, n) => {
		const shape = shapeOf(product, facts);
		const lead = product.channelAxis ? [1] : [];
		const path = n === 0 ? facts.path : `${pathStem(facts.path)}_${product.name}${endingOf(facts.format)}`;
		requireHolds(format, path, product, shape);
		const layout: Layout = {
			...(isStaged ? {} : facts.layout),
			chunks: [...lead, ...chunks],
			...(shards === undefined ? {} : { shards: [...lead, ...shards] }),
		};
		const spec = specOf(product, shape, layout, facts);
		const staged = isStaged ? outputStage(facts.folder, "staging", path) : undefined;
		return { product, path, format: facts.format, spec, ...(staged === undefined ? {} : { staged }) };
	});
}

/** Found out before anything is predicted. @throws CONFIG where a format has no chunks or shards */
function requireLayout({ path, format, layout = {} }: TargetFacts, hasRegions: boolean): void {
	const hasShards = format === "zarr" || format === "precomputed";
	const missing =
		layout.shards !== undefined && !hasShards
			? "shards"
			: layout.chunks !== undefined && !hasRegions && format !== "hdf5"
				? "chunks"
				: undefined;
	if (missing === undefined) return;
	throw new NnvolError(
		"CONFIG",
		`${path}: ${format} has no ${missing}; take inference.data.${missing} out, or choose another output format (zarr)`,
		{ fields: { path, format } },
	);
}

/** Extents that regions of every target are multiples of: z, y, x of the output. */
export function unitOf({ spec }: Target): Zyx {
	const extents = (spec.layout?.shards ?? spec.layout?.chunks ?? spec.shape).slice(spec.axes.startsWith("c") ? 1 : 0);
	const [x = 1, y = 1, z = 1] = extents.toReversed();
	return [z, y, x];
}

type SpatialLayout = { readonly chunks: readonly number[]; readonly shards?: readonly number[] };

/** One layout for all products, so that their blocks are the same: by the main product's type, or what the user says. */
function spatialLayout(
	[main]: readonly VolumeProduct[],
	{ layout = {}, map, rank, format }: TargetFacts,
	isStaged: boolean,
): SpatialLayout {
	const shape = outputShape(map).slice(rank === 2 ? 1 : 0);
	const dtype = main?.written ?? "uint8";
	const given = (extents: readonly number[] | undefined) => extents?.slice(-shape.length);
	const written = isStaged ? "zarr" : format;
	const own = flat(defaultLayout(written, shape, dtype), written);
	if (isStaged) return own; // what the user asks for is the file's, not the stage's
	const chunks = given(layout.chunks) ?? own.chunks;
	const shards = given(layout.shards) ?? (layout.chunks === undefined ? own.shards : undefined);
	return shards === undefined ? { chunks } : { chunks, shards };
}

/**
 * Large Zarrs in shards that are wide and thin: blocks are held as deep as shards are, so thin ones leave memory for wide
 * columns, which run fewer tiles twice.
 */
function flat(own: SpatialLayout, format: FormatName): SpatialLayout {
	if (format !== "zarr" || own.shards === undefined || own.chunks.length !== 3) return own;
	return { chunks: [16, 128, 128], shards: [16, 1024, 1024] };
}

function shapeOf({ channels, channelAxis }: VolumeProduct, { map, rank }: TargetFacts): readonly number[] {
	const spatial = outputShape(map).slice(rank === 2 ? 1 : 0);
	return channelAxis ? [channels, ...spatial] : spatial;
}

function specOf(product: VolumeProduct, shape: readonly number[], layout: Layout, facts: TargetFacts): VolumeSpec {
	const { rank, placement, attributes } = facts;
	const axes = `${product.channelAxis ? "c" : ""}${rank === 2 ? "yx" : "zyx"}`;
	return {
		dtype: product.written,
		shape,
		axes,
		layout,
		attributes: {
			...attributes,
			...(product.unit === undefined ? {} : { scale: product.unit }),
			...(product.name === "labels" ? { kind: "labels" } : {}),
		},
		...(product.name === "probabilities" && facts.format === "hdf5" ? { dataset: "probabilities" } : {}),
		...placeFor(axes, placement),
		...(placement.spacing === undefined ? {} : { spacing: placement.spacing }),
	};
}

function requireHolds(format: VolumeFormat, path: string, product: VolumeProduct, shape: readonly number[]): void {
	const isType = format.writes.includes(product.written);
	if (isType && format.ranks.includes(shape.length)) return;
	const what = isType ? `${shape.length} axes` : product.written;
	throw new NnvolError(
		"CONFIG",
		`${path}: ${format.name} cannot hold ${what}; choose zarr (inference.data.output_format)${isType ? "" : ", or another dtype in inference.data.outputs"}`,
		{ fields: { path, dtype: product.written, shape } },
	);
}

/** Where a target's blocks are written: an array that is made, or gone on with. @throws VOLUME */
export async function openTarget({ path, staged, format, spec }: Target, vio: VolumeIo): Promise<BlockStore> {
	const place = staged ?? path;
	if (!isRemote(place)) await makeFolder(dirname(place));
	return vio.store(place, staged === undefined ? format : "zarr", staged === undefined ? spec : stagedSpec(spec));
}

/** What is staged is read once and removed: quick to pack. */
function stagedSpec({ dtype, shape, axes, layout }: VolumeSpec): VolumeSpec {
	return {
		dtype,
		shape,
		axes,
		layout: { ...layout, compression: "zstd" },
	};
}

/** Removes what an earlier run left of a target. */
export async function removeTarget({ path, staged }: Target): Promise<void> {
	if (isRemote(path)) await removeRemote(path);
	else await rm(path, { recursive: true, force: true });
	if (staged === undefined) return;
	await removeWhole(staged);
	await removeWhole(partsFolder(staged));
}

/** Where the parts of what is put together lie, beside what they are made of. */
export function partsFolder(staged: string): string {
	return `${pathStem(staged)}.parts`;
}

async function removeRemote(path: string): Promise<void> {
	const store = await openStore(path);
	await removeTree(store, "").finally(() => store.close());
}

/** True where what regions were written to is still there. @throws VOLUME where a place behind a URL does not tell */
export async function isThere({ path, staged }: Target): Promise<boolean> {
	return (await presenceOf(staged ?? path)) !== undefined;
}

/** True where the output itself is in its place. */
export async function isInPlace({ path }: Target): Promise<boolean> {
	return (await presenceOf(path)) !== undefined;
}

/**
 * Removes what was staged on the way, and what dead processes left there: only once it is recorded that the output is
 * finished, for a staging of which a part is gone would read as background.
 *
 * @param input folder for what is staged of the input
 */
export async function removeStages(targets: readonly Target[], input: string): Promise<void> {
	const stages = [
		input,
		// parts first: one of them may be the output by another name, and is not to be made of a stage that is gone
		...targets.flatMap(({ staged }) => (staged === undefined ? [] : [partsFolder(staged), staged])),
	];
	for (const stage of stages) await removeWhole(stage);
	for (const folder of new Set(stages.map(dirname))) await removeStale(folder);
}

/** The voxels of a block as they lie in the file: without a channel axis where there is none, without z for a single image. */
export function asInFile(array: NdArray, { spec }: Target): NdArray {
	const spatial = array.shape.slice(spec.axes.includes("z") ? -3 : -2);
	return reshape(array, spec.axes.startsWith("c") ? [array.shape[0] ?? 1, ...spatial] : spatial);
}
