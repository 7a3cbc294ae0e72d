/**
 * The figures of an image, or of some planes of it, that come in bricks.
 *
 * @module
 */
import { hasDType, type NdArray } from "../core/array.ts";
import type { DataOf, DType, NumberDType } from "../core/dtype.ts";
import { type Zyx, zyx } from "../core/shape.ts";
import { toFloat32 } from "../image/cast.ts";
import { rangesOf } from "../image/resample-range.ts";
import { mergeRanges, NO_STATISTICS, type Range, rangeOf } from "../image/statistics.ts";
import { collectPlanes } from "../image/statistics-grid.ts";
import { channelsOf } from "./normalise.ts";
import type { ChannelPart, PartFigures } from "./part-figures.ts";
import type { SectionRanges, SurveyNeeds } from "./survey.ts";

/** Element types whose voxels are the same numbers as float32. */
export const EXACT: readonly DType[] = ["uint8", "int8", "uint16", "int16", "float32"];

/** An array whose elements are the numbers that they are as float32: itself where they are. */
export function measurable(array: NdArray): NdArray<NumberDType> {
	return isExact(array) ? array : toFloat32(array);
}

function isExact(array: NdArray): array is NdArray<NumberDType> {
	return EXACT.includes(array.dtype) || hasDType(array, "float32");
}

/** Takes the bricks of an image of some extents, each once, on the grid of `collectPlanes`. */
export type Measurer = {
	/** `array` is C, Z, Y, X, of a type in `EXACT`; its first voxel is at `start` of the image. */
	readonly push: (start: Zyx, array: NdArray<NumberDType>) => void;
	readonly finish: () => PartFigures;
};

type ChannelMeasurer = {
	readonly push: (start: Zyx, size: Zyx, data: DataOf<NumberDType>) => void;
	readonly finish: () => ChannelPart;
};

/** A measurer of what is needed of an image of extents `shape`. */
export function measurerOf({ figures, clip }: SurveyNeeds, shape: Zyx): Measurer {
	const channels = figures.map((need) => channelMeasurer(clip === "volume" && need === "none" ? "range" : need, shape));
	const sections = typeof clip === "number" ? sectionMeasurer(figures.length, clip, shape) : undefined;
	return {
		push(start, array) {
			const size = zyx(array.shape.slice(1));
			for (const [channel, data] of channelsOf(array).entries()) {
				channels[channel]?.push(start, size, data);
				sections?.push(channel, start, size, data);
			}
		},
		finish() {
			const found = { channels: channels.map((channel) => channel.finish()) };
			return sections === undefined ? found : { ...found, sections: sections.finish() };
		},
	};
}

function channelMeasurer(need: "none" | "range" | "moments", shape: Zyx): ChannelMeasurer {
	if (need === "none") return { push: () => undefined, finish: () => ({}) };
	if (need === "range") {
		let range: Range = { min: NO_STATISTICS.min, max: NO_STATISTICS.max };
		return {
			push: (_start, _size, data) => {
				range = mergeRanges(range, rangeOf(data, 0, data.length));
			},
			finish: () => ({ range }),
		};
	}
	const collector = collectPlanes(shape);
	return {
		push: (start, size, data) => collector.push(start, { data, size }),
		finish: () => ({ planes: collector.finish() }),
	};
}

/** Ranges of each section across `axis`. */
function sectionMeasurer(count: number, axis: 0 | 1 | 2, shape: Zyx) {
	const channels = Array.from({ length: count }, () => ({
		low: new Float32Array(shape[axis]).fill(NO_STATISTICS.min),
		high: new Float32Array(shape[axis]).fill(NO_STATISTICS.max),
	}));
	const push = (channel: number, start: Zyx, size: Zyx, data: DataOf<NumberDType>) => {
		const found = rangesOf(data, size, axis);
		const ranges = channels[channel];
		if (ranges === undefined) return;
		for (let i = 0; i < size[axis]; i++) {
			const at = start[axis] + i;
			ranges.low[at] = Math.min(ranges.low[at] ?? 0, found.low[i] ?? 0);
			ranges.high[at] = Math.max(ranges.high[at] ?? 0, found.high[i] ?? 0);
		}
	};
	const finish = (): SectionRanges => ({
		axis,
		channels: channels.map(({ low, high }) => ({ low: [...low], high: [...high] })),
	});
	return { push, finish };
}
