/**
 * The committed references of `test/fixtures/resample`, checked as they are read, and the arrays they were made of.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { type NdArray, ndarray } from "../../src/core/array.ts";
import { sizeOf, type Zyx } from "../../src/core/shape.ts";
import { parseLabelResampling, parseResampling } from "../../src/model/resampling.ts";

const triple = z.tuple([z.number(), z.number(), z.number()]);

const dataCase = z.object({
	name: z.string(),
	seed: z.number(),
	from: triple,
	to: triple,
	spacing: triple,
	toSpacing: triple,
	kwargs: z.record(z.string(), z.unknown()),
	every: z.number(),
	result: z.string(),
});

const labelCase = dataCase.omit({ seed: true, toSpacing: true, every: true }).extend({ labels: z.string() });

function read(name: string): unknown {
	return JSON.parse(readFileSync(new URL(`../fixtures/resample/${name}`, import.meta.url), "utf8"));
}

/** How far numbers from -2 to 2 may be from nnU-Net's: float32 between axes, and torch's coordinates, whose last bit depends on its build. */
export const TOLERANCE = 3e-6;

/** Channels of every data case. */
export const CHANNELS = 2;

/** Images and logits, with what nnU-Net's function gives for them; of the larger ones, with one number in `every`. */
export const dataCases = z
	.array(dataCase)
	.parse(read("data.json"))
	.map(({ seed, result, kwargs, ...given }) => ({
		...given,
		title: titleOf(given, kwargs),
		how: parseResampling(given.name, kwargs, "the fixture"),
		array: arrayOf(seed, [CHANNELS, ...given.from]),
		expected: new Float32Array(Uint8Array.from(Buffer.from(result, "base64")).buffer),
	}));

/** Labels, with what nnU-Net's function gives for them. */
export const labelCases = z
	.array(labelCase)
	.parse(read("labels.json"))
	.map(({ labels, result, kwargs, ...given }) => ({
		...given,
		title: titleOf(given, kwargs),
		how: parseLabelResampling(given.name, kwargs, "the fixture"),
		labels: labelsOf(given.from, labels),
		expected: labelsOf(given.to, result),
	}));

type Given = { readonly name: string; readonly from: Zyx; readonly to: Zyx; readonly spacing: Zyx };

function titleOf({ name, from, to, spacing }: Given, kwargs: Readonly<Record<string, unknown>>): string {
	return `${name} ${from.join("x")} to ${to.join("x")}, spacing ${spacing.join(" ")}, ${JSON.stringify(kwargs)}`;
}

/** Numbers from -2 to 2, the same for a seed here and in `make.py`. */
export function arrayOf(seed: number, shape: readonly number[]): NdArray<"float32"> {
	const data = new Float32Array(sizeOf(shape));
	let state = seed;
	for (let i = 0; i < data.length; i++) {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		data[i] = state / 2 ** 30 - 2;
	}
	return ndarray("float32", shape, data);
}

function labelsOf(shape: Zyx, text: string): NdArray<"int16"> {
	return ndarray("int16", shape, Int16Array.from(new Int8Array(Uint8Array.from(Buffer.from(text, "base64")))));
}

/** The largest difference of one number in `every` of `a` from those of `b`; infinite where it is not finite, or there are not as many. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>, every = 1): number {
	if (Math.ceil(a.length / every) !== b.length) return Number.POSITIVE_INFINITY;
	let largest = 0;
	for (let i = 0; i < b.length; i++) {
		const difference = Math.abs((a[i * every] ?? 0) - (b[i] ?? 0));
		if (!(difference <= largest)) largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
	}
	return largest;
}
