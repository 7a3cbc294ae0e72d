/**
 * Regions of earlier samples, which are not chosen again: they were labelled meanwhile.
 *
 * @module
 */
import { z } from "zod";
import { NnvolError } from "../../core/errors.ts";
import type { Zyx } from "../../core/shape.ts";
import { readTextFile } from "../../core/text-file.ts";
import { fileError } from "../../volume/fault.ts";

const triple = z.tuple([z.int().nonnegative(), z.int().nonnegative(), z.int().nonnegative()]);

const recordSchema = z.looseObject({
	version: z.literal(1),
	samples: z.array(z.looseObject({ case: z.string(), start: triple, stop: triple })),
});

type Region = { readonly start: Zyx; readonly stop: Zyx };

/** Regions by case. */
export type TakenRegions = {
	/** True where a region taken before shares more than the part `overlap` of the one of `size` from `start` on. */
	isTaken(id: string, start: Zyx, size: Zyx, overlap: number): boolean;
};

/** Reads the `samples.json` of earlier samples. @throws INPUT where one is none; VOLUME where it cannot be read */
export async function readTaken(files: readonly string[]): Promise<TakenRegions> {
	const regions = new Map<string, Region[]>();
	for (const file of files) {
		for (const { case: id, start, stop } of await samplesIn(file)) {
			regions.set(id, [...(regions.get(id) ?? []), { start, stop }]);
		}
	}
	return {
		isTaken: (id, start, size, overlap) =>
			(regions.get(id) ?? []).some((region) => partWithin(region, start, size) > overlap),
	};
}

async function samplesIn(file: string): Promise<z.infer<typeof recordSchema>["samples"]> {
	const text = await readTextFile(file).catch((cause) => {
		throw fileError(file, "read", cause);
	});
	const found = recordSchema.safeParse(parsed(text));
	if (found.success) return found.data.samples;
	throw new NnvolError("INPUT", `${file}: expected the samples.json of an earlier sample; name the one in its folder`, {
		fields: { path: file },
	});
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** The part of the region of `size` from `from` on that lies in another. */
function partWithin({ start, stop }: Region, from: Zyx, size: Zyx): number {
	const along = (axis: 0 | 1 | 2) =>
		Math.max(0, Math.min(stop[axis], from[axis] + size[axis]) - Math.max(start[axis], from[axis])) / size[axis];
	return along(0) * along(1) * along(2);
}
