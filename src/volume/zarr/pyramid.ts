/**
 * The coarser levels of an OME-Zarr image: each made from the one before, box by box, in bounded memory.
 *
 * Levels are written as regions: a unit that is there is done, so that a run that was cut short goes on where it was. The
 * group lists them once all are whole.
 *
 * @module
 */
import { type NdArray, zeros } from "../../core/array.ts";
import { type Box, boxShape, shift, wholeBox } from "../../core/box.ts";
import { throwIfAborted } from "../../core/errors.ts";
import type { Shape } from "../../core/shape.ts";
import { chunksOver } from "../chunked/chunk-grid.ts";
import { fileError, volumeError } from "../fault.ts";
import { inLanes } from "../lanes.ts";
import { openStore } from "../stores/open-store.ts";
import type { KeyStore } from "../stores/store.ts";
import type {
	IoOptions,
	Layout,
	RegionWriter,
	Scale,
	ScaleWork,
	VolumeInfo,
	VolumeReader,
	VolumeSpec,
} from "../volume.ts";
import { chunkBox } from "./chunks.ts";
import { copyVoxels } from "./copy.ts";
import { halve, halvedShape, type Reduction } from "./downsample.ts";
import { type Found, findArray } from "./find.ts";
import { FINEST, writeGroup } from "./groups.ts";
import { keyBelow, readNode } from "./node.ts";
import { omeAttributes } from "./ome.ts";
import { imageAttributes, type WrittenLevel } from "./ome-write.ts";
import { openZarr, openZarrRegions } from "./open.ts";
import { unitKey } from "./storage.ts";

/** What is built. */
export type PyramidOptions = {
	/** The image's group. Default the root. */
	readonly dataset?: string;
	/** Levels in all, the finest included. Default: until the longest axis of space has 256 voxels at most. */
	readonly levels?: number;
	/** Means for images, the most frequent for labels. */
	readonly kind: Reduction;
	/** Does the units of a level in another way than one after the other: with other processes, say. All are done at its end. */
	readonly spread?: (work: ScaleWork) => Promise<void>;
	/** Builds levels that are there anew. Default: what is there is kept, so that a run that was cut short goes on. */
	readonly redo?: boolean;
};

/** One level: its extents, and by how much each axis is coarser than the finest. */
export type PyramidLevel = { readonly shape: Shape; readonly factors: readonly number[] };

const LONGEST = 256;
const MOST_LEVELS = 32;

/** Boxes that are halved at once. */
const AT_ONCE = 2;

/**
 * The levels of a pyramid, the finest first. Each halves the axes of space; those whose voxels are twice as long as the
 * shortest or more wait until the others have caught up, and axes of one voxel stay.
 */
export function pyramidLevels(
	shape: Shape,
	axes: string,
	spacing: readonly number[] | undefined,
	levels: number | undefined,
): readonly PyramidLevel[] {
	const found: PyramidLevel[] = [{ shape, factors: shape.map(() => 1) }];
	const space = shape.map((_, axis) => axis).filter((axis) => /[zyx]/.test(axes[axis] ?? ""));
	const sizes = shape.map((_, axis) => spacing?.["zyx".indexOf(axes[axis] ?? "?")] ?? 1);
	for (let last = found[0]; last !== undefined && found.length < (levels ?? MOST_LEVELS); last = found.at(-1)) {
		const { shape: extents, factors } = last;
		const long = space.filter((axis) => (extents[axis] ?? 1) > 1);
		if (long.length === 0 || (levels === undefined && long.every((axis) => (extents[axis] ?? 1) <= LONGEST))) break;
		const size = (axis: number) => (sizes[axis] ?? 1) * (factors[axis] ?? 1);
		const shortest = Math.min(...long.map(size));
		const steps = extents.map((_, axis) => (long.includes(axis) && size(axis) < 2 * shortest ? 2 : 1));
		found.push({ shape: halvedShape(extents, steps), factors: factors.map((f, axis) => f * (steps[axis] ?? 1)) });
	}
	return found;
}

/**
 * Builds the coarser levels "1", "2", ... of the OME-Zarr image at `path` (a folder or URL) and lists them in its group.
 *
 * @returns all levels, the finest first, by their names within the Zarr
 * @throws VOLUME where there is no OME-Zarr image whose finest level is "0", or levels of another kind are there
 */
export async function buildPyramid(
	path: string,
	options: PyramidOptions,
	io: IoOptions = {},
): Promise<readonly Scale[]> {
	const store = await openStore(path);
	try {
		const found = await findArray(store, options.dataset);
		const group = groupOf(path, found);
		const base = await openZarr(path, { ...io, dataset: found.name });
		await base.close();
		const levels = pyramidLevels(base.info.shape, base.info.axes, base.info.spacing, options.levels);
		for (let n = 1; n < levels.length; n++)
			await buildLevel(path, store, { group, levels, n, base: base.info, found }, options, io);
		await listLevels(store, group, base.info, levels, found.array.storage.zarrFormat);
		return levels.map(({ shape, factors }, n) => ({
			name: keyBelow(group, String(n)),
			shape,
			...(base.info.spacing === undefined ? {} : { spacing: coarser(base.info, factors) }),
		}));
	} catch (cause) {
		throw fileError(path, "write", cause);
	} finally {
		await store.close();
	}
}

function groupOf(path: string, { name, level }: Found): string {
	const isImage = level?.path === FINEST && (name === FINEST || name.endsWith(`/${FINEST}`));
	if (isImage) return name.slice(0, Math.max(0, name.length - 1 - FINEST.length));
	throw volumeError(
		path,
		`expected an OME-Zarr image whose finest level is "${FINEST}", found the array "${name}"; write it with layout.ome`,
	);
}

