/**
 * The thread that reads, cuts tiles and writes for a streamed run: unpacking, scaling, packing and checksums go on beside the
 * network and what is made of its results.
 *
 * @module
 */
import { type MessagePort, parentPort } from "node:worker_threads";
import type { NdArray } from "../../core/array.ts";
import { assertNever } from "../../core/errors.ts";
import type { VoxelSource } from "../../preprocess/voxel-source.ts";
import { openVolume } from "../../volume/formats.ts";
import type { RegionWriter, VolumeReader } from "../../volume/volume.ts";
import { openSource, type WindowTiles, windowOn } from "./cut-source.ts";
import { openRegionsAt, writeBlock } from "./io-inline.ts";
import { type IoRequest, type IoResponse, type IoResult, type IoTask, record } from "./io-protocol.ts";

function serve(port: MessagePort): void {
	const held = new Held();
	port.on("message", (message: IoRequest | "end") => {
		if (message === "end") {
			port.close();
			return;
		}
		const { id, task } = message;
		held
			.perform(task)
			.catch((error: unknown): IoResult => ({ kind: "failed", error: record(error) }))
			.then((result) => {
				const response: IoResponse = { id, result };
				port.postMessage(response, moved(result));
			})
			.catch((error: unknown) => {
				throw error;
			});
	});
}

/** Buffers that go with an answer. */
function moved(result: IoResult): ArrayBuffer[] {
	const buffer = memoryOf(result)?.buffer;
	return buffer instanceof ArrayBuffer ? [buffer] : [];
}

function memoryOf(result: IoResult): NdArray["data"] | undefined {
	if (result.kind === "read") return result.array.data;
	return result.kind === "cut" || result.kind === "written" ? result.data : undefined;
}

/** What is open, by handle. */
class Held {
	readonly #readers = new Map<number, VolumeReader>();
	readonly #writers = new Map<number, RegionWriter>();
	readonly #sources = new Map<number, { readonly source: VoxelSource; close(): Promise<void> }>();
	readonly #windows = new Map<number, WindowTiles>();
	#next = 0;

	async perform(task: IoTask): Promise<IoResult> {
		switch (task.kind) {
			case "open-reader":
				return this.#keep(this.#readers, await openVolume(task.path, task.options));
			case "open-writer":
				return this.#keep(this.#writers, await openRegionsAt(task.path, task.format, task.spec));
			case "open-source":
				return this.#keep(this.#sources, await openSource(task.source));
			case "open-window": {
				const { source } = of(this.#sources, task.handle);
				return this.#keep(this.#windows, windowOn(source, task.area, task.slab, task.tries));
			}
			case "read":
				return { kind: "read", array: await of(this.#readers, task.handle).read(task.box) };
			case "cut":
				return { kind: "cut", data: await of(this.#windows, task.handle).cut(task.items, task.buffer) };
			case "write": {
				const { handle, start, array, wantsHighest } = task;
				const written = await writeBlock(of(this.#writers, handle), start, array, wantsHighest);
				return { kind: "written", written, data: array.data };
			}
			case "finish":
				await of(this.#writers, task.handle).finish();
				return { kind: "done" };
			case "close":
				return this.#close(task.handle);
			default:
				return assertNever(task);
		}
	}

	#keep<T>(things: Map<number, T>, thing: T): IoResult {
		things.set(this.#next, thing);
		return { kind: "opened", handle: this.#next++ };
	}

	async #close(handle: number): Promise<IoResult> {
		for (const things of [this.#readers, this.#writers, this.#sources, this.#windows]) {
			const thing = things.get(handle);
			things.delete(handle);
			await thing?.close();
		}
		return { kind: "done" };
	}
}

function of<T>(things: ReadonlyMap<number, T>, handle: number): T {
	const thing = things.get(handle);
	if (thing === undefined) throw new RangeError(`nothing is open as ${handle}`);
	return thing;
}

if (parentPort !== null) serve(parentPort);
