/**
 * Values that several keys take: paths, counts, triples of voxels.
 *
 * @module
 */
import { z } from "zod";

/** Text that is not empty. */
export const text = z.string().min(1);

/** One path or glob, or a list of them; a list once parsed. */
export const paths = z.union([text.transform((path) => [path]), z.array(text).min(1)]).nullable();

/** A whole number of 0 or more. */
export const count = z.int().min(0);

/** Three whole numbers of 0 or more: z, y, x. */
export const places = z.tuple([count, count, count]);

/** Three whole numbers of 1 or more: z, y, x. */
export const extents = z.tuple([z.int().min(1), z.int().min(1), z.int().min(1)]);

/** -1 for all there are, else from `least` up. */
export function countOrAll(least: number): z.ZodInt {
	return z.int().refine((n) => n === -1 || n >= least);
}
