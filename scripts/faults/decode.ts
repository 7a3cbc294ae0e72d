/**
 * Faults in decoding: steps, sections, graphs, and what is stored of objects.
 *
 * @module
 */
import type { Fault } from "./list.ts";

/** What the tests of decoding must catch. */
export const DECODE_FAULTS: readonly Fault[] = [
	{
		name: "small seeds kept",
		file: "src/decode/grow.ts",
		from: "if (minSize > 1) keepBySize",
		to: "if (minSize > 1e9) keepBySize",
		tests: ["test/decode/cases.test.ts"],
	},
	{
		name: "26 neighbours taken for 18",
		file: "src/decode/grow.ts",
		from: "18: 2, 26: 3",
		to: "18: 2, 26: 2",
		tests: ["test/decode/cases.test.ts"],
	},
	{
		name: "ids of two sections the same",
		file: "src/decode/objects.ts",
		from: "offset += highest;",
		to: "offset += 0 * highest;",
		tests: ["test/decode/decode-array.test.ts"],
	},
	{
		name: "flood that stops at the foreground's edge",
		file: "src/decode/grow.ts",
		from: "const labels = watershed(negative(values), seeds, shape);",
		to: "const labels = watershed(negative(values), seeds, shape, { mask: foreground });",
		tests: ["test/decode/cases.test.ts"],
	},
	{
		name: "sections stitched by the last of equal overlaps",
		file: "src/decode/section-stitch.ts",
		from: "overlap.share > known.share",
		to: "overlap.share >= known.share",
		tests: ["test/decode/decode-array.test.ts"],
	},
	{
		name: "an object that goes on in several",
		file: "src/decode/section-stitch.ts",
		from: "return bestOf(onward, ({ after: b }) => b);",
		to: "return bestOf(found, ({ after: b }) => b);",
		tests: ["test/decode/decode-array.test.ts"],
	},
	{
		name: "affinities read at the voxel where the next one holds them",
		file: "src/decode/affinity.ts",
		from: "values[i + offset * stride]",
		to: "values[i + 0 * offset]",
		tests: ["test/decode/cases.test.ts"],
	},
	{
		name: "distances in voxels where the voxels are not cubes",
		file: "src/decode/distance-decoders.ts",
		from: "return fitted.map((extent) => extent / unit);",
		to: "return fitted.map((extent) => (extent * unit) / (extent * unit));",
		tests: ["test/decode/cases.test.ts"],
	},
	{
		name: "steps that ignore being told to work by section",
		file: "src/decode/values.ts",
		from: "return sectionwise === null ? context : { ...context, sectionwise };",
		to: "return sectionwise === null ? context : { ...context };",
		tests: ["test/decode/cases.test.ts"],
	},
	{
		name: "a graph's node before its input",
		file: "src/config/decoding/graph.ts",
		from: "else visit(ref.id, [...above, id]);",
		to: "else if (above.length > 9) visit(ref.id, [...above, id]);",
		tests: ["test/decode/step.test.ts"],
	},
	{
		name: "a misspelt kwarg passed over",
		file: "src/config/decoding/problem.ts",
		from: ".filter((name) => !known.includes(name))",
		to: ".filter((name) => name === '')",
		tests: ["test/decode/step.test.ts"],
	},
	{
		name: "filled holes that objects grow from",
		file: "src/export/channels.ts",
		from: "Math.max(values[i] ?? 0, least)",
		to: "Math.max(values[i] ?? 0, 1)",
		tests: ["test/export/bound-binary.test.ts"],
	},
	{
		name: "the background decoded",
		file: "src/plan/config-output.ts",
		from: "all.slice(1) : all",
		to: "all.slice(0) : all",
		tests: ["test/plan/config-output.test.ts"],
	},
];
