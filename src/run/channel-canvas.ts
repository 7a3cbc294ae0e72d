/**
 * Chosen channels of a case, after the activation, over the whole image: subjects put in place, band by band.
 *
 * @module
 */
import { sizeOf, type Zyx } from "../core/shape.ts";
import { activate } from "../export/activate.ts";
import { blankCanvas, type Canvas, placeRows } from "../export/canvas.ts";
import { headsOf } from "../export/labels.ts";
import type { Band } from "../export/resample.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { Settings } from "../plan/settings.ts";
import type { Subject } from "../preprocess/subject.ts";
import { stageOf } from "./stage.ts";

/** A part of one channel that is cleaned by itself; a view. */
export type CanvasPart = { readonly values: Float32Array<ArrayBuffer>; readonly shape: readonly number[] };

/** The values of `channels`, in their order: C, Z, Y, X of the (transposed) image. */
export class ChannelCanvas {
	readonly canvas: Canvas<"float32">;
	readonly #spec: ModelSpec;
	readonly #settings: Settings;
	readonly #channels: readonly number[];

	constructor(spec: ModelSpec, settings: Settings, channels: readonly number[], shape: Zyx) {
		this.#spec = spec;
		this.#settings = settings;
		this.#channels = channels;
		this.canvas = blankCanvas("float32", channels.length, shape);
		this.#blankBackground(shape);
	}

	/** Puts a band in place. Its values are activated in place. */
	add({ crop }: Subject, band: Band): void {
		const heads = headsOf(this.#spec.labels);
		const { values } = band;
		if (stageOf(this.#settings) === "logits") activate(values, heads, this.#settings.activations);
		const size = values.length / heads;
		for (const [n, channel] of this.#channels.entries()) {
			placeRows(this.canvas, n, values.subarray(channel * size, (channel + 1) * size), band, crop);
		}
	}

	/** The pieces that are cleaned by themselves: sections of a stack of single images, else whole channels. */
	*parts(): Generator<CanvasPart> {
		const [channels = 0, depth = 0, height = 0, width = 0] = this.canvas.shape;
		const planes = this.#settings.sectionwise ? 1 : depth;
		const size = planes * height * width;
		for (let start = 0; start < channels * depth * height * width; start += size) {
			yield { values: this.canvas.data.subarray(start, start + size), shape: [planes, height, width] };
		}
	}

	/** What was cut away is background: one in channel 0 of a softmax. Subjects overwrite their part. */
	#blankBackground(shape: Zyx): void {
		const background = this.#channels.indexOf(0);
		if (background < 0 || this.#spec.labels.kind === "regions" || this.#settings.activations[0] !== "softmax") return;
		const voxels = sizeOf(shape);
		this.canvas.data.fill(1, background * voxels, (background + 1) * voxels);
	}
}
