/**
 * Surveys as JSON that stays small for a hundred thousand sections, and back.
 *
 * A survey is a list: the box (6 numbers), then for each channel its figures, [count, mean, m2, min, max], [min, max] or []; behind
 * them, where there are any, the ranges of sections: the axis, then low and high of each channel.
 *
 * @module
 */
import { z } from "zod";
import type { Box } from "../core/box.ts";
import { jsonNumber as number, packNumber as pack } from "./json-number.ts";
import type { ChannelFigures } from "./scale.ts";
import type { SectionRanges, Survey } from "./survey.ts";

/** A box: start, then stop. */
export const packedBox = z.tuple([z.int(), z.int(), z.int(), z.int(), z.int(), z.int()]);
const figures = z.union([z.tuple([number, number, number, number, number]), z.tuple([number, number]), z.tuple([])]);
/** Ranges of sections: the axis, then low and high of each channel. */
export const packedSections = z.tuple([
	z.union([z.literal(0), z.literal(1), z.literal(2)]),
	z.array(z.tuple([z.array(number), z.array(number)])),
]);
const packed = z.object({
	version: z.literal(1),
	surveys: z.array(
		z.union([z.tuple([packedBox, z.array(figures)]), z.tuple([packedBox, z.array(figures), packedSections])]),
	),
});

type Packed = z.input<typeof packed>;
type PackedSurvey = Packed["surveys"][number];

/** Plain data for `JSON.stringify`. */
export function packSurveys(surveys: readonly Survey[]): Packed {
	return { version: 1, surveys: surveys.map(packSurvey) };
}

/** Surveys of what `packSurveys` gave; undefined where `value` is anything else (of another version, say): survey again then. */
export function unpackSurveys(value: unknown): Survey[] | undefined {
	const result = packed.safeParse(value);
	return result.success ? result.data.surveys.map(unpackSurvey) : undefined;
}

function packSurvey(survey: Survey): PackedSurvey {
	const place = packBox(survey.box);
	const found = survey.figures.map(packFigures);
	return survey.sections === undefined ? [place, found] : [place, found, packSections(survey.sections)];
}

/** A box (z, y, x) for `packedBox`. */
export function packBox({ start, stop }: Box): z.input<typeof packedBox> {
	const [z0 = 0, y0 = 0, x0 = 0] = start;
	const [z1 = 0, y1 = 0, x1 = 0] = stop;
	return [z0, y0, x0, z1, y1, x1];
}

/** A box of what `packedBox` read. */
export function unpackBox(place: z.output<typeof packedBox>): Box {
	return { start: place.slice(0, 3), stop: place.slice(3) };
}

/** Ranges for `packedSections`. */
export function packSections({ axis, channels }: SectionRanges): z.input<typeof packedSections> {
	return [axis, channels.map(({ low, high }) => [low.map(pack), high.map(pack)])];
}

/** Ranges of what `packedSections` read. */
export function unpackSections([axis, channels]: z.output<typeof packedSections>): SectionRanges {
	return { axis, channels: channels.map(([low, high]) => ({ low, high })) };
}

function packFigures({ moments, range }: ChannelFigures): z.input<typeof figures> {
	if (range === undefined) return [];
	if (moments === undefined) return [pack(range.min), pack(range.max)];
	return [moments.count, pack(moments.mean), pack(moments.m2), pack(range.min), pack(range.max)];
}

function unpackSurvey([place, found, ranges]: z.output<typeof packed>["surveys"][number]): Survey {
	const base = { version: 1, box: unpackBox(place), figures: found.map(unpackFigures) } as const;
	return ranges === undefined ? base : { ...base, sections: unpackSections(ranges) };
}

function unpackFigures(entry: z.output<typeof figures>): ChannelFigures {
	if (entry.length === 0) return {};
	if (entry.length === 2) return { range: { min: entry[0], max: entry[1] } };
	const [count, mean, m2, min, max] = entry;
	return { moments: { count, mean, m2 }, range: { min, max } };
}
