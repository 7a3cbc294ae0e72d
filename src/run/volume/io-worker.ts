/**
 * The thread that reads and writes for a streamed run: unpacking, packing and checksums go on beside tiles.
 *
 * @module
 */
import { type MessagePort, parentPort } from "node:worker_threads";
import { assertNever } from "../../core/errors.ts";
import type { RegionWriter, VolumeReader } from "../../volume/volume.ts";
import { openAt, openRegionsAt, writeBlock } from "./io-inline.ts";
import { type IoRequest, type IoResponse, type IoResult, type IoTask, record } from "./io-protocol.ts";

if (parentPort !== null) serve(parentPort);

function serve(port: MessagePort): void {
	const readers = new Map<number, VolumeReader>();
	const writers = new Map<number, RegionWriter>();
	let next = 0;

	const perform = async (task: IoTask): Promise<IoResult> => {
		switch (task.kind) {
			case "open-reader": {
				const reader = await openAt(task.path, task.options);
				readers.set(next, reader);
				return { kind: "opened", handle: next++, info: reader.info, unit: [] };
			}
			case "open-writer": {
				const writer = await openRegionsAt(task.path, task.format, task.spec);
				writers.set(next, writer);
				return { kind: "opened", handle: next++, info: writer.info, unit: writer.unit };
			}
			case "read":
				return { kind: "read", array: await held(readers, task.handle).read(task.box) };
			case "write":
				return { kind: "written", written: await writeBlock(held(writers, task.handle), task.start, task.array) };
			case "finish":
				await held(writers, task.handle).finish();
				return { kind: "done" };
			case "close":
				await (readers.get(task.handle) ?? writers.get(task.handle))?.close();
				readers.delete(task.handle);
				writers.delete(task.handle);
				return { kind: "done" };
			default:
				return assertNever(task);
		}
	};

	port.on("message", ({ id, task }: IoRequest) => {
		perform(task)
			.catch((error: unknown): IoResult => ({ kind: "failed", error: record(error) }))
			.then((result) => {
				const response: IoResponse = { id, result };
				port.postMessage(response, result.kind === "read" ? transferable(result.array.data.buffer) : []);
			})
			.catch((error: unknown) => {
				throw error;
			});
	});
}

function transferable(buffer: ArrayBufferLike): ArrayBuffer[] {
	return buffer instanceof ArrayBuffer ? [buffer] : [];
}

function held<T>(things: ReadonlyMap<number, T>, handle: number): T {
	const thing = things.get(handle);
	if (thing === undefined) throw new RangeError(`nothing is open as ${handle}`);
	return thing;
}
