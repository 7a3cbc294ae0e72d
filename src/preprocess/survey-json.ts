/**
 * Surveys as JSON that stays small for a hundred thousand sections, and back.
 *
 * A survey is a list: the box (6 numbers), then for each channel its figures, [count, mean, m2, min, max], [min, max] or []; behind
 * them, where there are any, the ranges of sections: the axis, then low and high of each channel. Numbers that JSON does not have
 * are written as words.
 *
 * @module
 */
import { z } from "zod";
import type { ChannelFigures } from "./scale.ts";
import type { SectionRanges, Survey } from "./survey.ts";

const number = z.union([z.number(), z.enum(["NaN", "Infinity", "-Infinity"]).transform(Number)]);
const box = z.tuple([z.int(), z.int(), z.int(), z.int(), z.int(), z.int()]);
const figures = z.union([z.tuple([number, number, number, number, number]), z.tuple([number, number]), z.tuple([])]);
const sections = z.tuple([
	z.union([z.literal(0), z.literal(1), z.literal(2)]),
	z.array(z.tuple([z.array(number), z.array(number)])),
]);
const packed = z.object({
	version: z.literal(1),
	surveys: z.array(z.union([z.tuple([box, z.array(figures)]), z.tuple([box, z.array(figures), sections])])),
});

type Packed = z.input<typeof packed>;
type PackedSurvey = Packed["surveys"][number];
type PackedNumber = z.input<typeof number>;

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
	const [z0 = 0, y0 = 0, x0 = 0] = survey.box.start;
	const [z1 = 0, y1 = 0, x1 = 0] = survey.box.stop;
	const place: z.input<typeof box> = [z0, y0, x0, z1, y1, x1];
	const found = survey.figures.map(packFigures);
	if (survey.sections === undefined) return [place, found];
	const { axis, channels } = survey.sections;
	return [place, found, [axis, channels.map(({ low, high }) => [low.map(pack), high.map(pack)])]];
}

function packFigures({ moments, range }: ChannelFigures): z.input<typeof figures> {
	if (range === undefined) return [];
	if (moments === undefined) return [pack(range.min), pack(range.max)];
	return [moments.count, pack(moments.mean), pack(moments.m2), pack(range.min), pack(range.max)];
}

function pack(value: number): PackedNumber {
	if (Number.isNaN(value)) return "NaN";
	if (value === Number.POSITIVE_INFINITY) return "Infinity";
	return value === Number.NEGATIVE_INFINITY ? "-Infinity" : value;
}

function unpackSurvey([place, found, ranges]: z.output<typeof packed>["surveys"][number]): Survey {
	const base = {
		version: 1,
		box: { start: place.slice(0, 3), stop: place.slice(3) },
		figures: found.map(unpackFigures),
	} as const;
	if (ranges === undefined) return base;
	const [axis, channels] = ranges;
	const unpacked: SectionRanges = { axis, channels: channels.map(([low, high]) => ({ low, high })) };
	return { ...base, sections: unpacked };
}

function unpackFigures(entry: z.output<typeof figures>): ChannelFigures {
	if (entry.length === 0) return {};
	if (entry.length === 2) return { range: { min: entry[0], max: entry[1] } };
	const [count, mean, m2, min, max] = entry;
	return { moments: { count, mean, m2 }, range: { min, max } };
}
