/**
 * The volumes that a thread has open, and what blocks read of them.
 *
 * @module
 */
import type { NdArray } from "../../core/array.ts";
import { type Box, boxShape } from "../../core/box.ts";
import { NnvolError } from "../../core/errors.ts";
import { fromHalf } from "../../core/float16.ts";
import { sizeOf } from "../../core/shape.ts";
import { formatByName, openVolume } from "../../volume/formats.ts";
import type { RegionWriter, VolumeReader } from "../../volume/volume.ts";
import { requireRunOf } from "./block-files.ts";
import type { OutputPlace } from "./block-task.ts";
import type { LabelValues } from "./local-labels.ts";
import { type Condition, restrict } from "./mask-spec.ts";
import { readChannel, type VoxelPlace, valuesOf } from "./voxel-place.ts";

/** Opens what is asked for once. Close it in a `finally`. */
export class OpenVolumes {
	readonly #readers = new Map<string, Promise<VolumeReader>>();
	readonly #writers = new Map<string, Promise<RegionWriter>>();

	/** 1 where all conditions hold, those that name no place with what lies at `own`. @throws VOLUME */
	async where(own: VoxelPlace, conditions: readonly Condition[], box: Box): Promise<Uint8Array<ArrayBuffer>> {
		const mask = new Uint8Array(sizeOf(boxShape(box))).fill(1);
		for (const condition of conditions) {
			const place = condition.place ?? own;
			const reader = await this.#reader(place);
			const isHalf = reader.info.dtype === "float16";
			const decoded = (stored: number) => Math.fround((isHalf ? fromHalf(stored) : stored) * place.scale);
			restrict(mask, await readChannel(reader, place, condition.channel, box), condition, decoded);
		}
		return mask;
	}

	/** Labels as they are stored. @throws INPUT where there are none; VOLUME */
	async labels(place: VoxelPlace, channel: number, box: Box): Promise<LabelValues> {
		const data = await readChannel(await this.#reader(place), place, channel, box);
		if (data instanceof Uint8Array || data instanceof Uint16Array || data instanceof Uint32Array) return data;
		throw new NnvolError("INPUT", `${place.path}: expected labels of uint8, uint16, uint32 or uint64`);
	}

	/** Values of a channel. @throws VOLUME */
	async values(place: VoxelPlace, channel: number, box: Box): Promise<Float32Array<ArrayBuffer>> {
		const reader = await this.#reader(place);
		return valuesOf(await readChannel(reader, place, channel, box), reader.info.dtype === "float16", place.scale);
	}

	/** Labels of earlier passes: those of the first stage, and where they are 0 those of the next. @throws RUN, VOLUME */
	async staged([path = "", ...further]: readonly string[], box: Box): Promise<Uint32Array> {
		const { data } = await (await this.#reader({ path })).read(box);
		if (!(data instanceof Uint32Array)) {
			throw new NnvolError("RUN", `${path}: expected labels of uint32; run the same again with --overwrite`);
		}
		if (further.length === 0) return data;
		const rest = await this.staged(further, box);
		for (let i = 0; i < data.length; i++) if (data[i] === 0) data[i] = rest[i] ?? 0;
		return data;
	}

	/** Writes a region durably. @param records those of the run that it belongs to. @throws VOLUME; RUN where the run has ended */
	async write(output: OutputPlace, start: readonly number[], array: NdArray, records: string): Promise<void> {
		const writer = await this.#writer(output);
		await requireRunOf(records);
		await writer.write(start, array);
	}

	/** Closes what is open. */
	async close(): Promise<void> {
		const all = [...this.#readers.values(), ...this.#writers.values()];
		this.#readers.clear();
		this.#writers.clear();
		for (const each of all) await (await each.catch(() => undefined))?.close();
	}

	#reader({ path, dataset }: Pick<VoxelPlace, "path" | "dataset">): Promise<VolumeReader> {
		const key = JSON.stringify([path, dataset]);
		const known = this.#readers.get(key) ?? openVolume(path, dataset === undefined ? {} : { dataset });
		this.#readers.set(key, known);
		return known;
	}

	#writer(output: OutputPlace): Promise<RegionWriter> {
		const known = this.#writers.get(output.path) ?? openRegions(output);
		this.#writers.set(output.path, known);
		return known;
	}
}

/** Opens the array that blocks go to, or makes it. @throws VOLUME */
export async function openRegions({ path, format: name, spec }: OutputPlace): Promise<RegionWriter> {
	const format = await formatByName(name);
	if (format.openRegions === undefined) throw new RangeError(`${name} has no regions`);
	return format.openRegions(path, spec);
}
