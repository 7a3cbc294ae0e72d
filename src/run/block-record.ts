/**
 * The record of one block: what was written, and its checksum; or why it could not be done.
 *
 * @module
 */
import { z } from "zod";

const whole = z.int().min(0);
const box = z.object({ start: z.array(whole), stop: z.array(whole) }).refine((b) => b.start.length === b.stop.length);

const written = z.object({
	name: z.string(),
	/** Voxels in the file's own axes. */
	box,
	/** `checksumOf` the voxels. */
	checksum: z.string(),
	bytes: whole,
	/** Highest label, of labels. */
	highest: whole.optional(),
});

const blockRecord = z.object({
	version: z.literal(1),
	id: whole,
	/** Voxels of the grid, z, y, x. */
	box,
	/** Empty where the block was skipped: it reads as background and nothing was written. */
	products: z.array(written),
	seconds: z.number(),
	worker: z.string(),
	finished: z.iso.datetime(),
});

const failedBlock = z.object({
	version: z.literal(1),
	id: whole,
	box,
	error: z.string(),
	code: z.string().optional(),
	attempts: whole,
	worker: z.string(),
	finished: z.iso.datetime(),
});

/** What was written of a block. JSON-able. */
export type BlockRecord = Immutable<z.infer<typeof blockRecord>>;
/** Part of a block in one of the run's volumes. */
export type WrittenPart = BlockRecord["products"][number];
/** Why a block could not be done. JSON-able. */
export type FailedBlock = Immutable<z.infer<typeof failedBlock>>;

type Immutable<T> = T extends (infer I)[]
	? readonly Immutable<I>[]
	: T extends object
		? { readonly [K in keyof T]: Immutable<T[K]> }
		: T;

/** The record in a text; undefined where it is damaged or another block's. */
export function parseBlockRecord(text: string, id: number): BlockRecord | undefined {
	return parse(blockRecord, text, id);
}

/** The failure in a text; undefined where it is damaged or another block's. */
export function parseFailedBlock(text: string, id: number): FailedBlock | undefined {
	return parse(failedBlock, text, id);
}

function parse<T extends { readonly id: number }>(schema: z.ZodType<T>, text: string, id: number): T | undefined {
	try {
		const result = schema.safeParse(JSON.parse(text));
		return result.success && result.data.id === id ? result.data : undefined;
	} catch {
		return undefined;
	}
}
