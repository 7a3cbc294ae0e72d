import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { ndarray } from "../../src/core/array.ts";
import { Contingency } from "../../src/score/contingency.ts";
import { variationOfInformation, variationWithBackground } from "../../src/score/information.ts";
import { labelWords } from "../../src/score/label-words.ts";
import { countAllPairs, matchAt, objectOverlaps } from "../../src/score/matching.ts";
import { adaptedRand, snemiRand } from "../../src/score/rand.ts";
import { tableOf } from "../../src/score/table.ts";

const score = z.number().nullable();
const matched = z.object({
	thresh: z.number(),
	tp: score,
	fp: score,
	fn: score,
	precision: score,
	recall: score,
	f1: score,
	accuracy: score,
	mean_matched_score: score,
	panoptic_quality: score,
});
const casesSchema = z.array(
	z.object({
		name: z.string(),
		shape: z.array(z.number()),
		truth: z.base64(),
		found: z.base64(),
		skimage_adapted_rand_error: z.array(score),
		skimage_voi: z.array(score),
		skimage_voi_ignore_0: z.array(score).nullable(),
		pytc_voi: z.array(score).nullable(),
		pytc_adapted_rand: z.array(score).nullable(),
		instance_matching: z.array(matched),
		instance_matching_simple: z.object({
			tp: score,
			fp: score,
			fn: score,
			precision: score,
			recall: score,
			f1: score,
			accuracy: score,
		}),
	}),
);
const FOLDER = join(import.meta.dirname, "..", "fixtures", "instances");
const CASES = casesSchema.parse(JSON.parse(readFileSync(join(FOLDER, "scores.json"), "utf8")));

function wordsOf(base64: string): Uint32Array<ArrayBuffer> {
	const bytes = Buffer.from(base64, "base64");
	return Uint32Array.from({ length: bytes.length / 4 }, (_, n) => bytes.readUInt32LE(4 * n));
}

function tableOfCase({ truth, found }: (typeof CASES)[number]) {
	const counts = new Contingency();
	const [a, b] = [wordsOf(truth), wordsOf(found)];
	counts.add(
		labelWords(ndarray("uint32", [a.length], a), "t"),
		labelWords(ndarray("uint32", [b.length], b), "f"),
		a.length,
	);
	return tableOf(counts);
}

/** Equal to 12 digits; where the other has no number, neither have we. */
function expectClose(found: number, wanted: number | null | undefined, digits = 12): void {
	if (wanted === null || wanted === undefined) expect(found).toBeNaN();
	else expect(found).toBeCloseTo(wanted, digits);
}

describe.each(CASES)("objects, $name", (entry) => {
	const table = tableOfCase(entry);

	it("adapted Rand error as scikit-image, whose precision and recall are in the other order", () => {
		const { error, precision, recall } = adaptedRand(table);
		const [wantedError, second, third] = entry.skimage_adapted_rand_error;
		expectClose(error, wantedError);
		expectClose(recall, second);
		expectClose(precision, third);
	});

	it("adapted Rand error as PyTorch Connectomics", () => {
		const { error, precision, recall } = snemiRand(table);
		const wanted = entry.pytc_adapted_rand ?? [null, null, null];
		expectClose(error, wanted[0]);
		if (entry.pytc_adapted_rand === null) return;
		expectClose(precision, wanted[1]);
		expectClose(recall, wanted[2]);
	});

	it("variation of information as both", () => {
		const whole = variationWithBackground(table);
		expectClose(whole.split, entry.skimage_voi[0]);
		expectClose(whole.merge, entry.skimage_voi[1]);
		const { split, merge, total } = variationOfInformation(table);
		for (const wanted of [entry.skimage_voi_ignore_0 ?? [null, null], entry.pytc_voi ?? [null, null]]) {
			expectClose(split, wanted[0]);
			expectClose(merge, wanted[1]);
		}
		if (entry.pytc_voi !== null) expect(total).toBeCloseTo(split + merge, 12);
	});

	it("objects found as PyTorch Connectomics pairs them", () => {
		const overlaps = objectOverlaps(table);
		const isEmpty = overlaps.truths.length + overlaps.founds.length === 0;
		for (const wanted of entry.instance_matching) {
			const { tp, fp, fn, ...found } = matchAt(overlaps, wanted.thresh);
			expect({ threshold: wanted.thresh, tp, fp, fn }).toEqual({
				threshold: wanted.thresh,
				tp: wanted.tp,
				fp: wanted.fp,
				fn: wanted.fn,
			});
			const names = ["precision", "recall", "f1"] as const;
			for (const name of names) expectClose(found[name], isEmpty ? null : wanted[name]);
			expectClose(found.averagePrecision, isEmpty ? null : wanted.accuracy);
			// theirs adds IoU in float32
			expectClose(found.segmentationQuality, isEmpty ? null : wanted.mean_matched_score, 6);
			expectClose(found.panopticQuality, isEmpty ? null : wanted.panoptic_quality, 6);
		}
	});

	it("pairs counted without pairing, as PyTorch Connectomics' detail", () => {
		const overlaps = objectOverlaps(table);
		const { tp, fp, fn, precision, averagePrecision } = countAllPairs(overlaps, 0.5);
		const wanted = entry.instance_matching_simple;
		expect({ tp, fp, fn }).toEqual({ tp: wanted.tp, fp: wanted.fp, fn: wanted.fn });
		if (overlaps.truths.length + overlaps.founds.length === 0) return;
		expectClose(precision, wanted.precision);
		expectClose(averagePrecision, wanted.accuracy);
	});
});
