/**
 * Kwargs that several decoding steps take, each with its default and its text.
 *
 * Thresholds are compared as "above", sizes as "at least", everywhere.
 *
 * @module
 */
import { z } from "zod";
import { field } from "../schema/field.ts";
import { count } from "../schema/values.ts";

/** Neighbours by their number (4, 8 in a section; 6, 18, 26 in a volume) or by how many axes they differ in. */
const neighbours = z.literal([1, 2, 3, 4, 6, 8, 18, 26]);

/** A channel, a range of them (`"1:3"`, ends as in Python), or a list. */
export const channelSelector = z.union([
	z.int(),
	z.string().regex(/^\s*(-?\d+|-?\d*\s*:\s*-?\d*)\s*$/),
	z.array(z.int()).min(1),
]);

const CHANNELS = 'a channel such as 0, a range such as "0:2", or a list of channels';

/** The channel that holds the objects. */
export const channel = (aka: readonly string[] = []) =>
	field(count, 0, {
		text: "The channel that holds the objects, of those that decoding is given.",
		expects: "a whole number of 0 or more",
		aka,
	});

/** Some channels, averaged where there are several. */
export const channels = (fallback: readonly number[] | null, text: string) =>
	field(channelSelector.nullable(), fallback === null ? null : [...fallback], {
		text,
		expects: `${CHANNELS}, or null`,
		shown: fallback === null ? "none" : JSON.stringify(fallback),
	});

/** A number that values are compared with. */
export const threshold = (fallback: number, text: string, aka: readonly string[] = []) =>
	field(z.number(), fallback, { text, expects: "a number", aka });

/** Two thresholds, of seeds and of the foreground. */
export const pair = (seeds: number, foreground: number, text: string) =>
	field(z.tuple([z.number(), z.number()]), [seeds, foreground], { text, expects: "two numbers: [seeds, foreground]" });

/** Objects of fewer voxels go. */
export const minSize = (fallback: number, aka: readonly string[] = ["min_instance_size"]) =>
	field(count, fallback, {
		text: "Objects of fewer voxels go; 0 keeps all.",
		expects: "a whole number of voxels, 0 or more",
		aka,
	});

/** Seeds of fewer voxels go. */
export const minSeedSize = (fallback: number) =>
	field(count, fallback, {
		text: "Seeds of fewer voxels go before objects grow from them; 0 keeps all.",
		expects: "a whole number of voxels, 0 or more",
	});

/** Which voxels touch. */
export const connectivity = (fallback: 6 | 26) =>
	field(neighbours, fallback, {
		text: "Voxels that touch: 6, 18, 26 (in a section 4, 8), or 1, 2, 3 axes they may differ in. In a section 6 is 4, 18 and 26 are 8.",
		expects: "4 or 8 in sections, 6, 18 or 26 in volumes, or 1, 2, 3",
	});

/** Section by section, or the volume. */
export const sectionwise = () =>
	field(z.boolean().nullable(), null, {
		text: "true: every section by itself; false: the volume as one; null: as the model works, sections for a 2D model.",
		expects: "true, false or null",
		shown: "by the model",
	});

/** Section by section only where it is asked for: steps on whole objects. */
export const perSection = () =>
	field(z.boolean(), false, {
		text: "true: every section of an object counts as an object of its own; false: objects are whole.",
		expects: "true or false",
	});
