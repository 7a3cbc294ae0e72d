/**
 * Figures of some planes of an image, and those of the image from those of its parts.
 *
 * Law: of parts that are whole planes, in order of z, the figures of the image to the bit, wherever it was cut: planes are merged one
 * by one, in order of z, as `statisticsOf` does it, and ranges can be joined in any order.
 *
 * @module
 */
import { mergeRanges, type Range, type Statistics } from "../image/statistics.ts";
import { mergePlanes } from "../image/statistics-grid.ts";
import type { ChannelFigures } from "./scale.ts";
import type { SectionRanges, Survey } from "./survey.ts";

/** Of one channel of a part: nothing, its range, or the figures of each of its planes. */
export type ChannelPart = { readonly range?: Range; readonly planes?: readonly Statistics[] };

/** Of a part: whole planes of the image (or of its crop). */
export type PartFigures = {
	readonly channels: readonly ChannelPart[];
	/** Across axis 0 those of the part's own planes, across another one those of all of the image's sections. */
	readonly sections?: SectionRanges;
};

/** Figures of the image that `parts` make up, in order of z. @throws RangeError where parts are of different needs */
export function joinFigures(parts: readonly PartFigures[]): Pick<Survey, "figures" | "sections"> {
	const [first] = parts;
	if (first === undefined) throw new RangeError("survey: an image without parts");
	const figures = first.channels.map((_, channel) => joinChannel(parts.map((part) => part.channels[channel] ?? {})));
	if (first.sections === undefined) return { figures };
	const { axis } = first.sections;
	const channels = first.channels.map((_, channel) =>
		joinSections(
			axis,
			parts.map(({ sections }) => required(sections?.channels[channel])),
		),
	);
	return { figures, sections: { axis, channels } };
}

type SectionsOfChannel = SectionRanges["channels"][number];

function joinChannel(parts: readonly ChannelPart[]): ChannelFigures {
	const [first = {}] = parts;
	if (first.planes !== undefined) {
		const { min, max, ...moments } = mergePlanes(planesOf(parts));
		return { moments, range: { min, max } };
	}
	if (first.range === undefined) return {};
	return { range: parts.map(({ range }) => required(range)).reduce(mergeRanges) };
}

function* planesOf(parts: readonly ChannelPart[]): Generator<Statistics> {
	for (const { planes } of parts) yield* required(planes);
}

function joinSections(axis: 0 | 1 | 2, parts: readonly SectionsOfChannel[]): SectionsOfChannel {
	if (axis === 0) return { low: parts.flatMap(({ low }) => low), high: parts.flatMap(({ high }) => high) };
	return parts.reduce((a, b) => ({
		low: a.low.map((low, i) => Math.min(low, b.low[i] ?? low)),
		high: a.high.map((high, i) => Math.max(high, b.high[i] ?? high)),
	}));
}

function required<T>(value: T | undefined): T {
	if (value === undefined) throw new RangeError("survey: parts were measured for different needs");
	return value;
}
