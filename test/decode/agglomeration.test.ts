import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { sizeOf, type Zyx, zyx } from "../../src/core/shape.ts";
import { type Decoded, decodeArray } from "../../src/decode/decode-array.ts";
import { parseDecoding } from "../../src/decode/step.ts";
import { programOf } from "../../src/decode/volume/program-of-steps.ts";

const schema = z.object({
	inputs: z.record(z.string(), z.object({ shape: z.array(z.number()), channels: z.number(), values: z.base64() })),
	cases: z.array(
		z.object({
			input: z.string(),
			step: z.string(),
			kwargs: z.record(z.string(), z.unknown()),
			labels: z.base64(),
			count: z.number(),
		}),
	),
});

const path = join(import.meta.dirname, "..", "fixtures", "agglomeration", "cases.json");
const { inputs, cases } = schema.parse(JSON.parse(readFileSync(path, "utf8")));

const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text, "base64")).buffer;

function decode(data: Float32Array<ArrayBuffer>, shape: Zyx, steps: unknown, sectionwise = false): Decoded {
	const channels = data.length / sizeOf(shape);
	return decodeArray({ data, channels, shape }, parseDecoding(steps), { spacing: [1, 1, 1], sectionwise });
}

describe("agglomeration makes of affinities what others make", () => {
	test.each(cases.map((one) => [one.input, one.step, JSON.stringify(one.kwargs), one] as const))(
		"%s: %s %s",
		(_input, _step, _kwargs, { input, step, kwargs, labels, count }) => {
			const { shape = [], values = "" } = inputs[input] ?? {};
			const found = decode(new Float32Array(bytesOf(values)), zyx(shape), [{ name: step, kwargs }]);
			expect(found.count).toBe(count);
			expect(found.labels).toEqual(Uint32Array.from(new Uint16Array(bytesOf(labels))));
		},
	);
});

const affinities = (channels: number) =>
	fc
		.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 2, max: 6 }))
		.chain((shape) => {
			const length = channels * sizeOf(shape);
			const value = fc.integer({ min: 0, max: 8 }).map((n) => n / 8);
			return fc.record({
				shape: fc.constant<Zyx>(shape),
				data: fc.array(value, { minLength: length, maxLength: length }),
			});
		});

describe("decode_waterz", () => {
	test("joins more the higher the threshold, and never parts", () => {
		fc.assert(
			fc.property(affinities(3), fc.double({ min: 0, max: 1, noNaN: true }), ({ shape, data }, limit) => {
				const at = (thresholds: number | number[]) =>
					decode(Float32Array.from(data), shape, [
						{ name: "decode_waterz", kwargs: { thresholds, merge_function: "mean" } },
					]);
				const [few, many] = [at(limit), at(limit / 2)];
				const whole = new Map<number, number>();
				for (const [i, part] of many.labels.entries()) {
					const known = whole.get(part) ?? few.labels[i];
					expect(few.labels[i]).toBe(known);
					whole.set(part, known ?? 0);
				}
				expect(at([limit / 2, limit]).labels).toEqual(few.labels);
			}),
		);
	});

	test("edges of the voxel before and of the next are the same edges", () => {
		fc.assert(
			fc.property(affinities(3), ({ shape, data }) => {
				const after = Float32Array.from(data);
				const before = new Float32Array(after.length);
				const voxels = sizeOf(shape);
				for (const [axis, stride] of [shape[1] * shape[2], shape[2], 1].entries())
					for (let i = 0; i < voxels; i++)
						if (Math.floor(i / stride) % shape[axis]! > 0)
							before[axis * voxels + i] = after[axis * voxels + i - stride]!;
				const by = (edge_offset: 0 | 1) => [
					{ name: "decode_waterz", kwargs: { edge_offset, channel_order: "zyx", boundary_threshold: 0.3 } },
				];
				expect(decode(after, shape, by(0)).labels).toEqual(decode(before, shape, by(1)).labels);
			}),
		);
	});

	test("small objects join the neighbour of the highest affinity, and go where they stay small", () => {
		// four fragments in a row of 2, 2, 5 and 2 voxels: affinities 0.2, 0.6 and 0 between them
		const row = [0, 0.9, 0.2, 0.9, 0.6, 0.9, 0.9, 0.9, 0.9, 0, 0.9];
		const data = Float32Array.from(row);
		const kwargs = { thresholds: 0.1, merge_function: "mean", aff_threshold: [0.01, 0.95], channel_order: "zyx" };
		const steps = (more: object) => [{ name: "decode_waterz", kwargs: { ...kwargs, ...more } }];
		const labels = (more: object) => {
			const both = Float32Array.from([...row.map(() => 0), ...data]);
			return decode(both, [1, 1, row.length], steps(more)).labels.join("");
		};
		expect(labels({})).toBe("11223333344");
		expect(labels({ dust_merge_size: 3 })).toBe("11111111122");
		expect(labels({ dust_merge_size: 3, dust_merge_affinity: 0.5 })).toBe("11222222233");
		expect(labels({ dust_merge_size: 3, dust_merge_affinity: 0.5, dust_remove_size: 3 })).toBe("00111111100");
		expect(labels({ dust_merge: false, dust_merge_size: 3, dust_remove_size: 3 })).toBe("11223333344");
	});

	test("naive_waterz is its recipe", () => {
		const { shape = [], values = "" } = inputs["near"] ?? {};
		const data = new Float32Array(bytesOf(values));
		const recipe = {
			thresholds: 0.4,
			merge_function: "aff85_his256",
			aff_threshold: [0.1, 0.9],
			boundary_threshold: 0.80078125,
			channel_order: "zyx",
			dust_merge_size: 1500,
			dust_merge_affinity: 0.1,
			dust_remove_size: 600,
		};
		const found = decode(data, zyx(shape), [{ name: "naive_waterz" }]);
		expect(found).toEqual(decode(data, zyx(shape), [{ name: "decode_waterz", kwargs: recipe }]));
	});

	test("tells what channels are missing", () => {
		expect(() => decode(new Float32Array(16), [2, 2, 2], [{ name: "decode_waterz" }])).toThrow(
			/decode_waterz needs 3 channels of affinities/,
		);
		expect(() => parseDecoding([{ name: "decode_waterz", kwargs: { merge_function: "max10" } }])).toThrow(
			/merge_function/,
		);
	});
});

