/**
 * Writing an array region by region, in any order, by several processes, again after a crash.
 *
 * The metadata is written first. A unit (shard or chunk) is one value, written whole: two processes that write the same
 * region write the same bytes. A unit that is not there was not written, so units of zeros are written too; within a
 * shard chunks of zeros are left out.
 *
 * @module
 */
import type { NdArray } from "../../core/array.ts";
import { throwIfAborted } from "../../core/errors.ts";
import { type Shape, shapeText } from "../../core/shape.ts";
import { checkRegion } from "../check.ts";
import { fileError, volumeError } from "../fault.ts";
import type { KeyStore } from "../stores/store.ts";
import type { IoOptions, RegionWriter, VolumeInfo, VolumeSpec } from "../volume.ts";
import { storageFor } from "./document.ts";
import { describeArray, findArray } from "./find.ts";
import { ArrayTarget } from "./target.ts";

/**
 * Makes the array of `spec` in `store`, or opens it where it is there already with the same shape, type and layout.
 *
 * @throws VOLUME where something else is there, saying what differs
 */
export async function openArrayRegions(store: KeyStore, path: string, spec: VolumeSpec): Promise<RegionWriter> {
	const target = new ArrayTarget(store, path, spec, storageFor(path, spec));
	await target.writeMetadata();
	return new ZarrRegions(target, describeArray(path, await findArray(store, target.name)));
}

class ZarrRegions implements RegionWriter {
	readonly info: VolumeInfo;
	readonly unit: Shape;
	readonly #target: ArrayTarget;
	#open = true;

	constructor(target: ArrayTarget, info: VolumeInfo) {
		this.#target = target;
		this.info = info;
		this.unit = target.storage.unit;
	}

	async write(start: readonly number[], array: NdArray, options: IoOptions = {}): Promise<void> {
		throwIfAborted(options.signal);
		const { path, spec } = this.#target;
		if (!this.#open) throw volumeError(path, "the array was closed before this write");
		checkRegion(path, spec, start, array);
		this.#requireUnits(start, array.shape);
		try {
			await this.#target.writeUnits(start, array, options);
			await this.#target.store.sync();
		} catch (cause) {
			throw fileError(path, "write", cause);
		}
	}

	async finish(): Promise<void> {
		await this.#target.store.sync();
	}

	async close(): Promise<void> {
		if (!this.#open) return;
		this.#open = false;
		await this.#target.store.close();
	}

	#requireUnits(start: readonly number[], shape: Shape): void {
		const ok = this.unit.every((extent, axis) => {
			const first = start[axis] ?? 0;
			const stop = first + (shape[axis] ?? 0);
			return first % extent === 0 && (stop % extent === 0 || stop === this.info.shape[axis]);
		});
		if (ok) return;
		const found = `${shapeText(shape)} at [${start.join(", ")}]`;
		throw volumeError(this.#target.path, `expected regions of whole units of ${shapeText(this.unit)}, found ${found}`);
	}
}
