/**
 * The committed references of `test/fixtures/image`, checked as they are read.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { z } from "zod";

const numberList = z.array(z.number());

const maskCase = z.object({
	shape: numberList,
	mask: z.string(),
	filled: z.string(),
	connectivity: z.array(z.object({ labels: numberList, count: z.number(), small: z.record(z.string(), z.string()) })),
});

const numberCase = z.object({
	image: numberList,
	mask: z.string(),
	mean: z.number(),
	std: z.number(),
	maskedMean: z.number(),
	maskedStd: z.number(),
	logits: numberList,
	softmax: numberList,
	sigmoid: numberList,
	argmax: numberList,
	regions: numberList,
	data: numberList,
	stored: z.record(z.string(), numberList),
	uint64: z.array(z.string()),
	uint64AsFloat: numberList,
	int64: z.array(z.string()),
	int64AsFloat: numberList,
});

function read(name: string): unknown {
	return JSON.parse(readFileSync(new URL(`../fixtures/image/${name}`, import.meta.url), "utf8"));
}

/** Masks with what scipy and scikit-image make of them. */
export const maskCases = z.array(maskCase).parse(read("masks.json"));

/** Numbers with what numpy and torch make of them. */
export const numbers = z.tuple([numberCase]).parse(read("numbers.json"))[0];

/** A mask written as 0 and 1. */
export function maskOf(bits: string): Uint8Array {
	return Uint8Array.from(bits, Number);
}

/** A mask as 0 and 1. */
export function bitsOf(mask: Uint8Array): string {
	return mask.join("");
}
