/**
 * Collects the subjects of a case, band by band, into what is written for it.
 *
 * @module
 */
import { type NdArray, ndarray } from "../core/array.ts";
import { assertNever } from "../core/errors.ts";
import type { Zyx } from "../core/shape.ts";
import { blankCanvas, type Canvas, outputArray, placeRows, turnBack } from "../export/canvas.ts";
import { castChannels, cleanBinary } from "../export/channels.ts";
import { canvasDType, labelsOf } from "../export/labels.ts";
import type { Band } from "../export/resample.ts";
import { labelArray, narrowest } from "../image/labels.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { Output, Settings } from "../plan/settings.ts";
import type { Subject } from "../preprocess/subject.ts";
import { blankOutside } from "./blank-outside.ts";
import type { CaseArrays, CaseOutput } from "./case-arrays.ts";
import { ChannelCanvas } from "./channel-canvas.ts";
import { ObjectOutput } from "./object-output.ts";
import { ProbabilityCanvas } from "./probability-canvas.ts";
import { stageOf } from "./stage.ts";

export type { CaseArrays } from "./case-arrays.ts";

/** Begins the output of an image of `shape` (z, y, x after transposition) and `spacing` (z, y, x of the image). */
export function beginOutput(spec: ModelSpec, settings: Settings, shape: Zyx, spacing: Zyx = [1, 1, 1]): CaseOutput {
	const { output } = settings;
	switch (output.kind) {
		case "labels":
			return new LabelOutput(spec, settings, output, shape);
		case "channels":
			return new ChannelOutput(spec, settings, output, shape);
		case "objects":
			return new ObjectOutput(spec, settings, output, shape, spacing);
		default:
			return assertNever(output);
	}
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
	readonly #output: Extract<Output, { kind: "channels" }>;
	readonly #canvas: ChannelCanvas;

	constructor(spec: ModelSpec, settings: Settings, output: Extract<Output, { kind: "channels" }>, shape: Zyx) {
		this.#spec = spec;
		this.#output = output;
		this.#canvas = new ChannelCanvas(spec, settings, output.channels, shape);
	}

	begin(): void {
		// the whole canvas is background already
	}

	add(subject: Subject, band: Band): void {
		this.#canvas.add(subject, band);
	}

	finish(rank: 2 | 3, mask: Uint8Array | undefined): CaseArrays {
		const { binary, scale, dtype, channelAxis } = this.#output;
		const { canvas } = this.#canvas;
		if (mask !== undefined) blankOutside(canvas.data, mask);
		if (binary !== undefined) for (const part of this.#canvas.parts()) cleanBinary(part.values, part.shape, binary);
		const turned = turnBack(canvas, this.#spec.transposeBackward);
		const cast = castChannels(turned.data, turned.shape, scale, dtype);
		return outputArray(cast, rank, channelAxis);
	}
}
