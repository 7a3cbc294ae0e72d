/**
 * Building the coarser scales of a volume that is written, one from the other, a few chunks in memory at a time.
 *
 * A scale is written whole before the `info` names it: readers see whole scales only. Run again after a crash, scales that
 * are named are left, and units of the next that are on the disk are not made again.
 *
 * @module
 */
import { type NdArray, zeros } from "../../core/array.ts";
import { type Box, boxShape, intersect, wholeBox } from "../../core/box.ts";
import { throwIfAborted } from "../../core/errors.ts";
import { type Shape, sizeOf } from "../../core/shape.ts";
import { chunkBox, chunksOver } from "../chunked/chunk-grid.ts";
import { chunkReader } from "../chunked/chunk-reader.ts";
import { fileError, volumeError } from "../fault.ts";
import { inLanes } from "../lanes.ts";
import { openStore } from "../stores/open-store.ts";
import type { KeyStore } from "../stores/store.ts";
import type { IoOptions, Scale, ScaleWork, VolumeReader } from "../volume.ts";
import { copyVoxels } from "../zarr/copy.ts";
import { downsample, type Factors, type ScaleKind } from "./downsample.ts";
import { INFO, type InfoDocument, infoBytes, readInfo, type ScaleDocument, toZyx } from "./info.ts";
import { axesOfBits } from "./morton.ts";
import { describePlace, gridSize, type Place, placeOf } from "./place.ts";
import { chunkSource, ScaleStore } from "./scale-store.ts";
import { shardingOf } from "./sharding.ts";

/** Units made at once. */
const AT_ONCE = 2;

/** What scales are built. */
export type ScaleOptions = IoOptions & {
	/** Scales after the first; fewer where a scale is one voxel. */
	readonly count: number;
	readonly kind: ScaleKind;
	/** Writes units that are on the disk again: the volume was changed since an earlier try. */
	readonly again?: boolean;
	/** Units written of the scale that is being made. */
	readonly onProgress?: (scale: string, done: number, total: number) => void;
	/** Does the units of a scale in another way than by itself. */
	readonly spread?: (work: ScaleWork) => Promise<void>;
};

/**
 * Builds `count` scales after the first of the precomputed volume at `path`: x, y and z divided by 2 each time, an axis
 * whose voxels are twice as long as the shortest or more left as it is until they are not. Encoding, chunks and number of
 * chunks in a shard are those of the first.
 *
 * @returns all scales, the finest first
 * @throws VOLUME where the volume cannot be read or written
 */
export async function buildScales(path: string, options: ScaleOptions): Promise<readonly Scale[]> {
	throwIfAborted(options.signal);
	const store = await openStore(path);
	try {
		let document = await readInfo(store, options);
		if (document === undefined) throw volumeError(path, "is no precomputed volume: there is no info in it");
		for (let level = 1; level <= options.count; level++) {
			const next = await nextScale(store, document, level, options);
			if (next === undefined) break;
			document = next;
		}
		const place = placeOf(path, document, undefined);
		return describePlace(path, document, place, undefined).scales ?? [];
	} catch (error) {
		throw fileError(path, "write", error);
	} finally {
		await store.close();
	}
}

/** The document with scale `level`, which is written where it is not there; undefined where there can be none. */
async function nextScale(
	store: KeyStore,
	document: InfoDocument,
	level: number,
	options: ScaleOptions,
): Promise<InfoDocument | undefined> {
	const finer = document.scales[level - 1];
	if (finer === undefined || sizeOf(finer.size) === 1) return undefined;
	const isListed = document.scales[level] !== undefined;
	// whoever does the units in a way of their own knows whether those that are there count
	if (isListed && options.again !== true && options.spread === undefined) return document;
	const factors = factorsOf(finer);
	const scale = coarser(store.root, document, finer, factors);
	const next = {
		...document,
		scales: [...document.scales.slice(0, level), scale, ...document.scales.slice(level + 1)],
	};
	const place = placeOf(store.root, next, scale.key);
	await writeScale(store, document, placeOf(store.root, document, finer.key), place, factors, level, options);
	await store.sync();
	const now = await readInfo(store, options); // another process may have been quicker
	if (options.again !== true && now?.scales[level] !== undefined) return now;
	await store.set(INFO, infoBytes(next), options);
	await store.sync();
	return next;
}

