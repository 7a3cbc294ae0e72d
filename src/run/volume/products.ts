/**
 * What a streamed run writes: each product turns the network's values of some rows into what is held until a block is written.
 *
 * @module
 */

import type { NdArray } from "../../core/array.ts";
import { allocate, type DType } from "../../core/dtype.ts";
import { assertNever, NnvolError } from "../../core/errors.ts";
import { activate } from "../../export/activate.ts";
import type { Binary } from "../../export/channels.ts";
import { canvasDType, headsOf, highestLabel, labelsOf, probabilitiesOf } from "../../export/labels.ts";
import { type IntensityDType, quantise } from "../../image/cast.ts";
import { entropy } from "../../image/entropy.ts";
import type { LabelArray } from "../../image/labels.ts";
import { threshold } from "../../image/threshold.ts";
import type { ModelSpec } from "../../model/spec.ts";
import { disagreementsOf } from "../../plan/products.ts";
import type { Disagreement, Output, Product, Settings } from "../../plan/settings.ts";
import { stageOf } from "../stage.ts";

/** nnU-Net writes labels below this as uint8, others as uint16. */
const LABELS_OF_UINT8 = 255;

/** Values of rows: [channels, voxels]. */
export type Held = NdArray["data"];

/** One product of a run. */
export type VolumeProduct = {
	readonly name: "labels" | "channels" | "probabilities" | "uncertainty" | Disagreement;
	readonly channels: number;
	/** True: a leading channel axis in the output. */
	readonly channelAxis: boolean;
	/** Element type that is held, and written but for what `clean` changes. */
	readonly held: DType;
	readonly written: DType;
	/** Where nnU-Net's writers choose the type by the highest label that was found. */
	readonly byValues: boolean;
	/** Value of each channel where the image was cropped away. */
	readonly background: readonly number[];
	/** Values of [heads, voxels] (disagreement behind the heads, where it is carried) as they are held, [channels, voxels], until the next call. They are not changed. */
	convert(values: Float32Array<ArrayBuffer>): Held;
	/** Sections are cleaned before they are written; they are held in float32 then. */
	readonly clean?: {
		readonly binary: Binary;
		readonly scale: number;
		readonly dtype: IntensityDType;
		/** As of the settings' output: values stay within the mask. */
		readonly bounds?: true;
	};
	/** Times the stored value gives the probability. */
	readonly unit?: number;
};

/** The products of a run, the main one first. @throws UNBUILT for what needs the whole volume in memory */
export function productsFor(spec: ModelSpec, settings: Settings): readonly VolumeProduct[] {
	const { outputs, output } = settings;
	if (outputs !== undefined)
		return outputs.map((product) => withoutCarried(productOf(product, spec, settings), spec, settings));
	if (output.kind === "channels") return [channelProduct(output, spec, settings)];
	if (output.kind === "objects") throw new RangeError("objects are made of values that are streamed first");
	const labels = labelProduct(spec, settings, output.dtype);
	if (!output.probabilities) return [labels];
	if (output.store === undefined) {
		throw new NnvolError(
			"UNBUILT",
			"probabilities of a volume that is streamed are not written as .npz, which holds them whole; choose --probabilities-format zarr or h5, or inference.data.outputs",
		);
	}
	const channels = Array.from({ length: headsOf(spec.labels) }, (_, n) => n);
	return [labels, probabilityProduct(channels, output.store.dtype, spec, settings)];
}

function productOf(product: Product, spec: ModelSpec, settings: Settings): VolumeProduct {
	switch (product.kind) {
		case "labels":
			return labelProduct(spec, settings, canvasDType(spec.labels));
		case "probabilities":
			return probabilityProduct(product.channels, product.dtype, spec, settings);
		case "uncertainty":
			return product.measure === undefined
				? uncertaintyProduct(product.dtype, spec, settings)
				: disagreementProduct(product.measure, product.dtype, spec, settings);
		default:
			return assertNever(product);
	}
}

function labelProduct(
	spec: ModelSpec,
	settings: Settings,
	dtype: Extract<Output, { kind: "labels" }>["dtype"],
): VolumeProduct {
	const held = dtype === "by-values" ? canvasDType(spec.labels) : dtype;
	let last: LabelArray | undefined;
	return {
		name: "labels",
		channels: 1,
		channelAxis: false,
		held,
		written: held,
		byValues: dtype === "by-values" && highestLabel(spec.labels) >= LABELS_OF_UINT8,
		background: [0],
		convert: (values) => {
			last = labelsOf(values, spec.labels, stageOf(settings), last);
			return last;
		},
	};
}

function probabilityProduct(
	channels: readonly number[],
	dtype: "float32" | "float16" | "uint8",
	spec: ModelSpec,
	settings: Settings,
): VolumeProduct {
	const factor = dtype === "uint8" ? 255 : 1;
	const isExclusive = spec.labels.kind === "labels";
	return {
		name: "probabilities",
		channels: channels.length,
		channelAxis: true,
		held: dtype,
		written: dtype,
		byValues: false,
		background: channels.map((channel) => stored(isExclusive && channel === 0 ? 1 : 0, factor, dtype)),
		convert: (values) => {
			const all = probabilitiesOf(values.slice(), spec.labels, stageOf(settings));
			return quantise(picked(all, headsOf(spec.labels), channels), factor, dtype);
		},
		unit: 1 / factor,
	};
}

