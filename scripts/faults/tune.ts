/**
 * Faults of the search of parameters.
 *
 * @module
 */
import type { Fault } from "./list.ts";

const SAMPLERS = ["test/tune/samplers.test.ts"];
const STUDY = ["test/tune/study.test.ts"];
const SPACE = ["test/tune/space.test.ts"];
const EVALUATE = ["test/tune/evaluate.test.ts"];
const CANDIDATE = ["test/tune/candidate.test.ts"];
const RESULTS = ["test/tune/results.test.ts"];

/** Faults, each with the tests that must catch it. */
export const TUNE_FAULTS: readonly Fault[] = [
	{
		name: "good and bad trials change places",
		file: "src/tune/tpe.ts",
		from: "good.logDensity(value) - bad.logDensity(value)",
		to: "bad.logDensity(value) - good.logDensity(value)",
		tests: SAMPLERS,
	},
	{
		name: "trials are not sorted by their loss",
		file: "src/tune/tpe.ts",
		from: "lossOf(x) - lossOf(y) || a - b",
		to: "a - b",
		tests: SAMPLERS,
	},
	{
		name: "the nearer neighbour gives the deviation",
		file: "src/tune/parzen.ts",
		from: "Math.max(narrowest, left, right)",
		to: "Math.max(narrowest, Math.min(left, right))",
		tests: SAMPLERS,
	},
	{
		name: "densities are not cut off at the bounds",
		file: "src/tune/parzen.ts",
		from: "inside: Math.max(inside, LEAST)",
		to: "inside: inside > LEAST ? 1 : LEAST",
		tests: SAMPLERS,
	},
	{
		name: "the seed is not used",
		file: "src/tune/random.ts",
		// biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in the source
		from: "`${seed}/${name}`",
		// biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in the source
		to: "`${name}`",
		tests: SAMPLERS,
	},
	{
		name: "a point is tried again",
		file: "src/tune/sampler.ts",
		from: "if (!taken.has(pointKey(point))) return point;\n\t}\n\t// nearly",
		to: "return point;\n\t}\n\t// nearly",
		tests: SAMPLERS,
	},
	{
		name: "a line is written onto a torn one",
		file: "src/tune/study-file.ts",
		// biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in the source
		from: '${isTorn ? "\\n" : ""}',
		to: "",
		tests: STUDY,
	},
	{
		name: "another search's study is gone on with",
		file: "src/tune/study-file.ts",
		from: "if (diff.length === 0) return;",
		to: "if (diff.length >= 0) return;",
		tests: STUDY,
	},
	{
		name: "a trial is run though another process has it",
		file: "src/tune/study-file.ts",
		from: "return first?.token === SELF.token;",
		to: "return first !== undefined;",
		tests: STUDY,
	},
	{
		name: "the dead keep their trials",
		file: "src/tune/study-file.ts",
		from: "return age < LONGEST_TRIAL.elsewhere;",
		to: "return true;",
		tests: STUDY,
	},
	{
		name: "a lower score is better where higher is",
		file: "src/tune/objective.ts",
		from: 'return direction === "maximize" ? -score : score;',
		to: 'return direction === "maximize" ? score : -score;',
		tests: STUDY,
	},
	{
		name: "the first parameter runs fastest",
		file: "src/tune/space.ts",
		from: "for (const parameter of space.toReversed())",
		to: "for (const parameter of space)",
		tests: SPACE,
	},
	{
		name: "levels keep the digits of floating point",
		file: "src/tune/parameter.ts",
		from: "return Number(value.toFixed(DECIMALS));",
		to: "return value;",
		tests: SPACE,
	},
	{
		name: "ignored voxels count",
		file: "src/tune/labelled-case.ts",
		from: "if (left.has(id)) mask[i] = IGNORED;",
		to: "if (left.has(id)) mask[i] = 0;",
		tests: EVALUATE,
	},
	{
		name: "ignored ids are objects",
		file: "src/tune/metrics.ts",
		from: "new Set([BigInt(IGNORED_ID)])",
		to: "new Set()",
		tests: EVALUATE,
	},
	{
		name: "sections are cleaned together",
		file: "src/tune/evaluate.ts",
		from: "const planes = sectionwise ? 1 : shape[0];",
		to: "const planes = shape[0];",
		tests: EVALUATE,
	},
	{
		name: "the saved values are changed",
		file: "src/tune/evaluate.ts",
		from: "data.set(values.subarray(channel * voxels, (channel + 1) * voxels), n * voxels);\n\t}\n\treturn data;",
		to: "data.set(values.subarray(channel * voxels, (channel + 1) * voxels), n * voxels);\n\t}\n\treturn channels.length === 1 && channels[0] === 0 ? values.subarray(0, voxels) : data;",
		tests: EVALUATE,
	},
	{
		name: "the configuration itself is changed by a point",
		file: "src/tune/candidate.ts",
		from: "return { ...map, [part]: withValue(map[part], rest, value, key) };",
		to: "return Object.assign(node ?? {}, { [part]: withValue(map[part], rest, value, key) });",
		tests: CANDIDATE,
	},
	{
		name: "masks are not turned on",
		file: "src/tune/candidate.ts",
		from: "binary: { ...base.binary, enabled: true }",
		to: "binary: { ...base.binary }",
		tests: CANDIDATE,
	},
	{
		name: "bad scores leave their panel",
		file: "src/tune/plot.ts",
		from: "return Math.min(high, Math.max(low, score));",
		to: "return score + 0 * (low + high);",
		tests: RESULTS,
	},
];
