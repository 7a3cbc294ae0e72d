/**
 * A thread that finds the components of a slab, keeps its runs until the other slabs are known, and writes their labels.
 *
 * @module
 */
import { parentPort } from "node:worker_threads";
import { errorText } from "../core/errors.ts";
import { holdRuns, objectsBetween, paintObjects, type Runs, renumberRuns } from "./runs.ts";
import type { SlabRequest, SlabResponse } from "./slab-protocol.ts";
import { letGo } from "./wasm.ts";

let held: Runs | undefined;

parentPort?.on("message", (request: SlabRequest) => {
	try {
		parentPort?.postMessage(answer(request));
	} catch (error) {
		held = undefined;
		letGo();
		parentPort?.postMessage({ kind: "failed", reason: errorText(error) } satisfies SlabResponse);
	}
});

function answer(request: SlabRequest): SlabResponse {
	if (request.kind === "paint") {
		if (held === undefined) throw new TypeError("asked to paint a slab that was not looked at");
		renumberRuns(held, request.map);
		paintObjects(request.out, held);
		held = undefined;
		letGo();
		return { kind: "painted" };
	}
	const { mask, shape, connectivity, face } = request;
	held = holdRuns("componentsParallel", mask, shape, connectivity, "foreground");
	const first = objectsBetween(held, 0, face);
	const last = objectsBetween(held, mask.length - face, mask.length);
	return { kind: "found", count: held.count, sizes: held.sizes, first, last };
}
