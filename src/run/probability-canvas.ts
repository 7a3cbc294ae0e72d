/**
 * The probabilities of a case in the making, as nnU-Net saves them: float32, one a class and voxel.
 *
 * What was cropped away is background: 1 in channel 0 where classes exclude each other, 0 everywhere for regions.
 *
 * @module
 */
import type { NdArray } from "../core/array.ts";
import type { Zyx } from "../core/shape.ts";
import { blankCanvas, type Canvas, fillBackground, placeRows, turnBack } from "../export/canvas.ts";
import { headsOf, probabilitiesOf, type Stage } from "../export/labels.ts";
import type { Band } from "../export/resample.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { Subject } from "../preprocess/subject.ts";
import type { BandSink } from "./band-sink.ts";

/** Collects them over an image of `shape` (z, y, x after transposition). */
export class ProbabilityCanvas implements BandSink {
	readonly #spec: ModelSpec;
	readonly #stage: Stage;
	readonly #canvas: Canvas<"float32">;

	constructor(spec: ModelSpec, stage: Stage, shape: Zyx) {
		this.#spec = spec;
		this.#stage = stage;
		this.#canvas = blankCanvas("float32", headsOf(spec.labels), shape);
	}

	/** [heads, Z, Y, X] so far. */
	get data(): Float32Array<ArrayBuffer> {
		return this.#canvas.data;
	}

	begin({ crop, sections }: Subject): void {
		if (this.#spec.labels.kind === "labels") fillBackground(this.#canvas, crop, sections[0], sections[1]);
	}

	add({ crop }: Subject, band: Band): void {
		placeRows(this.#canvas, 0, probabilitiesOf(band.values, this.#spec.labels, this.#stage), band, crop);
	}

	/** C, Z, Y, X in the image's own axes. */
	finish(): NdArray<"float32"> {
		return turnBack(this.#canvas, this.#spec.transposeBackward);
	}
}
