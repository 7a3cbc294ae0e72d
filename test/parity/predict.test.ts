/**
 * Parity with nnU-Net: the command's outputs against the real predictor's, within the tolerance that counts.
 *
 * Against a run with float32 sums: 99.99 % of the labels equal a case, no probability off by more than 0.0005 (0.002 where
 * the case is resampled), 99.9 % of them within 0.0001 (0.0005). Against a plain run, which sums in float16: 99.9 % of the
 * labels (for `mito2d` all but the ties below). Shape, element type and place in the world are equal exactly.
 */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommandLine } from "../../src/cli/program.ts";
import { sharedPath } from "../shared.ts";
import { committed, compareLabels, compareProbabilities, namesIn } from "./agreement.ts";

type Run = {
	readonly name: string;
	readonly model: string;
	readonly inputs: string;
	/** Folder with the references of this run, and the one with float32 sums where there is one. */
	readonly plain?: string;
	readonly float32?: string;
	readonly arguments: readonly string[];
	readonly ending: string;
	/** Part of the labels that must equal those of the plain run. */
	readonly least?: number;
	/** Cases that are resampled. */
	readonly resampled?: readonly string[];
};

const example = join(import.meta.dirname, "..", "..", "examples", "mito", "checkpoints", "mito_semantic_2d.pth");

/** Where the models, inputs and references of a set of fixtures lie. */
type Places = {
	readonly model: (name: string) => string;
	readonly inputs: (name: string) => string;
	readonly reference: (name: string, run: string) => string;
};

const IN_PROJECT: Places = {
	model: (name) => (name.startsWith("cascade_") ? committed("cascade", "models", name) : committed(name, "model")),
	inputs: (name) => committed(name, "inputs"),
	reference: (name, run) => committed(name, run),
};

const FOLD = ["--folds", "0"];
const SAVED = [...FOLD, "--save-probabilities"];

/** A run with mirrored views, held against both kinds of sums. */
function mirrored(at: Places, name: string, ending: string, resampled: readonly string[] = []): Run {
	const [plain, float32] = [at.reference(name, "mirror"), at.reference(name, "mirror_float32")];
	const base = { name: `${name} mirror`, model: at.model(name), inputs: at.inputs(name), arguments: SAVED };
	return { ...base, plain, float32, ending, resampled };
}

/** A run without mirrored views. */
function unmirrored(at: Places, name: string, ending: string): Run {
	const plain = at.reference(name, "plain");
	const options = [...FOLD, "--no-tta"];
	return { name: `${name} plain`, model: at.model(name), inputs: at.inputs(name), plain, arguments: options, ending };
}

/** Runs over generated fixtures, which are the same in the project and in the full set. */
function medicalRuns(at: Places): Run[] {
	const [low, full] = [at.model("cascade_low"), at.model("cascade_full")];
	const cascade = { inputs: at.inputs("cascade"), ending: ".nii.gz", resampled: ["a"] };
	const lowres = at.reference("cascade", "lowres");
	const fullres = { ...cascade, model: full, plain: at.reference("cascade", "fullres") };
	const float32 = at.reference("cascade", "fullres_float32");
	return [
		mirrored(at, "regions", ".nii.gz", ["b"]),
		unmirrored(at, "regions", ".nii.gz"),
		mirrored(at, "bn_transposed", ".nii.gz", ["a"]),
		{ ...cascade, name: "cascade lowres", model: low, plain: lowres, arguments: FOLD },
		{ ...fullres, float32, name: "cascade fullres", arguments: [...SAVED, "--previous-stage", lowres] },
		mirrored(at, "rgb2d", ".png"),
	];
}

function committedRuns(): Run[] {
	const { model: _, ...mirror } = mirrored(IN_PROJECT, "mitophantom", ".png");
	const { model: __, ...plain } = unmirrored(IN_PROJECT, "mitophantom", ".png");
	return [
		{ ...mirror, model: example, arguments: ["--save-probabilities"] },
		{ ...plain, model: example, arguments: ["--no-tta"] },
		...medicalRuns(IN_PROJECT),
	];
}

const figures: string[] = [];

afterAll(() => {
	process.stdout.write(`\nAgreement with nnU-Net 2.8.1\n${figures.join("\n")}\n`);
});

describe("parity with nnU-Net (committed references)", () => {
	for (const run of committedRuns()) it(run.name, () => check(run));
});

describe("parity with nnU-Net (shared: full set)", () => {
	for (const run of sharedRuns()) it(`shared: ${run.name}`, () => check(run));
	it.skipIf(sharedPath("fixtures") !== undefined)("shared: the full set of fixtures is not here", () => undefined);
});

