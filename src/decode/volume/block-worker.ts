/**
 * Does what is asked of single blocks: in the thread that asks, or in one of several.
 *
 * Data comes before its record: labels are durable in the stage, then faces, then pieces, which tell that a block is done.
 * Doing a block twice is harmless.
 *
 * @module
 */
import { type NdArray, ndarray, reshape } from "../../core/array.ts";
import { type Box, boxShape } from "../../core/box.ts";
import { assertNever, NnvolError } from "../../core/errors.ts";
import { fromHalf } from "../../core/float16.ts";
import { sizeOf, type Zyx, zyx } from "../../core/shape.ts";
import { regionStats } from "../../image/region-stats.ts";
import { type BlockGrid, blockAt } from "../../tiling/blocks.ts";
import { formatByName, openVolume } from "../../volume/formats.ts";
import type { RegionWriter, VolumeReader } from "../../volume/volume.ts";
import { readColumns, writeColumns } from "./block-files.ts";
import type { BlockTask, LabelTask, OutputPlace, SeamTask, WriteTask } from "./block-task.ts";
import { columnsOfFaces, facesIn, facesOf } from "./faces.ts";
import { type LabelValues, localLabels } from "./local-labels.ts";
import { type MaskSpec, maskOfPieces, restrict } from "./mask-spec.ts";
import { neighbourAt } from "./neighbours.ts";
import { columnsOfRegions } from "./object-columns.ts";
import { uint32Column } from "./packed-tables.ts";
import { columnsOfPieces, piecesOf } from "./pieces.ts";
import { columnsOfSeams, type Seam } from "./seam-columns.ts";
import { directionsBefore, joinSeam, type SeamSide } from "./seams.ts";
import { readChannel, type VoxelPlace, valuesOf } from "./voxel-place.ts";

/** Holds open what its blocks need. Close it in a `finally`. */
export class BlockWorker {
	readonly #readers = new Map<string, Promise<VolumeReader>>();
	readonly #writers = new Map<string, Promise<RegionWriter>>();

	/** Does a task. @throws VOLUME, RUN, INPUT */
	async perform(task: BlockTask): Promise<void> {
		switch (task.kind) {
			case "label":
				return this.#label(task);
			case "seam":
				return joinBlock(task);
			case "write":
				return this.#write(task);
			default:
				return assertNever(task);
		}
	}

	/** Closes what is open; the last error of closing is thrown. */
	async close(): Promise<void> {
		const all = [...this.#readers.values(), ...this.#writers.values()];
		this.#readers.clear();
		this.#writers.clear();
		for (const each of all) await (await each.catch(() => undefined))?.close();
	}

	async #label(task: LabelTask): Promise<void> {
		const { block, grid, mask, records } = task;
		const { box } = blockAt(grid, block);
		const [shape, origin, whole] = [zyx(boxShape(box)), zyx(box.start), zyx(grid.shape)];
		const byValue = mask.kind === "labels";
		const voxels = await this.#voxels(mask, box, block);
		const { labels, count } = localLabels(voxels, shape, task, byValue);
		const writer = await this.#writer(task.stage);
		await writer.write(box.start, ndarray("uint32", shape, labels));
		await writeColumns(records, "faces", block, columnsOfFaces(facesOf(labels, shape)));
		if (task.stats !== undefined) {
			const { source } = task.stats;
			const values = source === undefined ? undefined : await this.#values(source.place, source.channel, box);
			await writeColumns(
				records,
				"objects",
				block,
				columnsOfRegions(regionStats(labels, shape, origin, whole, values)),
			);
		}
		const pieces = piecesOf({ labels, count, shape, origin, whole, flat: task.flat }, byValue ? voxels : undefined);
		await writeColumns(records, "pieces", block, columnsOfPieces(pieces));
	}

