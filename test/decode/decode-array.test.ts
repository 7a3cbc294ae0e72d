import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DecodeInput, decodeArray } from "../../src/decode/decode-array.ts";
import { parseDecoding } from "../../src/decode/step.ts";
import { components } from "../../src/image/components.ts";
import { decodeInput } from "./fixture.ts";

const PLAIN = { spacing: [1, 1, 1] };
const cc = (kwargs: Record<string, unknown> = {}) => ({ name: "decode_connected_components", kwargs });

function decoded(input: DecodeInput, steps: unknown, sectionwise = false) {
	return decodeArray(input, parseDecoding(steps), { ...PLAIN, sectionwise });
}

const volumes = fc
	.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }))
	.chain(([z, y, x]) =>
		fc
			.array(fc.constantFrom(0, 0.2, 0.4, 0.6, 0.8, 1), { minLength: z * y * x, maxLength: z * y * x })
			.map((values): DecodeInput => ({ data: Float32Array.from(values), channels: 1, shape: [z, y, x] })),
	);

const lists = fc.constantFrom<readonly unknown[]>(
	[cc()],
	[cc({ connectivity: 6, min_size: 3 })],
	[{ name: "decode_binary_watershed", kwargs: { seed_threshold: 0.7, min_seed_size: 1 } }],
	[{ name: "decode_distance_watershed", kwargs: { seed_distance: 1 } }],
	[cc({ sectionwise: true }), { name: "section_stitch", kwargs: {} }],
	[cc(), { name: "keep_largest", kwargs: { count: 2 } }],
	[cc(), { name: "remove_small", kwargs: { min_size: 3, mode: "neighbor" } }],
	[cc(), { name: "remove_large", kwargs: { max_size: 3 } }],
	[{ name: "opening", kwargs: {} }, cc()],
	[cc({ threshold: 0.7 }), { name: "decode_seeded_watershed", kwargs: {} }],
);

describe("decodeArray", () => {
	it("numbers objects 1 to count by their first voxels, in foreground only", () => {
		fc.assert(
			fc.property(volumes, lists, fc.boolean(), (input, steps, sectionwise) => {
				const { labels, count } = decoded(input, steps, sectionwise);
				let highest = 0;
				for (const [i, id] of labels.entries()) {
					expect(id).toBeLessThanOrEqual(highest + 1);
					highest = Math.max(highest, id);
					if (id !== 0) expect(input.data[i]).toBeGreaterThan(0.5);
				}
				expect(highest).toBe(count);
			}),
		);
	});

	it("of sections by themselves is each section decoded alone", () => {
		fc.assert(
			fc.property(
				volumes,
				lists.filter((list) => list.length === 1),
				(input, steps) => {
					const [depth, height, width] = input.shape;
					const plane = height * width;
					const { labels } = decoded(input, steps, true);
					let before = 0;
					for (let z = 0; z < depth; z++) {
						const data = input.data.slice(z * plane, (z + 1) * plane);
						const alone = decoded({ data, channels: 1, shape: [1, height, width] }, steps);
						const expected = alone.labels.map((id) => (id === 0 ? 0 : id + before));
						expect(labels.slice(z * plane, (z + 1) * plane)).toEqual(expected);
						before += alone.count;
					}
				},
			),
		);
	});

	it("stitched with any overlap joins what touches from section to section", () => {
		fc.assert(
			fc.property(volumes, (input) => {
				const steps = [
					cc({ connectivity: 4, sectionwise: true }),
					{ name: "section_stitch", kwargs: { join: "all", threshold: 0 } },
				];
				const mask = Uint8Array.from(input.data, (value) => Number(value > 0.5));
				expect(decoded(input, steps).labels).toEqual(components(mask, input.shape, 1).labels);
			}),
		);
	});

	it("stitches by the best overlap, of equal ones the first", () => {
		const sections = ["1111..1", "1.22..3", "1.2...."];
		const data = Float32Array.from(sections.join(""), (c) => (c === "." ? 0 : 1));
		const input = { data, channels: 1, shape: [3, 1, 7] as const };
		const steps = (kwargs: Record<string, unknown>) => [cc({ sectionwise: true }), { name: "section_stitch", kwargs }];
		const rows = ({ labels }: { readonly labels: Uint32Array }) =>
			[0, 1, 2].map((z) => labels.slice(7 * z, 7 * z + 7).join(""));
		// the two of the middle section overlap the first by 1/4 and 2/4
		expect(rows(decoded(input, steps({})))).toEqual(["1111002", "3011002", "3010000"]);
		expect(rows(decoded(input, steps({ join: "all" })))).toEqual(["1111002", "1011002", "1010000"]);
		expect(rows(decoded(input, steps({ threshold: 0.6 })))).toEqual(["1111002", "3044002", "3050000"]);
		const even = { data: Float32Array.of(1, 1, 1, 1, 0, 1), channels: 1, shape: [2, 1, 3] as const };
		expect([...decoded(even, steps({})).labels]).toEqual([1, 1, 1, 1, 0, 2]);
	});

	it("gives a graph's nodes what they ask for", () => {
		const { spacing, ...input } = decodeInput("volume");
		const graph = {
			graph: {
				nodes: [
					{ name: "cores", op: "decode_binary_contour_watershed", kwargs: { min_seed_size: 3 } },
					{ name: "far", op: "select_channels", inputs: ["raw[2]"] },
					{ name: "out", op: "decode_seeded_watershed", inputs: ["far", "cores"], kwargs: { threshold: 0 } },
				],
			},
		};
		const found = decodeArray(input, parseDecoding(graph), { spacing });
		const cores = decodeArray(
			input,
			parseDecoding([{ name: "decode_binary_contour_watershed", kwargs: { min_seed_size: 3 } }]),
			{ spacing },
		);
		expect(found.count).toBe(cores.count);
		const grown = found.labels.reduce((sum, id) => sum + Number(id > 0), 0);
		expect(grown).toBeGreaterThan(cores.labels.reduce((sum, id) => sum + Number(id > 0), 0));
	});

	it.each<readonly [unknown, RegExp]>([
		[[cc({ channel: 3 })], /channel means channel 3; decoding is given 3, 0 to 2/],
		[
			[{ name: "select_channels", kwargs: { channels: "3:" } }, cc()],
			/channels=3: means no channel; decoding is given 3/,
		],
		[[{ name: "channel_gate", kwargs: { gate_channel: -4 } }, cc()], /gate_channel means channel -1/],
		[
			[{ name: "decode_affinity_cc", kwargs: { affinity_channels: [0, 1] } }],
			/needs 3 channels of affinities, one an axis, and has 2/,
		],
	])("refuses channels that are not there: %j", (steps, text) => {
		expect(() => decoded(decodeInput("volume"), steps)).toThrow(text);
	});

	it("refuses values of another length", () => {
		expect(() => decoded({ data: new Float32Array(3), channels: 1, shape: [1, 2, 2] }, [cc()])).toThrow(RangeError);
	});
});
