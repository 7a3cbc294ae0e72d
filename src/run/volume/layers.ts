/**
 * Rows of results on their way to blocks: collected into layers of blocks, handed on when a layer is whole.
 *
 * Rows come in order of z. A layer is whole once rows of a later one come, or at the end; layers without rows are
 * background. One layer fills while others are written; where writing lags, `pause` waits.
 *
 * @module
 */
import type { NdArray } from "../../core/array.ts";
import { type Box, boxShape } from "../../core/box.ts";
import { sizeOf } from "../../core/shape.ts";
import type { BlockRange } from "../../plan/volume-plan.ts";
import { type Canvas, LayerQueue } from "./layer-queue.ts";
import { type Held, heldArray, type VolumeProduct } from "./products.ts";

/** Rows `y <= row < y + rows` of section `z` (all of the transposed image), from column `x` on: [heads, rows, width]. */
export type PlacedRows = {
	readonly z: number;
	readonly y: number;
	readonly x: number;
	readonly rows: number;
	readonly width: number;
	readonly values: Float32Array<ArrayBuffer>;
};

/** What a layer holds: an array a product, C, Z, Y, X over `box` of the transposed image. */
export type Layer = { readonly layer: number; readonly box: Box; readonly arrays: readonly NdArray[] };

/** What layers are made of. */
export type LayersSpec = {
	readonly products: readonly VolumeProduct[];
	/** Sections where layers begin, and the end of the last. */
	readonly cuts: readonly number[];
	readonly layers: BlockRange;
	/** y and x of the run. */
	readonly box: Box;
	/** Writes a layer, and gives back its memory; another may be under way. */
	readonly write: (layer: Layer) => Promise<readonly NdArray["data"][]>;
};

/** The layers of one run. */
export class Layers {
	readonly #spec: LayersSpec;
	readonly #queue: LayerQueue;
	#layer: number;
	#canvases: readonly Canvas[] | undefined;
	#failure: { readonly error: unknown } | undefined;

	constructor(spec: LayersSpec, queue: LayerQueue = new LayerQueue()) {
		this.#spec = spec;
		this.#queue = queue;
		this.#layer = spec.layers[0];
	}

	/** Takes rows; their values are not kept. Rows of a later layer hand on those before. */
	place(rows: PlacedRows): void {
		while (rows.z >= (this.#spec.cuts[this.#layer + 1] ?? Number.POSITIVE_INFINITY)) this.#handOn();
		const { start, stop } = this.#boxOf(this.#layer);
		const [z0 = 0, y0 = 0, x0 = 0] = start;
		const [depth = 0, height = 0, width = 0] = boxShape({ start, stop });
		const canvases = this.#open();
		for (const [n, product] of this.#spec.products.entries()) {
			const target = canvases[n];
			const values = product.convert(rows.values);
			for (let channel = 0; channel < product.channels && target !== undefined; channel++) {
				const from = channel * rows.rows * rows.width;
				const to = ((channel * depth + rows.z - z0) * height + rows.y - y0) * width + rows.x - x0;
				copyRows(values, from, target, to, rows, width);
			}
		}
	}

	/** Undefined where there is room for another layer; else a promise of it. @throws what writing threw */
	pause(): Promise<void> | undefined {
		this.#requireWritten();
		return this.#queue.room()?.then(() => this.#requireWritten());
	}

	/** Hands on what is left. */
	end(): void {
		while (this.#layer < this.#spec.layers[1]) this.#handOn();
	}

	/** Hands on what is left, and waits until all is written. @throws what writing threw */
	async finish(): Promise<void> {
		this.end();
		await this.#queue.written;
		this.#requireWritten();
	}

	/** Waits for what is being written, and forgets the rest. */
	async abandon(): Promise<void> {
		this.#failure ??= { error: new RangeError("layers: abandoned") };
		await this.#queue.written;
	}

	#requireWritten(): void {
		if (this.#failure !== undefined) throw this.#failure.error;
	}

	#handOn(): void {
		const layer = this.#layer++;
		const box = this.#boxOf(layer);
		const canvases = this.#canvases ?? this.#blank(box);
		this.#canvases = undefined;
		this.#queue.add(() => this.#write(layer, box, canvases));
	}

	/** Gives back memory. */
	async #write(layer: number, box: Box, canvases: readonly Canvas[]): Promise<readonly Canvas[]> {
		try {
			if (this.#failure !== undefined) return canvases;
			const arrays = this.#spec.products.map((product, n): NdArray => {
				const shape = [product.channels, ...boxShape(box)];
				return { dtype: product.held, shape, data: canvases[n] ?? heldArray(product.held, 0) };
			});
			return (await this.#spec.write({ layer, box, arrays })).map(canvasOf);
		} catch (error) {
			this.#failure ??= { error };
			return []; // it may have been given away
		}
	}

	#open(): readonly Canvas[] {
		this.#canvases ??= this.#blank(this.#boxOf(this.#layer));
		return this.#canvases;
	}

	/** Canvases of background, over the memory of a layer that was written where there is one. */
	#blank(box: Box): Canvas[] {
		const spare = this.#queue.takeSpare();
		const voxels = sizeOf(boxShape(box));
		return this.#spec.products.map((product, n) => {
			const found = spare?.[n];
			const length = product.channels * voxels;
			const canvas =
				found !== undefined && found.length >= length ? found.subarray(0, length) : heldArray(product.held, length);
			for (const [channel, value] of product.background.entries()) {
				canvas.fill(value, channel * voxels, (channel + 1) * voxels);
			}
			return canvas;
		});
	}

	#boxOf(layer: number): Box {
		const { cuts, box } = this.#spec;
		return {
			start: [cuts[layer] ?? 0, ...box.start.slice(1)],
			stop: [cuts[layer + 1] ?? 0, ...box.stop.slice(1)],
		};
	}
}

function canvasOf(data: NdArray["data"]): Canvas {
	if (data instanceof BigUint64Array || data instanceof BigInt64Array) throw new TypeError("no product is of 64 bits");
	return data;
}

/** Copies rows that lie in one piece into rows that lie `pitch` apart. */
function copyRows(
	values: Held,
	from: number,
	target: Canvas,
	to: number,
	{ rows, width }: Pick<PlacedRows, "rows" | "width">,
	pitch: number,
): void {
	const source = canvasOf(values);
	if (width === pitch) {
		target.set(source.subarray(from, from + rows * width), to);
		return;
	}
	for (let row = 0; row < rows; row++) {
		target.set(source.subarray(from + row * width, from + (row + 1) * width), to + row * pitch);
	}
}