function coarser({ axes, spacing = [] }: VolumeInfo, factors: readonly number[]): number[] {
	return spacing.map((size, n) => size * (factors[axes.indexOf("zyx"[n] ?? "?")] ?? 1));
}

type Build = {
	readonly group: string;
	readonly levels: readonly PyramidLevel[];
	readonly n: number;
	readonly base: VolumeInfo;
	readonly found: Found;
};

async function buildLevel(
	path: string,
	store: KeyStore,
	build: Build,
	options: PyramidOptions,
	io: IoOptions,
): Promise<void> {
	const { group, levels, n, found } = build;
	const [finer, level] = [levels[n - 1], levels[n]];
	if (finer === undefined || level === undefined) return;
	const spec = specOf(build, level);
	const writer = await openZarrRegions(path, spec, io);
	const reader = await openZarr(path, { ...io, dataset: keyBelow(group, String(n - 1)) });
	const steps = level.factors.map((factor, axis) => factor / (finer.factors[axis] ?? 1));
	try {
		const { storage } = (await findArray(store, spec.dataset)).array;
		const units = [...chunksOver(wholeBox(level.shape), storage.unit)];
		const step = { level, steps, chunks: found.array.storage.chunks };
		const work: ScaleWork = {
			level: n,
			units: units.length,
			isDone: async (unit) => {
				const key = keyBelow(spec.dataset ?? "", unitKey(storage, units[unit] ?? []));
				return options.redo !== true && (await store.getRange(key, { offset: 0, length: 1 }, io)) !== undefined;
			},
			build: (unit) => buildUnit(reader, writer, chunkBox(units[unit] ?? [], storage.unit), step, options.kind, io),
		};
		await (options.spread ?? inOrder(io))(work);
		await writer.finish();
	} finally {
		await reader.close();
		await writer.close();
	}
}

/** Does what is not done, one unit after the other. */
function inOrder({ signal }: IoOptions): (work: ScaleWork) => Promise<void> {
	return async ({ units, isDone, build }) => {
		for (let unit = 0; unit < units; unit++) {
			throwIfAborted(signal);
			if (!(await isDone(unit))) await build(unit);
		}
	};
}

/** A level is kept as the finest is, with chunks and shards cut to its size. */
function specOf({ group, n, base, found }: Build, { shape }: PyramidLevel): VolumeSpec {
	const { storage } = found.array;
	const [packing] = storage.coding.packings;
	const layout: Layout = {
		zarrFormat: storage.zarrFormat,
		chunks: storage.chunks,
		...(storage.index === undefined ? {} : { shards: storage.unit }),
		compression: compressionOf(packing?.id),
	};
	return { dtype: base.dtype, shape, axes: base.axes, dataset: keyBelow(group, String(n)), layout };
}

/** The same packing where it is one that is written, else the nearest. */
function compressionOf(id: string | undefined): NonNullable<Layout["compression"]> {
	if (id === undefined) return "none";
	if (id === "zstd" || id === "blosc") return id;
	return id.endsWith("lz4") ? "lz4" : "gzip";
}

type Step = { readonly level: PyramidLevel; readonly steps: readonly number[]; readonly chunks: Shape };

/** Makes one unit, of which chunk after chunk is read from the finer level. */
async function buildUnit(
	reader: VolumeReader,
	writer: RegionWriter,
	around: Box,
	{ level, steps, chunks }: Step,
	kind: Reduction,
	io: IoOptions,
): Promise<void> {
	const inside: Box = {
		start: around.start,
		stop: around.stop.map((stop, axis) => Math.min(stop, level.shape[axis] ?? 0)),
	};
	const unit: NdArray = zeros(reader.info.dtype, boxShape(inside));
	await inLanes(chunksOver(wholeBox(unit.shape), chunks), AT_ONCE, async (at) => {
		throwIfAborted(io.signal);
		const local = chunkBox(at, chunks);
		const stop = local.stop.map((end, axis) => Math.min(end, unit.shape[axis] ?? 0));
		const target = shift({ start: local.start, stop }, inside.start);
		const finer: Box = {
			start: target.start.map((start, axis) => start * (steps[axis] ?? 1)),
			stop: target.stop.map((end, axis) => Math.min(end * (steps[axis] ?? 1), reader.info.shape[axis] ?? 0)),
		};
		const halved = halve(await reader.read(finer, io), steps, kind);
		copyVoxels(halved, wholeBox(halved.shape), unit, local.start);
	});
	await writer.write(inside.start, unit, io);
}

/** Puts the levels into the group's attributes; what else stands there stays. */
async function listLevels(
	store: KeyStore,
	group: string,
	base: VolumeInfo,
	levels: readonly PyramidLevel[],
	zarrFormat: 2 | 3,
): Promise<void> {
	const node = await readNode(store, group);
	if (node?.kind !== "group") return;
	const version = zarrFormat === 2 ? "0.4" : "0.5";
	const written: WrittenLevel[] = levels.map(({ factors }, n) => ({ path: String(n), factors }));
	const parts = group.split("/");
	const image = imageAttributes(version, parts.at(-1) || "image", base, written, parts.at(-2) === "labels");
	const ome = { ...omeAttributes(node.attributes), ...omeAttributes(image) };
	const attributes = version === "0.5" ? { ...node.attributes, ome } : ome;
	if (JSON.stringify(attributes) === JSON.stringify(node.attributes)) return;
	await writeGroup(store, group, attributes, zarrFormat);
	await store.sync();
}
