import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as nnvol from "../src/index.ts";

const TEXT = readFileSync(new URL("../src/index.ts", import.meta.url), "utf8");

/** Names that the door gives to the compiler only. */
function typeNames(): string[] {
	const lists = [...TEXT.matchAll(/^export (type )?\{([^}]*)\}/gm)].flatMap(([, all, names = ""]) =>
		names.split(",").map((name) => ({
			isType: all !== undefined || name.trim().startsWith("type "),
			name: name.trim().replace(/^type /, ""),
		})),
	);
	return lists.filter(({ isType }) => isType).map(({ name }) => name);
}

describe("the library's door", () => {
	it("gives these values", () => {
		expect(Object.keys(nnvol).sort()).toMatchInlineSnapshot(`
			[
			  "LabelCounts",
			  "NnvolError",
			  "configSettings",
			  "decodeArray",
			  "ensembleFolders",
			  "errorText",
			  "evaluateFolder",
			  "exportOnnx",
			  "findInputs",
			  "findModel",
			  "formatByName",
			  "formatOfName",
			  "hasDType",
			  "imageOfArray",
			  "isNnvolError",
			  "loadConfig",
			  "loadModel",
			  "makeEngine",
			  "makePlan",
			  "modelSettings",
			  "ndarray",
			  "objectRow",
			  "openVolume",
			  "overlapOf",
			  "parseDecoding",
			  "postprocessFolder",
			  "predictCases",
			  "predictEnsemble",
			  "predictImage",
			  "publish",
			  "readDataset",
			  "readImage",
			  "readPostprocessing",
			  "runPlan",
			  "sampleRegions",
			  "scoreCases",
			  "scoreReport",
			  "scoredLabels",
			  "spaceReader",
			  "summarise",
			  "surveyObjects",
			  "temporaryBeside",
			  "wholeBox",
			  "writeMeshes",
			  "writeObjectTable",
			  "zeros",
			]
		`);
	});

	it("gives these types", () => {
		expect(typeNames().sort()).toMatchInlineSnapshot(`
			[
			  "Affine",
			  "Architecture",
			  "Box",
			  "CaseArrays",
			  "CaseOptions",
			  "CaseOutcomes",
			  "CaseResult",
			  "CaseScore",
			  "CaseScores",
			  "ChosenModel",
			  "Compare",
			  "Comparison",
			  "Config",
			  "ConfigSource",
			  "ConfiguredSettings",
			  "DType",
			  "Dataset",
			  "DecodeInput",
			  "DecodeStep",
			  "Decoded",
			  "Decoding",
			  "Engine",
			  "EngineOptions",
			  "EnsembleJob",
			  "EnsembleMember",
			  "ErrorCode",
			  "EvaluationJob",
			  "FindOptions",
			  "FormatName",
			  "Geometry",
			  "Image",
			  "Inputs",
			  "LoadedModel",
			  "MeshesOptions",
			  "ModelFiles",
			  "ModelFold",
			  "ModelLookup",
			  "ModelReference",
			  "ModelSpec",
			  "NdArray",
			  "ObjectRow",
			  "ObjectTable",
			  "OnCase",
			  "OnEvent",
			  "OnScoring",
			  "Output",
			  "OutputChoice",
			  "Overlap",
			  "Placement",
			  "Plan",
			  "PlannedCase",
			  "PostprocessingJob",
			  "PostprocessingStep",
			  "ResolvedConfig",
			  "RunEvent",
			  "RunOptions",
			  "RunReport",
			  "SampleReport",
			  "SampleRequest",
			  "ScoreOptions",
			  "ScoreReport",
			  "ScoredCase",
			  "ScoredLabels",
			  "ScoredPair",
			  "ScoringResult",
			  "Settings",
			  "SpaceReader",
			  "Summary",
			  "SurveyOptions",
			  "SurveyedVolumes",
			  "VolumeInfo",
			  "VolumeReader",
			  "VolumeSpec",
			  "VolumeWriter",
			]
		`);
	});

	it("has no code of its own and passes on nothing unnamed", () => {
		const code = TEXT.replace(/\/\*\*[\s\S]*?\*\//, "").trim();
		for (const line of code.split(";\n")) expect(line).toMatch(/^export (type )?\{[^*]*\} from "\.\/[^"]+"/);
	});
});
