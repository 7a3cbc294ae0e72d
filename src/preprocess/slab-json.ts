/**
 * What was found in a slab as JSON, and back to the bit.
 *
 * @module
 */
import { z } from "zod";
import type { Statistics } from "../image/statistics.ts";
import { jsonNumber as number, packNumber as pack } from "./json-number.ts";
import type { ChannelPart, PartFigures } from "./part-figures.ts";
import { packBox, packedBox, packedSections, packSections, unpackBox, unpackSections } from "./survey-json.ts";
import type { SlabSurvey } from "./survey-slab.ts";

/** Count, mean, m2, smallest, largest. */
const plane = z.tuple([number, number, number, number, number]);
const channel = z.object({ planes: z.array(plane).optional(), range: z.tuple([number, number]).optional() });
const figures = z.object({ version: z.literal(1), channels: z.array(channel), sections: packedSections.optional() });
const slab = z.object({ version: z.literal(1), box: packedBox.optional(), figures: figures.optional() });

type Packed = z.input<typeof slab>;
type PackedFigures = z.input<typeof figures>;

/** Plain data for `JSON.stringify`. */
export function packSlab(found: SlabSurvey): Packed {
	return {
		version: 1,
		...(found.box === undefined ? {} : { box: packBox(found.box) }),
		...(found.figures === undefined ? {} : { figures: packFigures(found.figures) }),
	};
}

/** What `packSlab` was given; undefined where `value` is anything else. */
export function unpackSlab(value: unknown): SlabSurvey | undefined {
	const { data } = slab.safeParse(value);
	if (data === undefined) return undefined;
	const box = data.box === undefined ? undefined : unpackBox(data.box);
	return data.figures === undefined ? { box } : { box, figures: figuresOf(data.figures) };
}

/** Plain data for `JSON.stringify`. */
export function packFigures({ channels, sections }: PartFigures): PackedFigures {
	return {
		version: 1,
		channels: channels.map(packChannel),
		...(sections === undefined ? {} : { sections: packSections(sections) }),
	};
}

/** What `packFigures` was given; undefined where `value` is anything else. */
export function unpackFigures(value: unknown): PartFigures | undefined {
	const { data } = figures.safeParse(value);
	return data === undefined ? undefined : figuresOf(data);
}

function packChannel({ planes, range }: ChannelPart): z.input<typeof channel> {
	return {
		...(planes === undefined ? {} : { planes: planes.map(packPlane) }),
		...(range === undefined ? {} : { range: [pack(range.min), pack(range.max)] }),
	};
}

function packPlane({ count, mean, m2, min, max }: Statistics): z.input<typeof plane> {
	return [count, pack(mean), pack(m2), pack(min), pack(max)];
}

function figuresOf({ channels, sections }: z.output<typeof figures>): PartFigures {
	const found = { channels: channels.map(channelOf) };
	return sections === undefined ? found : { ...found, sections: unpackSections(sections) };
}

function channelOf({ planes, range }: z.output<typeof channel>): ChannelPart {
	return {
		...(planes === undefined ? {} : { planes: planes.map(planeOf) }),
		...(range === undefined ? {} : { range: { min: range[0], max: range[1] } }),
	};
}

function planeOf([count, mean, m2, min, max]: z.output<typeof plane>): Statistics {
	return { count, mean, m2, min, max };
}