	/** What objects are made of in `box`. */
	async #voxels(mask: MaskSpec, box: Box, block: number): Promise<LabelValues> {
		switch (mask.kind) {
			case "where": {
				const found = new Uint8Array(sizeOf(boxShape(box))).fill(1);
				for (const condition of mask.conditions) {
					const data = await readChannel(await this.#reader(mask.place), mask.place, condition.channel, box);
					restrict(found, data, condition, await this.#decoder(mask.place));
				}
				return found;
			}
			case "labels": {
				const data = await readChannel(await this.#reader(mask.place), mask.place, mask.channel, box);
				if (data instanceof Uint8Array || data instanceof Uint16Array || data instanceof Uint32Array) return data;
				const { path } = mask.place;
				throw new NnvolError("INPUT", `${path}: expected labels of uint8, uint16, uint32 or uint64 in block ${block}`);
			}
			case "pieces":
				return maskOfPieces(await this.#staged(mask.stage, box), mask.keep);
			default:
				return assertNever(mask);
		}
	}

	async #values(place: VoxelPlace, channel: number, box: Box): Promise<Float32Array<ArrayBuffer>> {
		const reader = await this.#reader(place);
		return valuesOf(await readChannel(reader, place, channel, box), reader.info.dtype === "float16", place.scale);
	}

	async #decoder(place: VoxelPlace): Promise<(stored: number) => number> {
		const isHalf = (await this.#reader(place)).info.dtype === "float16";
		const { scale } = place;
		return (stored) => Math.fround((isHalf ? fromHalf(stored) : stored) * scale);
	}

	async #write({ block, grid, stage, map, output, records }: WriteTask): Promise<void> {
		const { box } = blockAt(grid, block);
		const array = mapped(await this.#staged(stage, box), map, output, zyx(boxShape(box)));
		const rank = output.spec.shape.length;
		const writer = await this.#writer(output);
		await writer.write(box.start.slice(-rank), reshape(array, array.shape.slice(-rank)));
		await writeColumns(records, "written", block, { block: Uint32Array.of(block) });
	}

	async #staged(path: string, box: Box): Promise<Uint32Array> {
		const { data } = await (await this.#reader({ path })).read(box);
		if (data instanceof Uint32Array) return data;
		throw new NnvolError("RUN", `${path}: expected labels of uint32; run the same again with --overwrite`);
	}

	#reader({ path, dataset }: Pick<VoxelPlace, "path" | "dataset">): Promise<VolumeReader> {
		const key = JSON.stringify([path, dataset]);
		const known = this.#readers.get(key) ?? openVolume(path, dataset === undefined ? {} : { dataset });
		this.#readers.set(key, known);
		return known;
	}

	#writer({ path, format, spec }: OutputPlace): Promise<RegionWriter> {
		const known = this.#writers.get(path) ?? openRegions(path, format, spec);
		this.#writers.set(path, known);
		return known;
	}
}

/** Opens the array that blocks go to, or makes it. @throws VOLUME */
export async function openRegions(
	path: string,
	name: OutputPlace["format"],
	spec: OutputPlace["spec"],
): Promise<RegionWriter> {
	const format = await formatByName(name);
	if (format.openRegions === undefined) throw new RangeError(`${name} has no regions`);
	return format.openRegions(path, spec);
}

/** The labels of the result in the output's type. */
function mapped(labels: Uint32Array, map: Uint32Array, { spec }: OutputPlace, shape: Zyx): NdArray {
	const fill = <T extends Uint8Array | Uint16Array | Uint32Array>(target: T): T => {
		for (let i = 0; i < labels.length; i++) target[i] = map[labels[i] ?? 0] ?? 0;
		return target;
	};
	switch (spec.dtype) {
		case "uint8":
			return ndarray("uint8", shape, fill(new Uint8Array(labels.length)));
		case "uint16":
			return ndarray("uint16", shape, fill(new Uint16Array(labels.length)));
		case "uint32":
			return ndarray("uint32", shape, fill(new Uint32Array(labels.length)));
		case "uint64": {
			const wide = BigUint64Array.from(map, BigInt);
			return ndarray(
				"uint64",
				shape,
				BigUint64Array.from(labels, (label) => wide[label] ?? 0n),
			);
		}
		default:
			throw new RangeError(`labels are not written as ${spec.dtype}`);
	}
}

/** Finds the pieces that a block shares with those before it. */
async function joinBlock({ block, grid, records, byValue, connectivity, flat }: SeamTask): Promise<void> {
	const here = await sideOf(records, grid, block, byValue);
	const seams: Seam[] = [];
	for (const direction of directionsBefore(connectivity, flat)) {
		const neighbour = neighbourAt(grid, block, direction);
		if (neighbour === undefined) continue;
		const there = await sideOf(records, grid, neighbour, byValue);
		const axis = direction.findIndex((step) => step !== 0);
		seams.push({ neighbour, axis, pairs: joinSeam(here, there, direction, connectivity, flat) });
	}
	await writeColumns(records, "seams", block, columnsOfSeams(seams));
}

async function sideOf(records: string, grid: BlockGrid, block: number, byValue: boolean): Promise<SeamSide> {
	const shape = zyx(boxShape(blockAt(grid, block).box));
	const faces = facesIn(await readColumns(records, "faces", block), shape);
	if (!byValue) return { faces };
	return { faces, values: uint32Column(await readColumns(records, "pieces", block), "values") };
}
