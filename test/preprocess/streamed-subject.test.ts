import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, type NdArray, zeros } from "../../src/core/array.ts";
import { boxShape } from "../../src/core/box.ts";
import { sizeOf } from "../../src/core/shape.ts";
import { imageOfArray } from "../../src/preprocess/image.ts";
import { givenFor, type Statistics, scaleOf } from "../../src/preprocess/scale.ts";
import { scalerOf } from "../../src/preprocess/scaler.ts";
import { isStreamable } from "../../src/preprocess/streamable.ts";
import { orient, prepareSubject } from "../../src/preprocess/subject.ts";
import { surveyNeeds, surveyVolume } from "../../src/preprocess/survey.ts";
import { sourceOf } from "./array-source.ts";
import { arrayOf, PREPARED, specOf } from "./fixture.ts";

/** What the network sees of `array`, by way of a survey and of rows that are read and scaled. */
async function streamed(array: NdArray, spec: ReturnType<typeof specOf>, statistics: Statistics, bytes: number) {
	const source = sourceOf(array, [1, 2, 3]);
	const survey = await surveyVolume(source, surveyNeeds(spec, statistics, undefined), { bytes });
	const size = boxShape(survey.box);
	const out = zeros("float32", [source.channels, ...size]);
	const [depth = 0, height = 0, width = 0] = size;
	for (let z = 0; z < depth; z++) {
		const at = (survey.box.start[0] ?? 0) + z;
		const plane = await source.read({
			start: [at, ...survey.box.start.slice(1)],
			stop: [at + 1, ...survey.box.stop.slice(1)],
		});
		for (const [channel, scheme] of spec.normalization.entries()) {
			const scale = scaleOf(scheme, survey.figures[channel] ?? {}, givenFor(statistics, channel));
			const scaler = scalerOf(array.dtype, scale);
			for (let y = 0; y < height; y++) {
				const to = channel * sizeOf(size) + (z * height + y) * width;
				scaler(plane.data, (channel * height + y) * width, out.data, to, width);
			}
		}
	}
	return { box: survey.box, out };
}

describe("an image that is streamed is the subject made in memory, to the bit", () => {
	const cases = PREPARED.filter((prepared) => isStreamable(specOf(prepared), false) === undefined);
	const ways = fc.constantFrom<Statistics[]>({ kind: "image" }, { kind: "fixed", mean: [7, 3], std: [2] });

	it("has cases of every scheme", () => {
		expect(new Set(cases.flatMap((prepared) => specOf(prepared).normalization.map(({ kind }) => kind)))).toEqual(
			new Set(["zscore", "ct", "rescale01", "rgb01", "none"]),
		);
	});

	it.each(cases.map((prepared) => [prepared.name, prepared] as const))("%s", async (_, prepared) => {
		const spec = specOf(prepared);
		const oriented = orient(imageOfArray(arrayOf(prepared.dtype, prepared.shape, prepared.image), 3), spec);
		await fc.assert(
			fc.asyncProperty(ways, fc.constantFrom(1, 1e6), async (statistics, bytes) => {
				const subject = prepareSubject({ array: oriented.array, shape: oriented.shape }, 0, oriented.shape[0], spec, {
					statistics,
				});
				const { box, out } = await streamed(oriented.array, spec, statistics, bytes);
				expect(box).toEqual(subject.crop);
				expect([...out.shape]).toEqual([subject.channels, ...subject.shape]);
				expect(new Uint8Array(subject.data.buffer)).toEqual(bytesOf(out));
			}),
			{ numRuns: 4 },
		);
	});
});