/** What z, y and x are divided by. */
function factorsOf({ resolution, size }: ScaleDocument): Factors {
	const shortest = Math.min(...resolution.filter((_, axis) => (size[axis] ?? 1) > 1));
	const factors = resolution.map((length, axis) => ((size[axis] ?? 1) > 1 && length < 2 * shortest ? 2 : 1));
	return toZyx([factors[0] ?? 1, factors[1] ?? 1, factors[2] ?? 1]);
}

function coarser(root: string, document: InfoDocument, finer: ScaleDocument, factors: Factors): ScaleDocument {
	const [fz, fy, fx] = factors;
	const each = (
		[x, y, z]: readonly number[],
		f: (value: number, factor: number) => number,
	): [number, number, number] => [f(x ?? 1, fx), f(y ?? 1, fy), f(z ?? 1, fz)];
	const resolution = each(finer.resolution, (length, factor) => length * factor);
	const scale: ScaleDocument = {
		...finer,
		key: resolution.join("_"),
		size: each(finer.size, (extent, factor) => Math.ceil(extent / factor)),
		voxel_offset: each(finer.voxel_offset, (offset, factor) => Math.floor(offset / factor)),
		resolution,
	};
	if (finer.sharding === undefined || finer.sharding === null) return scale;
	const place = placeOf(root, { ...document, scales: [scale] }, scale.key);
	const total = axesOfBits(gridSize(place)).length;
	const bits = Math.min(total, finer.sharding.preshift_bits + finer.sharding.minishard_bits);
	const packed = finer.sharding.data_encoding === "gzip";
	return { ...scale, sharding: shardingOf(bits, total, packed) };
}

async function writeScale(
	store: KeyStore,
	document: InfoDocument,
	finer: Place,
	place: Place,
	factors: Factors,
	level: number,
	options: ScaleOptions,
): Promise<void> {
	const source = { ...chunkSource(store, finer), close: async () => undefined };
	const reader = chunkReader(describePlace(store.root, document, finer, undefined), source);
	const target = new ScaleStore(store, place);
	const units = [...chunksOver(wholeBox(place.shape), target.unit)];
	const work: ScaleWork = {
		level,
		units: units.length,
		isDone: async (n) => options.again !== true && (await isThere(store, target.keyOf(units[n] ?? []), options)),
		build: async (n) => {
			const unit = units[n] ?? [];
			const box = chunkBox(unit, target.unit, place.shape);
			await target.put(unit, await coarseBox(reader, box, place.chunks, factors, options), options);
		},
	};
	const { spread = alone(options, (done) => options.onProgress?.(place.key, done, units.length)) } = options;
	await spread(work);
}

/** Does what is not done, a few units at once. */
function alone({ signal }: IoOptions, onDone: (done: number) => void): (work: ScaleWork) => Promise<void> {
	return async ({ units, isDone, build }) => {
		let done = 0;
		const all = Array.from({ length: units }, (_, n) => n);
		await inLanes(all, AT_ONCE, async (n) => {
			throwIfAborted(signal);
			if (!(await isDone(n))) await build(n);
			onDone(++done);
		});
	};
}

async function isThere(store: KeyStore, key: string, options: IoOptions): Promise<boolean> {
	return (await store.getRange(key, { offset: 0, length: 1 }, options)) !== undefined;
}

/** The voxels of `box` of the coarser scale, made chunk by chunk from those of `reader`. */
async function coarseBox(
	reader: VolumeReader,
	box: Box,
	chunks: Shape,
	factors: Factors,
	{ kind, signal }: ScaleOptions,
): Promise<NdArray> {
	const { dtype, shape } = reader.info;
	const target = zeros(dtype, boxShape(box));
	const first = shape.length - 3;
	const along = (values: readonly number[]) => values.map((at, axis) => at * (factors[axis - first] ?? 1));
	for (const coordinates of chunksOver(box, chunks)) {
		const start = coordinates.map((at, axis) => at * (chunks[axis] ?? 1));
		const part = intersect({ start, stop: start.map((at, axis) => at + (chunks[axis] ?? 1)) }, box);
		const fine = intersect({ start: along(part.start), stop: along(part.stop) }, wholeBox(shape));
		const voxels = downsample(await reader.read(fine, signal === undefined ? {} : { signal }), factors, kind);
		const at = part.start.map((from, axis) => from - (box.start[axis] ?? 0));
		copyVoxels(voxels, wholeBox(voxels.shape), target, at);
	}
	return target;
}
