/**
 * The thread that HDF5 files are read and written in: one instance of the library, one task at a time.
 *
 * @module
 */
import { type MessagePort, parentPort } from "node:worker_threads";
import { volumeError } from "../fault.ts";
import { type Dataset, openDataset } from "./dataset.ts";
import { loadHdf5 } from "./library.ts";
import { type Request, type Response, type Result, recordOf, type Task } from "./protocol.ts";
import { createDatasetFile, type DatasetWriter } from "./write.ts";

if (parentPort !== null) serve(parentPort);

function serve(port: MessagePort): void {
	const files = new Map<number, Dataset | DatasetWriter>();
	let last = Promise.resolve(); // tasks are done in their order
	port.on("message", ({ id, task }: Request) => {
		last = last.then(async () => {
			const result = await perform(files, id, task).catch(
				(error): Result => ({ kind: "failed", error: recordOf(error) }),
			);
			const response: Response = { id, result };
			port.postMessage(response, result.kind === "voxels" ? [result.array.data.buffer] : []);
		});
	});
}

/** A file that is opened or created gets the number of the request. */
async function perform(files: Map<number, Dataset | DatasetWriter>, id: number, task: Task): Promise<Result> {
	if (task.kind === "open") {
		const dataset = openDataset(await loadHdf5(), task.path, task.dataset);
		files.set(id, dataset);
		return { kind: "opened", file: id, info: dataset.info };
	}
	if (task.kind === "create") {
		files.set(id, createDatasetFile(await loadHdf5(), task.path, task.spec));
		return { kind: "created", file: id };
	}
	const file = files.get(task.file);
	if (task.kind === "read" && file !== undefined && "read" in file)
		return { kind: "voxels", array: file.read(task.box) };
	if (task.kind === "write" && file !== undefined && "write" in file) file.write(task.start, task.array);
	else if (task.kind === "finish" && file !== undefined && "finish" in file) file.finish();
	else if (task.kind !== "close")
		throw volumeError(file === undefined ? "HDF5" : "HDF5 file", `cannot ${task.kind}: not open for it`);
	if (task.kind === "close" || task.kind === "finish") {
		file?.close();
		files.delete(task.file);
	}
	return { kind: "done" };
}