/** Entropy of the classes' probabilities as a share of the largest possible; of regions the mean over regions. */
function uncertaintyProduct(
	dtype: "float32" | "float16" | "uint8",
	spec: ModelSpec,
	settings: Settings,
): VolumeProduct {
	const factor = dtype === "uint8" ? 255 : 1;
	const heads = headsOf(spec.labels);
	return {
		name: "uncertainty",
		channels: 1,
		channelAxis: false,
		held: dtype,
		written: dtype,
		byValues: false,
		background: [0],
		convert: (values) => {
			const all = probabilitiesOf(values.slice(), spec.labels, stageOf(settings));
			return quantise(entropy(all, heads, spec.labels.kind === "labels"), factor, dtype);
		},
		unit: 1 / factor,
	};
}

/** Largest variance of values between 0 and 1. */
const MOST_VARIANCE = 0.25;

/** What mirrored views and folds disagree about: a channel that tiles carried behind the heads. */
function disagreementProduct(
	measure: Disagreement,
	dtype: "float32" | "float16" | "uint8",
	spec: ModelSpec,
	settings: Settings,
): VolumeProduct {
	const factor = dtype === "uint8" ? 255 / (measure === "variance" ? MOST_VARIANCE : 1) : 1;
	const carried = disagreementsOf(settings);
	const [heads, at] = [headsOf(spec.labels), carried.indexOf(measure)];
	return {
		name: measure,
		channels: 1,
		channelAxis: false,
		held: dtype,
		written: dtype,
		byValues: false,
		background: [0],
		convert: (values) => {
			const voxels = values.length / (heads + carried.length);
			return quantise(values.subarray((heads + at) * voxels, (heads + at + 1) * voxels), factor, dtype);
		},
		unit: 1 / factor,
	};
}

/** The product made of the heads alone, where disagreement is carried behind them. */
function withoutCarried(product: VolumeProduct, spec: ModelSpec, settings: Settings): VolumeProduct {
	const carried = disagreementsOf(settings);
	if (carried.length === 0 || carried.some((measure) => measure === product.name)) return product;
	const heads = headsOf(spec.labels);
	const ofHeads = (values: Float32Array<ArrayBuffer>) =>
		values.subarray(0, (values.length / (heads + carried.length)) * heads);
	return { ...product, convert: (values) => product.convert(ofHeads(values)) };
}

function channelProduct(
	output: Extract<Output, { kind: "channels" }>,
	spec: ModelSpec,
	settings: Settings,
): VolumeProduct {
	const { channels, channelAxis, dtype, scale = 1, binary, bounds } = output;
	const heads = headsOf(spec.labels);
	// within bounds a threshold alone is a cleaning as well
	const cleans = binary !== undefined && (binary.removeSmall > 1 || binary.fillHoles || bounds === true);
	if (cleans && !settings.sectionwise && bounds !== true) {
		throw new NnvolError(
			"UNBUILT",
			"inference.postprocessing.binary removes objects or fills holes of the whole volume, which is not built for volumes that are streamed (it comes with decoding): take remove_small_objects and fill_holes out, or raise --memory so that the volume fits",
		);
	}
	const hasBackground = spec.labels.kind === "labels" && settings.activations[0] === "softmax";
	const outside = channels.map((channel) => (hasBackground && channel === 0 ? 1 : 0));
	const above = (value: number) => (binary === undefined ? value : Number(value > binary.threshold));
	const activated = (values: Float32Array<ArrayBuffer>) => {
		const all = values.slice();
		if (stageOf(settings) === "logits") activate(all, heads, settings.activations);
		return picked(all, heads, channels);
	};
	const base = { name: "channels", channels: channels.length, channelAxis, byValues: false, written: dtype } as const;
	if (cleans && binary !== undefined) {
		return {
			...base,
			held: "float32",
			background: outside,
			convert: activated,
			clean: { binary, scale, dtype, ...(bounds === undefined ? {} : { bounds }) },
		};
	}
	return {
		...base,
		held: dtype,
		background: outside.map((value) => stored(above(value), scale, dtype)),
		convert: (values) => {
			const chosen = activated(values);
			const found = binary === undefined ? chosen : new Float32Array(threshold(chosen, binary.threshold));
			return quantise(found, scale, dtype);
		},
	};
}

/** The rows of `channels`, in their order. */
function picked(
	values: Float32Array<ArrayBuffer>,
	heads: number,
	channels: readonly number[],
): Float32Array<ArrayBuffer> {
	if (channels.length === heads && channels.every((channel, n) => channel === n)) return values;
	const voxels = values.length / heads;
	const target = new Float32Array(channels.length * voxels);
	for (const [n, channel] of channels.entries()) {
		target.set(values.subarray(channel * voxels, (channel + 1) * voxels), n * voxels);
	}
	return target;
}

function stored(value: number, scale: number, dtype: IntensityDType): number {
	return Number(quantise(Float32Array.of(value), scale, dtype)[0] ?? 0);
}

/** An array of `length` elements of `dtype` for what is held. */
export function heldArray(dtype: DType, length: number): Exclude<Held, BigUint64Array | BigInt64Array> {
	const array = allocate(dtype, length);
	if (array instanceof BigUint64Array || array instanceof BigInt64Array) throw new TypeError(`no product is ${dtype}`);
	return array;
}