describe("a cascade from one command", () => {
	let folder = "";
	const at = (...parts: readonly string[]) => join(folder, ...parts);
	const predict = async (model: string, out: string, ...options: readonly string[]) => {
		const command = ["predict", model, IN_PROJECT.inputs("cascade"), out, "--quiet", "--device", "cpu", "--folds", "0"];
		expect(await runCommandLine([...command, ...options])).toBe(0);
	};
	beforeAll(async () => {
		folder = await mkdtemp(join(tmpdir(), "nnvol-cascade-"));
		const names = { cascade_low: "3d_lowres", cascade_full: "3d_cascade_fullres" };
		for (const [name, configuration] of Object.entries(names)) {
			await cp(IN_PROJECT.model(name), at(`nnUNetTrainer__nnUNetPlans__${configuration}`), { recursive: true });
		}
	});
	afterAll(() => rm(folder, { recursive: true, force: true }));

	// A network of random weights answers to the few labels of the first stage that float16 sums change: so the two
	// stages one by one are what one command is held against.
	it("is its two stages one by one, whether the first is named or found", async () => {
		await predict(IN_PROJECT.model("cascade_low"), at("low"));
		await predict(IN_PROJECT.model("cascade_full"), at("full"), "--previous-stage", at("low"));
		await predict(IN_PROJECT.model("cascade_full"), at("named"), "--previous-stage", IN_PROJECT.model("cascade_low"));
		await predict(at("nnUNetTrainer__nnUNetPlans__3d_cascade_fullres"), at("found"));
		for (const one of ["named", "found"]) {
			const { equal } = await compareLabels(at(one, "a.nii.gz"), at("full", "a.nii.gz"));
			expect(equal).toBe(1);
		}
	});
});

/**
 * Runs of `mito2d` in which nnU-Net's float16 sums change labels of `odd`: 1 pixel of 427,958 without mirroring (its two
 * probabilities are 0.5 exactly there), 16 with two folds. The same code with float32 sums gives our labels, all of them.
 */
const FLOAT16_TIES: Readonly<Record<string, number>> = { plain: 1 - 1 / 427958, folds_0_1: 1 - 16 / 427958 };

function sharedRuns(): Run[] {
	const root = sharedPath("fixtures");
	if (root === undefined) return [];
	const at: Places = {
		model: (name) => join(root, "models", name),
		inputs: (name) => join(root, "inputs", name),
		reference: (name, run) => join(root, "reference", name, run),
	};
	const mito = { model: at.model("mito2d"), inputs: at.inputs("mito2d"), ending: ".png" };
	return [
		{ ...mirrored(at, "mito2d", ".png"), least: 1 },
		{ ...unmirrored(at, "mito2d", ".png"), least: FLOAT16_TIES["plain"] ?? 1 },
		{
			...mito,
			name: "mito2d folds_0_1",
			plain: at.reference("mito2d", "folds_0_1"),
			arguments: ["--folds", "0,1"],
			least: FLOAT16_TIES["folds_0_1"] ?? 1,
		},
		{
			...mito,
			name: "mito2d step_0.3",
			float32: at.reference("mito2d", "step_0.3_float32"),
			arguments: [...SAVED, "--no-tta", "--step-size", "0.3"],
		},
		mirrored(at, "mitophantom", ".png"),
		unmirrored(at, "mitophantom", ".png"),
		mirrored(at, "em3d", ".tif", ["finer"]),
		unmirrored(at, "em3d", ".tif"),
		...medicalRuns(at),
	];
}

async function check(run: Run): Promise<void> {
	const out = await mkdtemp(join(tmpdir(), "nnvol-parity-"));
	try {
		const command = ["predict", run.model, run.inputs, out, "--quiet", "--device", "cpu", ...run.arguments];
		expect(await runCommandLine(command)).toBe(0);
		if (run.plain !== undefined) await checkLabels(run, out, run.plain, run.least ?? 0.999, "float16");
		if (run.float32 !== undefined) await checkLabels(run, out, run.float32, 0.9999, "float32");
		if (run.float32 !== undefined) await checkProbabilities(run, out, run.float32);
	} finally {
		await rm(out, { recursive: true, force: true });
	}
}

async function checkLabels(run: Run, output: string, reference: string, least: number, sums: string): Promise<void> {
	const cases = await namesIn(reference, run.ending);
	expect(cases.length).toBeGreaterThan(0);
	for (const name of cases) {
		const found = await compareLabels(join(output, `${name}${run.ending}`), join(reference, `${name}${run.ending}`));
		figures.push(
			`${run.name.padEnd(24)} ${name.padEnd(8)} labels equal to ${sums} sums: ${(100 * found.equal).toFixed(4)} %`,
		);
		expect(found.found).toBe(found.expected);
		expect(found.equal).toBeGreaterThanOrEqual(least);
	}
}

async function checkProbabilities(run: Run, output: string, reference: string): Promise<void> {
	for (const name of await namesIn(reference, ".npz")) {
		const isResampled = run.resampled?.includes(name) === true;
		const near = isResampled ? 0.0005 : 0.0001;
		const { largest, within } = await compareProbabilities(
			join(output, `${name}.npz`),
			join(reference, `${name}.npz`),
			near,
		);
		figures.push(
			`${run.name.padEnd(24)} ${name.padEnd(8)} probabilities off by at most ${largest.toExponential(1)}, ${(100 * within).toFixed(3)} % within ${near}`,
		);
		expect(largest).toBeLessThanOrEqual(isResampled ? 0.002 : 0.0005);
		expect(within).toBeGreaterThanOrEqual(0.999);
	}
}
