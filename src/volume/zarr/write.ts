/**
 * Writing a new Zarr version 3 array, region by region in any order.
 *
 * A chunk is written whole and durably; one that a region covers in part is read, changed and written again, one such
 * change at a time. The metadata is written last, by `finish`: an array that was not finished cannot be opened.
 *
 * @module
 */
import { mkdir, readdir, rm } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { bytesOf, copyBox, type NdArray, ndarray, zeros } from "../../core/array.ts";
import { type Box, intersect, shift, wholeBox } from "../../core/box.ts";
import { viewAs } from "../../core/dtype.ts";
import { throwIfAborted } from "../../core/errors.ts";
import type { Shape } from "../../core/shape.ts";
import { checkRegion } from "../check.ts";
import { chunkShapeOf } from "../chunking.ts";
import { fileError, volumeError } from "../fault.ts";
import { SPACING_ATTRIBUTES } from "../spacing.ts";
import type { IoOptions, VolumeSpec, VolumeWriter } from "../volume.ts";
import { chunkBox, chunksOver } from "./chunks.ts";
import { eachOf } from "./pool.ts";
import { FileStore } from "./store.ts";

/**
 * Level of gzip, run by Node beside the main thread. Of the codecs that every Zarr reader knows it was the fastest by
 * far on segmentations (1.5 CPU seconds a GB against 5 to 16 for the WebAssembly builds of lz4 and zstd) and nearly
 * as small; on float32 noise no codec gains anything.
 */
const GZIP_LEVEL = 1;

/** Chunks encoded and written at once. */
const AT_ONCE = 4;

const pack = promisify(gzip);
const unpack = promisify(gunzip);

/** Creates the array in a new folder `path`. @throws VOLUME where there is one already, or it cannot be made */
export async function createArray(path: string, spec: VolumeSpec): Promise<VolumeWriter> {
	const name = (spec.dataset ?? "").split("/").filter(Boolean);
	if (name.some((part) => part.startsWith(".") || part.startsWith("__") || /[\\\0]/.test(part))) {
		throw volumeError(path, `"${spec.dataset}" is no name for a Zarr array; expected one like "main" or "a/b"`);
	}
	await makeFolder(path);
	return new ZarrWriter(path, name, spec);
}

async function makeFolder(path: string): Promise<void> {
	try {
		await mkdir(path);
	} catch (cause) {
		const names = await readdir(path).catch(() => undefined);
		if (names === undefined) throw fileError(path, "create", cause);
		if (names.length > 0) throw volumeError(path, "the folder exists and is not empty; remove it or choose another");
	}
}

class ZarrWriter implements VolumeWriter {
	readonly #path: string;
	readonly #name: readonly string[];
	readonly #spec: VolumeSpec;
	readonly #chunks: Shape;
	readonly #store: FileStore;
	/** The last change of each chunk that is under way. */
	readonly #changes = new Map<string, Promise<void>>();
	#state: "open" | "finished" | "discarded" = "open";

	constructor(path: string, name: readonly string[], spec: VolumeSpec) {
		this.#path = path;
		this.#name = name;
		this.#spec = spec;
		this.#chunks = chunkShapeOf(spec.shape, spec.dtype);
		this.#store = new FileStore(path);
	}

	async write(start: readonly number[], array: NdArray, options: IoOptions = {}): Promise<void> {
		throwIfAborted(options.signal);
		if (this.#state !== "open") throw volumeError(this.#path, `the array was ${this.#state} before this write`);
		checkRegion(this.#path, this.#spec, start, array);
		const region = shift(wholeBox(array.shape), start);
		await eachOf(chunksOver(region, this.#chunks), AT_ONCE, async (coordinates) => {
			throwIfAborted(options.signal);
			await this.#oneAtATime(["", ...this.#name, "c", ...coordinates].join("/"), (key) =>
				this.#writeChunk(key, chunkBox(coordinates, this.#chunks), region, array),
			);
		});
	}

	async finish(): Promise<void> {
		if (this.#state !== "open") return;
		this.#state = "finished";
		await Promise.all(this.#changes.values());
		try {
			await this.#store.set(
				["", ...this.#name, "zarr.json"].join("/"),
				encode(arrayDocument(this.#spec, this.#chunks)),
			);
			for (let depth = this.#name.length - 1; depth >= 0; depth--) {
				await this.#store.set(["", ...this.#name.slice(0, depth), "zarr.json"].join("/"), encode(GROUP));
			}
			await this.#store.sync();
		} catch (cause) {
			throw fileError(this.#path, "write", cause);
		}
	}

	async discard(): Promise<void> {
		this.#state = "discarded";
		await Promise.allSettled(this.#changes.values());
		await rm(this.#path, { recursive: true, force: true }).catch(() => undefined);
	}

	/** Runs `change` after the change of the same chunk that is under way, whether that one failed or not. */
	async #oneAtATime(key: string, change: (key: string) => Promise<void>): Promise<void> {
		const before = this.#changes.get(key);
		const run = async (): Promise<void> => {
			await before?.catch(() => undefined);
			await change(key);
		};
		const mine = run();
		this.#changes.set(key, mine);
		try {
			await mine;
		} finally {
			if (this.#changes.get(key) === mine) this.#changes.delete(key);
		}
	}

	async #writeChunk(key: string, around: Box, region: Box, array: NdArray): Promise<void> {
		const inside = intersect(around, wholeBox(this.#spec.shape));
		const part = intersect(inside, region);
		const covered = inside.start.every((s, axis) => s === part.start[axis] && inside.stop[axis] === part.stop[axis]);
		try {
			const chunk = covered ? zeros(this.#spec.dtype, this.#chunks) : await this.#existing(key);
			copyBox(array, shift(part, negated(region.start)), chunk, shift(part, negated(around.start)).start);
			await this.#store.set(key, await pack(bytesOf(chunk), { level: GZIP_LEVEL }));
		} catch (cause) {
			throw fileError(this.#path, "write", cause);
		}
	}

	/** The chunk as it was written, or zeros. */
	async #existing(key: string): Promise<NdArray> {
		const bytes = await this.#store.get(key);
		if (bytes === undefined) return zeros(this.#spec.dtype, this.#chunks);
		const { dtype } = this.#spec;
		return ndarray(dtype, this.#chunks, viewAs(dtype, new Uint8Array(await unpack(bytes))));
	}
}

function negated(offsets: readonly number[]): number[] {
	return offsets.map((offset) => -offset);
}

const GROUP = { zarr_format: 3, node_type: "group", attributes: {} };

function arrayDocument(spec: VolumeSpec, chunks: Shape): object {
	const { shape, dtype, axes, spacing, attributes } = spec;
	return {
		zarr_format: 3,
		node_type: "array",
		shape,
		data_type: dtype,
		chunk_grid: { name: "regular", configuration: { chunk_shape: chunks } },
		chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
		fill_value: 0,
		codecs: [
			{ name: "bytes", configuration: { endian: "little" } },
			{ name: "gzip", configuration: { level: GZIP_LEVEL } },
		],
		attributes: { ...attributes, ...(spacing === undefined ? {} : { [SPACING_ATTRIBUTES[0]]: spacing }) },
		...(axes === "" ? {} : { dimension_names: [...axes] }),
	};
}

function encode(document: object): Uint8Array {
	return new TextEncoder().encode(JSON.stringify(document, null, 2));
}
