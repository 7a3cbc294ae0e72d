/**
 * A case as objects: its channels are gathered whole, cleaned where that is asked for, and decoded.
 *
 * @module
 */
import { ndarray } from "../core/array.ts";
import { MOST_IN_UINT16 } from "../core/dtype.ts";
import { NnvolError } from "../core/errors.ts";
import { sizeOf, type Zyx, zyx } from "../core/shape.ts";
import { decodeArray } from "../decode/decode-array.ts";
import { valueChannelOf } from "../decode/value-channel.ts";
import { outputArray, turnBack } from "../export/canvas.ts";
import { boundBinary } from "../export/channels.ts";
import type { Band } from "../export/resample.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { Output, Settings } from "../plan/settings.ts";
import type { Subject } from "../preprocess/subject.ts";
import { blankOutside } from "./blank-outside.ts";
import type { CaseArrays, CaseOutput } from "./case-arrays.ts";
import { ChannelCanvas } from "./channel-canvas.ts";

/** What of the settings says how objects are made. */
export type ObjectsOutput = Extract<Output, { readonly kind: "objects" }>;

/** Gathers the values of a case and decodes them at the end. */
export class ObjectOutput implements CaseOutput {
	readonly #spec: ModelSpec;
	readonly #output: ObjectsOutput;
	readonly #canvas: ChannelCanvas;
	readonly #spacing: Zyx;

	/** `spacing` of the image, z, y, x. */
	constructor(spec: ModelSpec, settings: Settings, output: ObjectsOutput, shape: Zyx, spacing: Zyx) {
		this.#spec = spec;
		this.#output = output;
		this.#canvas = new ChannelCanvas(spec, settings, output.channels, shape);
		this.#spacing = spacing;
	}

	begin(): void {
		// the whole canvas is background already
	}

	add(subject: Subject, band: Band): void {
		this.#canvas.add(subject, band);
	}

	/** @throws CONFIG where there are more objects than the element type that is asked for can number */
	finish(rank: 2 | 3, mask: Uint8Array | undefined): CaseArrays {
		const { binary, decoding, bySection } = this.#output;
		if (mask !== undefined) blankOutside(this.#canvas.canvas.data, mask);
		if (binary !== undefined) for (const { values, shape } of this.#canvas.parts()) boundBinary(values, shape, binary);
		const turned = turnBack(this.#canvas.canvas, this.#spec.transposeBackward);
		const shape = zyx(turned.shape.slice(1));
		const input = { data: turned.data, channels: turned.data.length / sizeOf(shape), shape };
		const { labels, count } = decodeArray(input, decoding, { spacing: this.#spacing, sectionwise: bySection });
		const ids = outputArray(idArray(labels, [1, ...shape], count, this.#output.dtype), rank, false);
		const channel = valueChannelOf(decoding, input.channels);
		const values = turned.data.subarray(channel * sizeOf(shape), (channel + 1) * sizeOf(shape));
		return { ...ids, objects: count, values: ndarray("float32", ids.array.shape, values) };
	}
}

/** Ids in the smallest element type that holds them, or in the one that is asked for. */
function idArray(
	labels: Uint32Array<ArrayBuffer>,
	shape: readonly number[],
	count: number,
	asked: ObjectsOutput["dtype"],
) {
	if (asked === "uint16" && count > MOST_IN_UINT16) {
		throw new NnvolError(
			"CONFIG",
			`there are ${count} objects, and uint16 numbers ${MOST_IN_UINT16}; set inference.postprocessing.instance_dtype to uint32, or leave it to auto`,
		);
	}
	if (asked === "uint64") return ndarray("uint64", shape, BigUint64Array.from(labels, BigInt));
	if (asked === "uint32" || count > MOST_IN_UINT16) return ndarray("uint32", shape, labels);
	return ndarray("uint16", shape, Uint16Array.from(labels));
}
