/**
 * Does what is asked of single blocks: in the thread that asks, or in one of several. Doing a block twice is harmless.
 *
 * @module
 */
import { assertNever } from "../../core/errors.ts";
import { besideBlock } from "./beside-block.ts";
import type { BlockTask } from "./block-task.ts";
import { distanceBlock } from "./distance-block.ts";
import { labelEdges } from "./edge-label-block.ts";
import { joinEdges } from "./edge-seam-block.ts";
import { floodBlock } from "./flood-block.ts";
import { joinBlock } from "./join-block.ts";
import { labelBlock } from "./label-block.ts";
import { localBlock } from "./local-block.ts";
import { meanBlock } from "./mean-block.ts";
import { OpenVolumes } from "./open-volumes.ts";
import { overlapBlock } from "./overlap-block.ts";
import { recountBlock } from "./recount-block.ts";
import { sliceBlock } from "./slice-block.ts";
import { writeBlock } from "./write-block.ts";

/** Holds open what its blocks need. Close it in a `finally`. */
export class BlockWorker {
	readonly #volumes = new OpenVolumes();

	/** Does a task. @throws VOLUME, RUN, INPUT */
	async perform(task: BlockTask): Promise<void> {
		switch (task.kind) {
			case "label":
				return labelBlock(this.#volumes, task);
			case "local":
				return localBlock(this.#volumes, task);
			case "recount":
				return recountBlock(this.#volumes, task);
			case "seam":
				return joinBlock(task);
			case "beside":
				return besideBlock(this.#volumes, task);
			case "edge-label":
				return labelEdges(this.#volumes, task);
			case "edge-seam":
				return joinEdges(task);
			case "distance":
				return distanceBlock(this.#volumes, task);
			case "mean":
				return meanBlock(this.#volumes, task);
			case "flood":
				return floodBlock(this.#volumes, task);
			case "overlap":
				return overlapBlock(this.#volumes, task);
			case "slice":
				return sliceBlock(this.#volumes, task);
			case "write":
				return writeBlock(this.#volumes, task);
			default:
				return assertNever(task);
		}
	}

	/** Closes what is open. */
	close(): Promise<void> {
		return this.#volumes.close();
	}
}
