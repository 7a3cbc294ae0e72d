/**
 * `npm run parity`: nnvol against nnU-Net itself, on models generated from a seed.
 *
 * Options: `--python PATH`; `--only NAME,NAME`; `--keep` takes nnU-Net's side from the last run where it was made from the
 * same files; `--dump` keeps what nnU-Net's network saw and gave; `--write-plans` writes the committed models anew and
 * does nothing else; `--table FILE` writes the table, into a page between its marks; `--command FILE` runs a built
 * command in place of the sources.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { generateModels, SEED } from "./generate.ts";
import type { ParityCase } from "./model.ts";
import { runOurs } from "./ours.ts";
import { writePlans } from "./plans-folder.ts";
import { findPython, runPython } from "./python.ts";
import { Comparison, faultsOf, tableOf } from "./verdict.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PLANS = join(ROOT, "test", "fixtures", "parity-plans");
const OUT = join(ROOT, "out", "parity");

type Options = {
	readonly python?: string;
	readonly command?: string;
	readonly only?: string;
	readonly keep?: boolean;
	readonly dump?: boolean;
	readonly table?: string;
	readonly "write-plans"?: boolean;
};

process.exitCode = await main(readOptions());

function readOptions(): Options {
	const { values } = parseArgs({
		options: {
			python: { type: "string" },
			command: { type: "string" },
			only: { type: "string" },
			keep: { type: "boolean" },
			dump: { type: "boolean" },
			table: { type: "string" },
			"write-plans": { type: "boolean" },
		},
	});
	return values;
}

async function main(options: Options): Promise<number> {
	const models = generateModels(SEED);
	if (options["write-plans"] === true) {
		await writePlans(PLANS, models);
		console.log(`${models.length} models written`);
		return 0;
	}
	const cases = chosen(
		models.map((model) => model.case),
		options.only,
	);
	const found = findPython(options.python);
	if ("problem" in found) {
		console.error(`parity: ${found.problem}`);
		return 2;
	}
	if (options.keep !== true) await rm(OUT, { recursive: true, force: true });
	await mkdir(OUT, { recursive: true });
	await writeFile(join(OUT, "order.json"), JSON.stringify(cases.map(({ name }) => name)));
	const flags = [...(options.keep === true ? ["--keep"] : []), ...(options.dump === true ? ["--dump"] : [])];
	const status = await runPython(found.python, [script("nnunet.py"), PLANS, OUT, ...flags], console.log);
	if (status !== 0) throw new Error("nnU-Net's side failed: see above");
	return compareAll(found.python, cases, options);
}

/** The models named, with the first stages that they need. */
function chosen(cases: readonly ParityCase[], only: string | undefined): readonly ParityCase[] {
	if (only === undefined) return cases;
	const names = new Set(only.split(","));
	for (const { name, previous } of cases) if (names.has(name) && previous !== null) names.add(previous);
	const found = cases.filter(({ name }) => names.has(name));
	if (found.length < names.size)
		throw new Error(`parity: --only ${only}: the models are ${cases.map(({ name }) => name)}`);
	return found;
}

async function compareAll(python: string, cases: readonly ParityCase[], options: Options): Promise<number> {
	const faults: string[] = [];
	const ended: ParityCase[] = [];
	for (const model of cases) {
		const { code, said, seconds } = await runOurs(OUT, model, options.command);
		console.log(`${model.name}: nnvol ended with ${code}, ${seconds.toFixed(1)} s`);
		if (code !== 0) faults.push(`${model.name}: nnvol ended with ${code}: ${said.trim()}`);
		else ended.push(model);
	}
	const comparisons: Comparison[] = [];
	const names = ended.map(({ name }) => name);
	await runPython(python, [script("compare.py"), OUT, ...names], (line) => {
		comparisons.push(Comparison.parse(JSON.parse(line)));
	});
	for (const model of ended) {
		const own = comparisons.filter((comparison) => comparison.model === model.name);
		if (own.length !== model.inputs.length)
			faults.push(`${model.name}: ${own.length} of ${model.inputs.length} cases compared`);
		for (const comparison of own)
			for (const fault of faultsOf(model, comparison)) faults.push(`${model.name} ${comparison.case}: ${fault}`);
	}
	const text = tableOf(cases, comparisons);
	console.log(`\n${text}\n`);
	if (options.table !== undefined) await writeTable(resolve(options.table), text);
	for (const fault of faults) console.log(`OUT OF TOLERANCE ${fault}`);
	console.log(`${cases.length} models, ${comparisons.length} cases, ${faults.length} faults`);
	return faults.length === 0 ? 0 : 1;
}

/** Replaces what lies between the marks of a page, or writes a file of its own. */
async function writeTable(path: string, table: string): Promise<void> {
	const page = existsSync(path) ? await readFile(path, "utf8") : "";
	const marked = /(<!-- parity -->\n)[\s\S]*(\n<!-- end of parity -->)/;
	await writeFile(
		path,
		marked.test(page) ? page.replace(marked, (_, a: string, b: string) => a + table + b) : `${table}\n`,
	);
}

function script(name: string): string {
	return fileURLToPath(new URL(name, import.meta.url));
}
