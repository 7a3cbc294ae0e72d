/**
 * Collects the subjects of a case into what is written for it.
 *
 * @module
 */
import { copyBox, type NdArray, ndarray } from "../core/array.ts";
import { assertNever } from "../core/errors.ts";
import { sizeOf, type Zyx } from "../core/shape.ts";
import { activate } from "../export/activate.ts";
import { blankCanvas, type Canvas, fillBackground, outputArray, place, turnBack } from "../export/canvas.ts";
import { castChannels, cleanBinary } from "../export/channels.ts";
import { headsOf, labelsOf, narrowest, probabilitiesOf, type Stage } from "../export/labels.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { Output, Settings } from "../plan/settings.ts";
import type { Subject } from "../preprocess/subject.ts";

/** What is written for a case. */
export type CaseArrays = {
	readonly array: NdArray;
	readonly axes: string;
	/** float32, C, Z, Y, X in the image's space, also for 2D images. */
	readonly probabilities?: NdArray<"float32">;
};

/** A case in the making. Subjects are added in any order; each section belongs to one. */
export interface CaseOutput {
	/** Adds the network's blended values, float32 [heads, ...subject.shape]; they are changed. */
	add(subject: Subject, values: Float32Array<ArrayBuffer>): void;
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
function stageOf(settings: Settings): Stage {
	return settings.ensemble === "mean-logits" ? "logits" : "activated";
}

class LabelOutput implements CaseOutput {
	readonly #spec: ModelSpec;
	readonly #settings: Settings;
	readonly #output: Extract<Output, { kind: "labels" }>;
	readonly #labels: Canvas<"uint16">;
	readonly #probabilities: Canvas<"float32"> | undefined;

	constructor(spec: ModelSpec, settings: Settings, output: Extract<Output, { kind: "labels" }>, shape: Zyx) {
		this.#spec = spec;
		this.#settings = settings;
		this.#output = output;
		this.#labels = blankCanvas("uint16", 1, shape);
		this.#probabilities = output.probabilities ? blankCanvas("float32", headsOf(spec.labels), shape) : undefined;
	}

	add(subject: Subject, values: Float32Array<ArrayBuffer>): void {
		const stage = stageOf(this.#settings);
		const labels = labelsOf(values, this.#spec.labels, stage);
		place(this.#labels, ndarray("uint16", [1, ...subject.shape], labels), subject.crop);
		if (this.#probabilities === undefined) return;
		const probabilities = probabilitiesOf(values, this.#spec.labels, stage);
		if (this.#spec.labels.kind === "labels")
			fillBackground(this.#probabilities, subject.crop, subject.sections[0], subject.sections[1]);
		place(
			this.#probabilities,
			ndarray("float32", [headsOf(this.#spec.labels), ...subject.shape], probabilities),
			subject.crop,
		);
	}

	finish(rank: 2 | 3, mask: Uint8Array | undefined): CaseArrays {
		if (mask !== undefined) {
			blankOutside(this.#labels.data, mask);
			if (this.#probabilities !== undefined) blankOutside(this.#probabilities.data, mask);
		}
		const turned = turnBack(this.#labels, this.#spec.transposeBackward);
		const array = this.#cast(turned);
		const written = outputArray(array, rank, false);
		if (this.#probabilities === undefined) return written;
		return { ...written, probabilities: turnBack(this.#probabilities, this.#spec.transposeBackward) };
	}

	#cast(labels: Canvas<"uint16">): NdArray {
		const { dtype } = this.#output;
		if (dtype === "uint16") return labels;
		const data = dtype === "uint8" ? Uint8Array.from(labels.data) : narrowest(labels.data);
		return data instanceof Uint8Array ? ndarray("uint8", labels.shape, data) : ndarray("uint16", labels.shape, data);
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

	add(subject: Subject, values: Float32Array<ArrayBuffer>): void {
		const heads = headsOf(this.#spec.labels);
		if (stageOf(this.#settings) === "logits") activate(values, heads, this.#settings.activations);
		const voxels = sizeOf(subject.shape);
		for (const [n, channel] of this.#output.channels.entries()) {
			const part = values.slice(channel * voxels, (channel + 1) * voxels);
			const source = ndarray("float32", [1, ...subject.shape], part);
			copyBox(source, { start: [0, 0, 0, 0], stop: [1, ...subject.shape] }, this.#canvas, [n, ...subject.crop.start]);
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

function blankOutside(values: Float32Array | Uint16Array, mask: Uint8Array): void {
	for (let i = 0; i < values.length; i++) {
		if (mask[i % mask.length] === 0) values[i] = 0;
	}
}
