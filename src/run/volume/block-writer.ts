/**
 * From a layer of results to blocks on the disk: what lies outside is blanked, sections are cleaned, each block is turned to
 * the file's axes, written durably, and recorded after that.
 *
 * @module
 */
import { cut, type NdArray } from "../../core/array.ts";
import { type Box, boxShape, shift } from "../../core/box.ts";
import { NnvolError, throwIfAborted } from "../../core/errors.ts";
import { sameShape, sizeOf } from "../../core/shape.ts";
import { turnBack } from "../../export/canvas.ts";
import { boundBinary, castChannels, cleanBinary } from "../../export/channels.ts";
import { blockBoxAt, blockIdAt, outputBox, type VolumeLayout } from "../../plan/volume-layout.ts";
import type { BlockPlace } from "../../plan/volume-runs.ts";
import { turnArray } from "../../preprocess/reorient.ts";
import type { IoOptions } from "../../volume/volume.ts";
import type { BlockRecord, WrittenPart } from "../block-record.ts";
import type { BlockStore } from "./io-inline.ts";
import type { Layer } from "./layers.ts";
import type { VolumeProduct } from "./products.ts";
import { asInFile, type Target } from "./targets.ts";

type Memory = NdArray["data"];

/** Blocks written side by side: while one is flushed the next is packed. */
const AT_ONCE = 2;

/** What blocks are written with. */
export type BlockWriterSpec = {
	readonly layout: VolumeLayout;
	readonly outputs: readonly { readonly target: Target; readonly store: BlockStore }[];
	/** 1 where results are kept, over z, y, x of a box of the transposed image; undefined where all are. */
	readonly kept: (box: Box) => Promise<Uint8Array | undefined>;
	readonly record: (record: BlockRecord) => Promise<void>;
	/** Told of each block. */
	readonly onBlock?: (record: BlockRecord) => void;
	/** What records say of who wrote. */
	readonly worker: string;
	/** @throws where the input is not what it was */
	readonly checkInput: () => Promise<void>;
	readonly io: IoOptions;
};

/** Writes the blocks of `wanted` that lie in `layer`, and gives back its memory. @throws VOLUME, CANCELLED */
export async function writeBlocks(
	spec: BlockWriterSpec,
	layer: Layer,
	wanted: readonly BlockPlace[],
): Promise<readonly Memory[]> {
	const begun = performance.now();
	await spec.checkInput();
	const kept = await spec.kept(layer.box);
	const arrays = layer.arrays.map((array, n) => finished(array, spec.outputs[n]?.target.product, kept));
	const memory = layer.arrays.map(({ data }) => data);
	const places = wanted.filter(([z]) => z === layer.layer).values();
	const work = async () => {
		for (const place of places) {
			throwIfAborted(spec.io.signal);
			await writeBlock(spec, layer, arrays, place, begun, memory);
		}
	};
	await Promise.all(Array.from({ length: AT_ONCE }, work));
	return memory;
}

async function writeBlock(
	spec: BlockWriterSpec,
	{ box: layerBox }: Layer,
	arrays: readonly NdArray[],
	place: BlockPlace,
	begun: number,
	memory: Memory[],
): Promise<void> {
	const { layout, outputs, io } = spec;
	const box = blockBoxAt(layout, place);
	const within = shift(
		box,
		layerBox.start.map((first) => -first),
	);
	const outBox = outputBox(layout.map, box);
	const products: WrittenPart[] = [];
	for (const [n, { target, store }] of outputs.entries()) {
		const array = arrays[n];
		if (array === undefined) throw new RangeError("a product without its array");
		const part = partOf(array, { start: [0, ...within.start], stop: [array.shape[0] ?? 1, ...within.stop] });
		const turned = turnArray(turnBack(part, layout.map.transposeBackward), layout.map.turn);
		const stored = asInFile(turned, target);
		const fileBox = fileBoxOf(outBox, target);
		const { byteLength: bytes } = stored.data; // the array is given away
		const { name, byValues, held } = target.product;
		const { data, ...written } = await store.write(fileBox.start, stored, byValues, io);
		if (part === array && array.dtype === held) memory[n] = data;
		products.push({ name, box: fileBox, bytes, ...written });
	}
	const record: BlockRecord = {
		version: 1,
		id: blockIdAt(layout, place),
		box: outBox,
		products,
		seconds: Math.round(performance.now() - begun) / 1000,
		worker: spec.worker,
		finished: new Date().toISOString(),
	};
	await spec.record(record);
	spec.onBlock?.(record);
}

/** The voxels of a box, to be given away: the array itself where that is all of it. */
function partOf(array: NdArray, box: Box): NdArray {
	return sameShape(array.shape, boxShape(box)) ? array : cut(array, box);
}

/** A box of the output's z, y, x in the axes of a target's file. */
function fileBoxOf(box: Box, { spec, product }: Target): Box {
	const skip = spec.axes.includes("z") ? 0 : 1;
	const lead = spec.axes.startsWith("c");
	return {
		start: [...(lead ? [0] : []), ...box.start.slice(skip)],
		stop: [...(lead ? [product.channels] : []), ...box.stop.slice(skip)],
	};
}

/** What is written of a layer's array: C, Z, Y, X. */
function finished(array: NdArray, product: VolumeProduct | undefined, kept: Uint8Array | undefined): NdArray {
	if (kept !== undefined) blank(array, kept);
	const { clean } = product ?? {};
	if (clean === undefined) return array;
	const { data } = array;
	if (!(data instanceof Float32Array)) throw new TypeError("sections are cleaned in float32");
	const plane = [1, ...array.shape.slice(2)];
	const size = sizeOf(plane);
	const tidy = clean.bounds === true ? boundBinary : cleanBinary;
	for (let at = 0; at < data.length; at += size) tidy(data.subarray(at, at + size), plane, clean.binary);
	return castChannels(data, array.shape, clean.scale === 1 ? undefined : clean.scale, castable(clean.dtype));
}

function castable(dtype: NonNullable<VolumeProduct["clean"]>["dtype"]) {
	if (dtype !== "float16" && dtype !== "float64") return dtype;
	throw new NnvolError("CONFIG", `channels are not written as ${dtype}`);
}

function blank({ data, shape }: NdArray, kept: Uint8Array): void {
	const voxels = sizeOf(shape.slice(1));
	if (data instanceof BigUint64Array || data instanceof BigInt64Array) throw new TypeError("no product is of 64 bits");
	for (let at = 0; at < data.length; at += voxels) {
		for (let i = 0; i < voxels; i++) if (kept[i] === 0) data[at + i] = 0;
	}
}