describe("decode_mutex_watershed", () => {
	test("of sections takes the edges that stay in them", () => {
		const [shape, offsets] = [
			[2, 2, 3],
			[[1, 0, 0], "0-1-0", "0-0-1", "0-0-2"],
		] as const;
		const values = [1, 0.9, 0.8, 0.1].flatMap((value) => new Array<number>(12).fill(value));
		const steps = [{ name: "decode_mutex_watershed", kwargs: { offsets } }];
		const data = Float32Array.from(values);
		expect(decode(data, zyx(shape), steps).count).toBe(2);
		expect(decode(data, zyx(shape), steps, true).count).toBe(4);
	});

	test("without an edge that keeps apart makes components of what joins", () => {
		fc.assert(
			fc.property(affinities(3), ({ shape, data }) => {
				const joins = Float32Array.from(data, (value) => (value > 0.5 ? value : Number.NaN));
				const both = new Float32Array(joins.length + sizeOf(shape)).fill(Number.NaN);
				both.set(joins);
				const offsets = ["1-0-0", "0-1-0", "0-0-1", "0-0-1"];
				const mutex = decode(both, shape, [{ name: "decode_mutex_watershed", kwargs: { offsets, threshold: 0.5 } }]);
				const graph = { backend: "graph", threshold: 0.5, affinity_channels: [0, 1, 2] };
				const joined = decode(inside(joins, shape), shape, [{ name: "decode_affinity_cc", kwargs: graph }]);
				expect(mutex.labels).toEqual(joined.labels);
			}),
		);
	});

	test("tells what offsets are missing", () => {
		const data = new Float32Array(5 * 8);
		expect(() => decode(data, [2, 2, 2], [{ name: "decode_mutex_watershed" }])).toThrow(
			/there are 6 offsets by default and 5 channels/,
		);
		const offsets = ["1-0-0", "0-1-0", "0-0-1", "2-0-0", "0-2-0"];
		const kwargs = { offsets, num_attractive: 5 };
		expect(() => decode(data, [2, 2, 2], [{ name: "decode_mutex_watershed", kwargs }])).toThrow(/none is repulsive/);
	});
});

/** Without the affinities that lead out of the volume, which decode_affinity_cc takes for objects of one voxel. */
function inside(values: Float32Array<ArrayBuffer>, shape: Zyx): Float32Array<ArrayBuffer> {
	const voxels = sizeOf(shape);
	const strides = [shape[1] * shape[2], shape[2], 1];
	return values.map((value, n) => {
		const axis = Math.floor(n / voxels);
		const at = Math.floor((n % voxels) / strides[axis]!) % shape[axis]!;
		return Number.isNaN(value) || at === shape[axis]! - 1 ? 0 : value;
	});
}

test("over large volumes they are named as not built", () => {
	for (const name of ["decode_mutex_watershed", "decode_waterz", "naive_waterz"]) {
		const facts = { channels: [0, 1, 2, 3, 4, 5], depth: 4, sectionwise: false };
		expect(() => programOf(parseDecoding([{ name }]), facts)).toThrow(new RegExp(`${name} is not built`));
	}
});
