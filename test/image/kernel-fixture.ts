/**
 * The committed references of `test/fixtures/kernels`, checked as they are read.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { z } from "zod";

const numberList = z.array(z.number());

const componentCase = z.object({
	shape: numberList,
	values: z.number(),
	connectivity: z.union([z.literal(1), z.literal(2), z.literal(3)]),
	labels: numberList,
	found: numberList,
});

const objectCase = z.object({
	shape: numberList,
	labels: numberList,
	renumbered: numberList,
	atLeast: z.number(),
	large: numberList,
	largest: numberList,
	mask: numberList,
	filled: numberList,
	filledSections: numberList.optional(),
	regions: z.array(z.object({ id: z.number(), voxels: z.number(), box: numberList, centroid: numberList })),
});

function read(name: string): unknown {
	return JSON.parse(readFileSync(new URL(`../fixtures/kernels/${name}`, import.meta.url), "utf8"));
}

/** Labels and their components: of one value by scipy, of several by cc3d. */
export const componentCases = z.array(componentCase).parse(read("components.json"));

/** Labels, and what fastremap, numpy, scipy and scikit-image make of them. */
export const objectCases = z.array(objectCase).parse(read("objects.json"));
