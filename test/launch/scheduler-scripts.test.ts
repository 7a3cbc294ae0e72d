/**
 * The scripts of docs/cluster.md, run with what each scheduler would set: their tasks do all of a plan, each image once.
 * The definition for AWS Batch is checked against Amazon's own description of the API, where its Python package is there.
 */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MAIN, nnvol, ROOT } from "../cli/command.ts";
import { outputsOf, writeImages, writeModel } from "../cli/scene.ts";
import { blocksOf, pageText } from "../docs/pages.ts";
import { testFolder } from "../folder.ts";
import { ask, PYTHON, pythonPackage, type Said } from "./python-tool.ts";

const BLOCKS = blocksOf(pageText("docs/cluster.md"));
const TASKS = 3;
const IMAGES = 4;

/** The one block that fits. */
function block(info: string, pattern: RegExp): string {
	const found = BLOCKS.filter((one) => one.info === info && pattern.test(one.text));
	expect(found.length).toBe(1);
	return found[0]!.text;
}

/** A plan `job.json` for some images, and nnvol on the path. */
async function scene() {
	const folder = testFolder();
	const model = writeModel(join(folder, "model"));
	const names = Array.from({ length: IMAGES }, (_, n) => `a${n}_0000.png`);
	const images = await writeImages(join(folder, "in"), names);
	const job = join(folder, "job.json");
	const planned = await nnvol("plan", model, images, join(folder, "out"), "--device", "cpu", "--save", job);
	expect(planned.code, planned.err).toBe(0);
	mkdirSync(join(folder, "bin"));
	const program = (name: string, text: string) => {
		writeFileSync(join(folder, "bin", name), `#!/bin/bash\n${text}\n`);
		chmodSync(join(folder, "bin", name), 0o755);
	};
	program("nnvol", `exec "${process.execPath}" "${MAIN}" "$@"`);
	const env = { PATH: `${join(folder, "bin")}:${process.env["PATH"] ?? ""}` };
	return { folder, env, program };
}

/** `script` for `TASKS` tasks instead of 16. */
function smaller(script: string): string {
	return script
		.replace("0-15", `0-${TASKS - 1}`)
		.replace("1-16", `1-${TASKS}`)
		.replace("auto/16", `auto/${TASKS}`);
}

/** Numbers in the line that says what a worker did. */
function doneBy({ said }: Said): number {
	return Number(/(\d+) done, \d+ by others or before, 0 failed/.exec(said)?.[1] ?? Number.NaN);
}

describe.skipIf(process.platform === "win32")("the page's scripts", () => {
	const last = TASKS;
	it.each<[string, RegExp, (i: number, folder: string) => NodeJS.ProcessEnv]>([
		["PBS", /^#PBS -J 0-15$/m, (i, folder) => ({ PBS_ARRAY_INDEX: `${i}`, PBS_O_WORKDIR: folder })],
		[
			"LSF",
			/^#BSUB -J "nnvol\[1-16\]"$/m,
			(i) => ({ LSB_JOBINDEX: `${i + 1}`, LSB_JOBINDEX_END: `${last}`, LSB_JOBINDEX_STEP: "1" }),
		],
		[
			"SGE",
			/^#\$ -t 1-16$/m,
			(i) => ({ SGE_TASK_ID: `${i + 1}`, SGE_TASK_FIRST: "1", SGE_TASK_LAST: `${last}`, SGE_TASK_STEPSIZE: "1" }),
		],
	])("of %s", async (_name, pattern, variables) => {
		const { folder, env } = await scene();
		const script = join(folder, "work");
		const text = smaller(block("bash", pattern));
		expect(text).not.toContain("16 ");
		writeFileSync(script, text);
		let done = 0;
		for (let i = 0; i < TASKS; i++) {
			// PBS starts in another folder than the one that jobs are submitted from
			const cwd = pattern.source.includes("PBS") ? ROOT : folder;
			const said = await ask("bash", ["-c", `cd "${cwd}" && bash "${script}"`], { ...env, ...variables(i, folder) });
			expect(said.ok, said.said).toBe(true);
			expect(said.said).toContain(`worker ${i} of ${TASKS}`);
			done += doneBy(said);
		}
		expect(done).toBe(IMAGES);
		expect(outputsOf(join(folder, "out")).length).toBe(IMAGES);
		const finished = await ask("nnvol", ["finish", "--plan", join(folder, "job.json")], env);
		expect(finished.ok, finished.said).toBe(true);
	});

	it("of MPI: a rank that fails does not end the others", async () => {
		const { folder, env, program } = await scene();
		// as Open MPI: the ranks side by side, and all are ended where one ends with an error
		program(
			"mpirun",
			`shift; export OMPI_COMM_WORLD_SIZE=$1; shift 3
pids=()
for ((i = 0; i < OMPI_COMM_WORLD_SIZE; i++)); do OMPI_COMM_WORLD_RANK=$i "$@" & pids+=($!); done
for pid in "\${pids[@]}"; do wait "$pid" || { kill "\${pids[@]}"; exit 1; }; done`,
		);
		const lines = block("bash", /^mpirun /m).replace("-np 4", `-np ${TASKS}`);
		writeFileSync(join(folder, "in", "a1_0000.png"), "not a picture any more");
		const said = await ask("bash", ["-c", `cd "${folder}" && ${lines}`], env);
		expect(said).toMatchObject({ ok: false });
		expect(outputsOf(join(folder, "out")).length).toBe(IMAGES - 1);
		expect(readFileSync(join(folder, "out", ".nnvol", "report.json"), "utf8")).toContain('"failed": 1');
	});
});

describe("the definition for AWS Batch", () => {
	/** Tells by Amazon's description of the API whether a definition is one. */
	const CHECK = `
import json, sys, botocore.session
from botocore.validate import ParamValidator
shape = botocore.session.Session().get_service_model("batch").operation_model("RegisterJobDefinition").input_shape
report = ParamValidator().validate(json.loads(sys.argv[1]), shape).generate_report()
sys.exit(report or 0)
`;

	it("is one by Amazon's description; a misspelt key and a wrong type are refused", async () => {
		const packages = await pythonPackage("botocore", "1.44.5");
		if (packages === undefined) return;
		const text = block("json", /jobDefinitionName/);
		const check = (definition: string) => ask(PYTHON, ["-c", CHECK, definition], { PYTHONPATH: packages });
		expect(await check(text)).toEqual({ ok: true, said: "" });
		expect(await check(text.replace('"retryStrategy"', '"retryStrat"'))).toMatchObject({ ok: false });
		expect(await check(text.replace('"value": "4"', '"value": 4'))).toMatchObject({ ok: false });
	}, 300_000);

	it("and that for Google Batch start a worker that needs no --shard", () => {
		for (const pattern of [/jobDefinitionName/, /taskGroups/]) {
			const text = block("json", pattern);
			expect(JSON.stringify(JSON.parse(text))).toMatch(/\["work","--plan","(s3|gs):\/\/bucket\/run\/job\.json",/);
			expect(text).not.toContain("--shard");
		}
	});
});
