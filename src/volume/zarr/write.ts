/**
 * Writing a new array box by box, in any order.
 *
 * A unit (shard or chunk) is written whole and durably; one that a box covers in part is read, changed and written
 * again, one such change at a time. The metadata is written last, by `finish`: an array that was not finished cannot
 * be opened.
 *
 * @module
 */
import { rm } from "node:fs/promises";
import { type NdArray, zeros } from "../../core/array.ts";
import { type Box, boxShape, intersect, shift, wholeBox } from "../../core/box.ts";
import { throwIfAborted } from "../../core/errors.ts";
import { checkRegion } from "../check.ts";
import { chunksOver } from "../chunked/chunk-grid.ts";
import { fileError, volumeError } from "../fault.ts";
import { inLanes } from "../lanes.ts";
import { isRemote } from "../stores/open-store.ts";
import type { KeyStore } from "../stores/store.ts";
import type { IoOptions, VolumeSpec, VolumeWriter } from "../volume.ts";
import { chunkBox } from "./chunks.ts";
import { copyVoxels } from "./copy.ts";
import { storageFor } from "./document.ts";
import { ArrayTarget } from "./target.ts";
import { decodeUnit } from "./unit.ts";

/** Units changed at once. */
const AT_ONCE = 4;

/** Begins the array of `spec`; the folder `path` is there and empty. @throws VOLUME where its layout is not possible */
export function createArray(store: KeyStore, path: string, spec: VolumeSpec): VolumeWriter {
	return new ZarrWriter(new ArrayTarget(store, path, spec, storageFor(path, spec)));
}

class ZarrWriter implements VolumeWriter {
	readonly #target: ArrayTarget;
	/** The last change of each unit that is under way. */
	readonly #changes = new Map<string, Promise<void>>();
	#state: "open" | "finished" | "discarded" = "open";

	constructor(target: ArrayTarget) {
		this.#target = target;
	}

	async write(start: readonly number[], array: NdArray, options: IoOptions = {}): Promise<void> {
		throwIfAborted(options.signal);
		const { path, spec, storage } = this.#target;
		if (this.#state !== "open") throw volumeError(path, `the array was ${this.#state} before this write`);
		checkRegion(path, spec, start, array);
		const region = shift(wholeBox(array.shape), start);
		await inLanes(chunksOver(region, storage.unit), AT_ONCE, async (unit) => {
			throwIfAborted(options.signal);
			await this.#oneAtATime(this.#target.keyOf(unit), () => this.#writeUnit(unit, region, array));
		});
	}

	async finish(): Promise<void> {
		if (this.#state !== "open") return;
		this.#state = "finished";
		await Promise.all(this.#changes.values());
		try {
			await this.#target.finishMetadata();
			await this.#target.store.close();
		} catch (cause) {
			throw fileError(this.#target.path, "write", cause);
		}
	}

	async discard(): Promise<void> {
		this.#state = "discarded";
		await Promise.allSettled(this.#changes.values());
		await this.#target.store.close().catch(() => undefined);
		if (isRemote(this.#target.path)) return;
		await rm(this.#target.path, { recursive: true, force: true }).catch(() => undefined);
	}

	/** Runs `change` after the change of the same unit that is under way, whether that one failed or not. */
	async #oneAtATime(key: string, change: () => Promise<void>): Promise<void> {
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

	async #writeUnit(unit: readonly number[], region: Box, array: NdArray): Promise<void> {
		const { path, spec, store, storage } = this.#target;
		const around = chunkBox(unit, storage.unit);
		const inside = intersect(around, wholeBox(spec.shape));
		const part = intersect(inside, region);
		const covered = inside.start.every((s, axis) => s === part.start[axis] && inside.stop[axis] === part.stop[axis]);
		try {
			const key = this.#target.keyOf(unit);
			const changed = covered ? array : await this.#changed(unit, inside, part, region, array);
			await store.set(key, await this.#target.encode(unit, changed, covered ? region.start : inside.start));
		} catch (cause) {
			throw fileError(path, "write", cause);
		}
	}

	/** The voxels of the unit as they were written, or zeros, with those of `part` replaced. */
	async #changed(unit: readonly number[], inside: Box, part: Box, region: Box, array: NdArray): Promise<NdArray> {
		const { spec, store, storage } = this.#target;
		const voxels = zeros(spec.dtype, boxShape(inside));
		const bytes = await store.get(this.#target.keyOf(unit));
		if (bytes !== undefined) await decodeUnit(storage, spec.dtype, bytes, voxels);
		const at = part.start.map((s, axis) => s - (inside.start[axis] ?? 0));
		copyVoxels(
			array,
			shift(
				part,
				region.start.map((s) => -s),
			),
			voxels,
			at,
		);
		return voxels;
	}
}
