/**
 * The thread that does blocks for `block-pool.ts`.
 *
 * @module
 */
import { type MessagePort, parentPort } from "node:worker_threads";
import type { BlockTask } from "../../decode/volume/block-task.ts";
import { BlockWorker } from "../../decode/volume/block-worker.ts";
import { record } from "../volume/io-protocol.ts";
import type { BlockAnswer } from "./block-pool.ts";

function serve(port: MessagePort): void {
	const worker = new BlockWorker();
	port.on("message", (message: BlockTask | "end") => {
		const answer = (sent: BlockAnswer) => port.postMessage(sent);
		if (message === "end") {
			worker
				.close()
				.catch(() => undefined)
				.finally(() => port.close());
			return;
		}
		worker.perform(message).then(
			() => answer({ kind: "done" }),
			(error: unknown) => answer({ kind: "failed", error: record(error) }),
		);
	});
}

if (parentPort !== null) serve(parentPort);
