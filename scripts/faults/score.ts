/**
 * Faults of what is done with predictions: scores, post-processing, ensembles.
 *
 * @module
 */
import type { Fault } from "./list.ts";

const ENSEMBLE = ["test/nnunet/ensemble.test.ts"];
const POSTPROCESSING = ["test/nnunet/postprocessing.test.ts", "test/image/keep-largest.test.ts"];
const SCORES = ["test/score", "test/nnunet/evaluate.test.ts"];

/** Each is caught by the tests named with it. */
export const SCORE_FAULTS: readonly Fault[] = [
	{
		name: "ignored voxels counted",
		file: "src/score/overlap.ts",
		from: "reference === ignore) continue",
		to: "prediction === ignore) continue",
		tests: SCORES,
	},
	{
		name: "an undefined score taken for one",
		file: "src/score/overlap.ts",
		from: "Dice: union === 0 ? Number.NaN",
		to: "Dice: union === 0 ? 1",
		tests: SCORES,
	},
	{
		name: "a piece of voxels counted from the wrong place",
		file: "src/score/label-counts.ts",
		from: "this.#classify(prediction, start, count, found)",
		to: "this.#classify(prediction, 0, count, found)",
		tests: SCORES,
	},
	{
		name: "means added one by one",
		file: "src/score/mean.ts",
		from: "if (length < LANES)",
		to: "if (length > 0)",
		tests: SCORES,
	},
	{
		name: "predictions that are missing passed over",
		file: "src/nnunet/evaluate.ts",
		from: "unfound.length > 0 && !chill",
		to: "unfound.length > 0 && chill",
		tests: SCORES,
	},
	{
		name: "images compared as they lie in their files",
		file: "src/nnunet/count-pair.ts",
		from: 'reader?.endsWith("WithReorient") !== true',
		to: 'reader?.endsWith("WithReorient") === true',
		tests: SCORES,
	},
	{
		name: "one of several largest components kept",
		file: "src/image/keep-largest.ts",
		from: "(size) => (size < largest ? 1 : 0)",
		to: "(_, n) => (n === runs.sizes.indexOf(largest, 1) ? 0 : 1)",
		tests: POSTPROCESSING,
	},
	{
		name: "corners that touch taken for apart",
		file: "src/image/keep-largest.ts",
		from: "shape.length === 2 ? 2 : 3",
		to: "1",
		tests: POSTPROCESSING,
	},
	{
		name: "a label that got worse overlooked",
		file: "src/nnunet/determine.ts",
		from: "is > was && !worse",
		to: "is > was",
		tests: POSTPROCESSING,
	},
	{
		name: "each label tried on what was predicted, not on what was kept",
		file: "src/nnunet/determine.ts",
		from: "const tried = [...steps, ",
		to: "const tried = [",
		tests: POSTPROCESSING,
	},
	{
		name: "a name of the pickle's own choice allowed",
		file: "src/checkpoint/pickle-machine.ts",
		from: "!isAllowed(full) && !this.#names.has(full)",
		to: "!isAllowed(full) && this.#names.size === 0",
		tests: [...POSTPROCESSING, "test/checkpoint/unpickler.test.ts"],
	},
	{
		name: "the mean taken in double precision",
		file: "src/image/running-labels.ts",
		from: "const sum = new Float32Array(first ?? [])",
		to: "const sum = new Float64Array(first ?? [])",
		tests: [...ENSEMBLE, "test/image/running-labels.test.ts"],
	},
	{
		name: "the last of a tie",
		file: "src/image/running-labels.ts",
		from: "if (value > (best[offset + i] ?? 0))",
		to: "if (value >= (best[offset + i] ?? 0))",
		tests: ENSEMBLE,
	},
	{
		name: "turned the wrong way back",
		file: "src/nnunet/case-properties.ts",
		from: "turn: inverseTurn(turnToRas(orientation))",
		to: "turn: turnToRas(orientation)",
		tests: ENSEMBLE,
	},
	{
		name: "arrays in Fortran order read as they come",
		file: "src/nnunet/probability-file.ts",
		from: "header.fortran ?",
		to: "!header.fortran && header.fortran ?",
		tests: ENSEMBLE,
	},
];
