/**
 * Tiles cut from a window: normalised on the way, zero where the padded volume has no voxels.
 *
 * @module
 */

import type { DType } from "../../core/dtype.ts";
import type { Zyx } from "../../core/shape.ts";
import { sizeOf } from "../../core/shape.ts";
import type { ChannelScale } from "../../preprocess/scale.ts";
import { type Scaler, scalerOf } from "../../preprocess/scaler.ts";
import type { TileInput } from "../tile-pipeline.ts";
import type { Window } from "./window.ts";

/** What the network sees of a window. */
export type WindowView = {
	/** Where the network's first voxel lies in the window's source: z, y, x. */
	readonly offset: Zyx;
	/** Extents of what the network sees, without padding. */
	readonly shape: Zyx;
	/** Padding before each axis. */
	readonly before: readonly number[];
	/** z, y, x. */
	readonly patch: Zyx;
	readonly dtype: DType;
	/** One a channel. */
	readonly scales: readonly ChannelScale[];
};

/** Cuts tiles of `view` from `window`. */
export class WindowInput implements TileInput {
	readonly channels: number;
	readonly #window: Window;
	readonly #view: WindowView;
	readonly #scalers: readonly Scaler[];

	constructor(window: Window, view: WindowView) {
		this.channels = view.scales.length;
		this.#window = window;
		this.#view = view;
		this.#scalers = view.scales.map((scale) => scalerOf(view.dtype, scale));
	}

	ready(start: readonly number[]): Promise<void> | undefined {
		const { offset, shape, before, patch } = this.#view;
		const first = (start[0] ?? 0) - (before[0] ?? 0);
		return this.#window.hold(offset[0] + Math.max(0, first), offset[0] + Math.min(shape[0], first + patch[0]));
	}

	cut(start: readonly number[], target: Float32Array): void {
		const { shape, before, patch, offset } = this.#view;
		const first = start.map((value, axis) => value - (before[axis] ?? 0));
		const low = first.map((value) => Math.max(0, -value));
		const high = first.map((value, axis) => Math.min(patch[axis] ?? 1, (shape[axis] ?? 1) - value));
		const isWhole = low.every((value) => value === 0) && high.every((value, axis) => value === patch[axis]);
		if (!isWhole) target.fill(0);
		const [areaY = 0, areaX = 0] = this.#window.area.start.slice(1);
		const [z0 = 0, y0 = 0, x0 = 0] = first.map((value, axis) => value + (offset[axis] ?? 0));
		const [zFrom = 0, yFrom = 0, xFrom = 0] = low;
		const [zTo = 0, yTo = 0, xTo = 0] = high;
		const count = xTo - xFrom;
		const plane = patch[1] * patch[2];
		for (let z = zFrom; z < zTo; z++) {
			const { from, array } = this.#window.at(z0 + z);
			const [, depth = 0, height = 0, width = 0] = array.shape;
			for (const [channel, scale] of this.#scalers.entries()) {
				const section = (channel * depth + z0 + z - from) * height;
				const to = channel * sizeOf(patch) + z * plane;
				for (let y = yFrom; y < yTo; y++) {
					const source = (section + y0 + y - areaY) * width + x0 + xFrom - areaX;
					scale(array.data, source, target, to + y * patch[2] + xFrom, count);
				}
			}
		}
	}
}
