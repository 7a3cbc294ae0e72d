/**
 * Writing arrays that lie in units (chunks, or shards of several): whole units in any order, or boxes of any cut.
 *
 * @module
 */
import { type NdArray, zeros } from "../../core/array.ts";
import { type Box, boxShape, intersect, shift, wholeBox } from "../../core/box.ts";
import { throwIfAborted } from "../../core/errors.ts";
import { type Shape, sameShape, shapeText } from "../../core/shape.ts";
import { checkRegion } from "../check.ts";
import { volumeError } from "../fault.ts";
import { inLanes } from "../lanes.ts";
import type { IoOptions, RegionWriter, VolumeInfo, VolumeWriter } from "../volume.ts";
import { copyVoxels } from "../zarr/copy.ts";
import { chunkBox, chunksOver } from "./chunk-grid.ts";

/** Units encoded and written at once. */
const AT_ONCE = 4;

/** What knows how units are kept. Their extents are cut at the array's end. */
export interface UnitSink {
	readonly info: VolumeInfo;
	/** Extents of a unit, axes as in `info.shape`. */
	readonly unit: Shape;
	/** Writes a unit whole; another reader sees the old one or the new one. */
	put(coordinates: readonly number[], array: NdArray, options: IoOptions): Promise<void>;
	/** The unit as it was written; undefined where it was not. */
	get(coordinates: readonly number[], options: IoOptions): Promise<NdArray | undefined>;
	/** Makes the names of what was put durable. */
	sync(): Promise<void>;
	/** What comes last: the metadata of an array that is made in one go. */
	complete(): Promise<void>;
	/** Removes what was written. */
	remove(): Promise<void>;
	close(): Promise<void>;
}

/** Regions of whole units, durable when `write` returns. */
export function regionWriter(sink: UnitSink): RegionWriter {
	return new Regions(sink);
}

/** Boxes of any cut: units that a box covers in part are read, changed and written again. */
export function boxWriter(sink: UnitSink): VolumeWriter {
	return new Boxes(sink);
}

class Regions implements RegionWriter {
	readonly info: VolumeInfo;
	readonly unit: Shape;
	readonly #sink: UnitSink;
	#open = true;

	constructor(sink: UnitSink) {
		this.#sink = sink;
		this.info = sink.info;
		this.unit = sink.unit;
	}

	async write(start: readonly number[], array: NdArray, options: IoOptions = {}): Promise<void> {
		throwIfAborted(options.signal);
		const { path, shape } = this.info;
		if (!this.#open) throw volumeError(path, "the array was closed before this write");
		checkRegion(path, { ...this.info }, start, array);
		const region = shift(wholeBox(array.shape), start);
		if (!this.#isWhole(region)) {
			const found = `[${region.start.join(", ")}] to [${region.stop.join(", ")}]`;
			throw volumeError(path, `expected a region of whole units of ${shapeText(this.unit)}, found ${found}`);
		}
		await inLanes(chunksOver(region, this.unit), AT_ONCE, async (coordinates) => {
			throwIfAborted(options.signal);
			const box = chunkBox(coordinates, this.unit, shape);
			await this.#sink.put(coordinates, partOf(array, region, box), options);
		});
		await this.#sink.sync();
	}

	async finish(): Promise<void> {
		await this.#sink.sync();
	}

	async close(): Promise<void> {
		if (!this.#open) return;
		this.#open = false;
		await this.#sink.close();
	}

	#isWhole({ start, stop }: Box): boolean {
		return this.unit.every(
			(extent, axis) =>
				(start[axis] ?? 0) % extent === 0 && ((stop[axis] ?? 0) % extent === 0 || stop[axis] === this.info.shape[axis]),
		);
	}
}

class Boxes implements VolumeWriter {
	readonly #sink: UnitSink;
	/** The last change of each unit that is under way. */
	readonly #changes = new Map<string, Promise<void>>();
	#state: "open" | "finished" | "discarded" = "open";

	constructor(sink: UnitSink) {
		this.#sink = sink;
	}

	async write(start: readonly number[], array: NdArray, options: IoOptions = {}): Promise<void> {
		throwIfAborted(options.signal);
		const { info, unit } = this.#sink;
		if (this.#state !== "open") throw volumeError(info.path, `the array was ${this.#state} before this write`);
		checkRegion(info.path, { ...info }, start, array);
		const region = shift(wholeBox(array.shape), start);
		await inLanes(chunksOver(region, unit), AT_ONCE, async (coordinates) => {
			throwIfAborted(options.signal);
			await this.#oneAtATime(coordinates, () => this.#change(coordinates, region, array, options));
		});
	}

	async finish(): Promise<void> {
		if (this.#state !== "open") return;
		this.#state = "finished";
		await Promise.all(this.#changes.values());
		await this.#sink.sync();
		await this.#sink.complete();
		await this.#sink.sync();
		await this.#sink.close();
	}

	async discard(): Promise<void> {
		if (this.#state === "discarded") return;
		this.#state = "discarded";
		await Promise.allSettled(this.#changes.values());
		await this.#sink.remove().catch(() => undefined);
		await this.#sink.close().catch(() => undefined);
	}

	/** Runs `change` after the change of the same unit that is under way, whether that one failed or not. */
	async #oneAtATime(coordinates: readonly number[], change: () => Promise<void>): Promise<void> {
		const key = coordinates.join(",");
		const before = this.#changes.get(key);
		const run = async (): Promise<void> => {
			await before?.catch(() => undefined);
			await change();
		};
		const mine = run();
		this.#changes.set(key, mine);
		try {
			await mine;
		} finally {
			if (this.#changes.get(key) === mine) this.#changes.delete(key);
		}
	}

	async #change(coordinates: readonly number[], region: Box, array: NdArray, options: IoOptions): Promise<void> {
		const { info, unit } = this.#sink;
		const box = chunkBox(coordinates, unit, info.shape);
		const part = intersect(box, region);
		if (sameShape(boxShape(part), boxShape(box))) {
			await this.#sink.put(coordinates, partOf(array, region, box), options);
			return;
		}
		const whole = (await this.#sink.get(coordinates, options)) ?? zeros(info.dtype, boxShape(box));
		copyVoxels(array, shift(part, negated(region.start)), whole, shift(part, negated(box.start)).start);
		await this.#sink.put(coordinates, whole, options);
	}
}

/** The voxels of `box`, which lies in `region`, of `array`, the voxels of `region`; not copied where they are all. */
function partOf(array: NdArray, region: Box, box: Box): NdArray {
	if (sameShape(boxShape(box), array.shape)) return array;
	const part = zeros(array.dtype, boxShape(box));
	copyVoxels(
		array,
		shift(box, negated(region.start)),
		part,
		box.start.map(() => 0),
	);
	return part;
}

function negated(offsets: readonly number[]): number[] {
	return offsets.map((offset) => -offset);
}
