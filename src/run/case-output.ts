/**
 * Collects the subjects of a case, band by band, into what is written for it.
 *
 * @module
 */
import { type NdArray, ndarray } from "../core/array.ts";
import { assertNever } from "../core/errors.ts";
import { sizeOf, type Zyx } from "../core/shape.ts";
import { activate } from "../export/activate.ts";
import { blankCanvas, type Canvas, outputArray, placeRows, turnBack } from "../export/canvas.ts";
import { castChannels, cleanBinary } from "../export/channels.ts";
import { canvasDType, headsOf, labelsOf, type Stage } from "../export/labels.ts";
import type { Band } from "../export/resample.ts";
import { labelArray, narrowest } from "../image/labels.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { Output, Settings } from "../plan/settings.ts";
import type { Subject } from "../preprocess/subject.ts";
import type { BandSink } from "./band-sink.ts";
import { ProbabilityCanvas } from "./probability-canvas.ts";

/** What is written for a case. */
export type CaseArrays = {
	readonly array: NdArray;
	readonly axes: string;
	/** float32, C, Z, Y, X in the image's space, also for 2D images. */
	readonly probabilities?: NdArray<"float32">;
};

/** A case in the making. */
export interface CaseOutput extends BandSink {
	/**
	 * @param rank 2 where the image was a single 2D one
	 * @param mask over the (transposed) image; where it is 0 every value becomes 0, before channels are cleaned
	 */
	finish(rank: 2 | 3, mask: Uint8Array | undefined): CaseArrays;
}

/** Begins the output of an image of `shape` (z, y, x after transposition). */
export function beginOutput(spec: ModelSpec, settings: Settings, shape: Zyx): CaseOutput {
	const { output } = settings;
	switch (output.kind) {
		case "labels":
			return new LabelOutput(spec, settings, output, shape);
		case "channels":
			return new ChannelOutput(spec, settings, output, shape);
		default:
			return assertNever(output);
	}
}

/** Whether a subject's values are logits still. */
export function stageOf(settings: Settings): Stage {
	return settings.ensemble === "mean-logits" ? "logits" : "activated";
}

/** Labels in the element type that is written. */
export function castLabels(
	labels: NdArray<"uint8" | "uint16">,
	dtype: Extract<Output, { kind: "labels" }>["dtype"],
): NdArray {
	const { shape, data } = labels;
	if (dtype === "uint8") return ndarray("uint8", shape, data instanceof Uint8Array ? data : new Uint8Array(data));
	if (dtype === "uint16") return ndarray("uint16", shape, data instanceof Uint16Array ? data : new Uint16Array(data));
	return labelArray(narrowest(data), shape);
}

class LabelOutput implements CaseOutput {
	readonly #spec: ModelSpec;
	readonly #settings: Settings;
	readonly #output: Extract<Output, { kind: "labels" }>;
	readonly #labels: Canvas<"uint8" | "uint16">;
	readonly #probabilities: ProbabilityCanvas | undefined;

	constructor(spec: ModelSpec, settings: Settings, output: Extract<Output, { kind: "labels" }>, shape: Zyx) {
		this.#spec = spec;
		this.#settings = settings;
		this.#output = output;
		this.#labels = blankCanvas(canvasDType(spec.labels), 1, shape);
		this.#probabilities = output.probabilities ? new ProbabilityCanvas(spec, stageOf(settings), shape) : undefined;
	}

	begin(subject: Subject): void {
		this.#probabilities?.begin(subject);
	}

	add(subject: Subject, band: Band): void {
		const labels = labelsOf(band.values, this.#spec.labels, stageOf(this.#settings));
		placeRows(this.#labels, 0, labels, band, subject.crop);
		this.#probabilities?.add(subject, band); // last: it turns the values into probabilities
	}

	finish(rank: 2 | 3, mask: Uint8Array | undefined): CaseArrays {
		if (mask !== undefined) {
			blankOutside(this.#labels.data, mask);
			if (this.#probabilities !== undefined) blankOutside(this.#probabilities.data, mask);
		}
		const back = this.#spec.transposeBackward;
		const written = outputArray(castLabels(turnBack(this.#labels, back), this.#output.dtype), rank, false);
		if (this.#probabilities === undefined) return written;
		return { ...written, probabilities: this.#probabilities.finish() };
	}
}

class ChannelOutput implements CaseOutput {
	readonly #spec: ModelSpec;
	readonly #settings: Settings;
	readonly #output: Extract<Output, { kind: "channels" }>;
	readonly #canvas: Canvas<"float32">;

	constructor(spec: ModelSpec, settings: Settings, output: Extract<Output, { kind: "channels" }>, shape: Zyx) {
		this.#spec = spec;
		this.#settings = settings;
		this.#output = output;
		this.#canvas = blankCanvas("float32", output.channels.length, shape);
		this.#blankBackground(shape);
	}

	begin(): void {
		// the whole canvas is background already
	}

	add({ crop }: Subject, band: Band): void {
		const heads = headsOf(this.#spec.labels);
		const { values } = band;
		if (stageOf(this.#settings) === "logits") activate(values, heads, this.#settings.activations);
		const size = values.length / heads;
		for (const [n, channel] of this.#output.channels.entries()) {
			placeRows(this.#canvas, n, values.subarray(channel * size, (channel + 1) * size), band, crop);
		}
	}

	finish(rank: 2 | 3, mask: Uint8Array | undefined): CaseArrays {
		const { binary, scale, dtype, channelAxis } = this.#output;
		if (mask !== undefined) blankOutside(this.#canvas.data, mask);
		if (binary !== undefined) for (const part of this.#parts()) cleanBinary(part.values, part.shape, binary);
		const turned = turnBack(this.#canvas, this.#spec.transposeBackward);
		const cast = castChannels(turned.data, turned.shape, scale, dtype);
		return outputArray(cast, rank, channelAxis);
	}

	/** What was cut away is background: one in channel 0 of a softmax. Subjects overwrite their part. */
	#blankBackground(shape: Zyx): void {
		const background = this.#output.channels.indexOf(0);
		if (background < 0 || this.#spec.labels.kind === "regions" || this.#settings.activations[0] !== "softmax") return;
		const voxels = sizeOf(shape);
		this.#canvas.data.fill(1, background * voxels, (background + 1) * voxels);
	}

	/** The pieces that are cleaned by themselves: sections of a stack of single images, else whole channels. */
	*#parts(): Generator<{ values: Float32Array<ArrayBuffer>; shape: readonly number[] }> {
		const [channels = 0, depth = 0, height = 0, width = 0] = this.#canvas.shape;
		const planes = this.#settings.sectionwise ? 1 : depth;
		const size = planes * height * width;
		for (let start = 0; start < channels * depth * height * width; start += size) {
			yield { values: this.#canvas.data.subarray(start, start + size), shape: [planes, height, width] };
		}
	}
}

function blankOutside(values: Float32Array | Uint16Array | Uint8Array, mask: Uint8Array): void {
	for (let i = 0; i < values.length; i++) {
		if (mask[i % mask.length] === 0) values[i] = 0;
	}
}
