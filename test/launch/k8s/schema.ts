/**
 * Kubernetes' own schema of a Job, for tests: the fixture by ajv, and PyPI's kubernetes-validate where it can be had.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { testFolder } from "../../folder.ts";
import { ask, PYTHON, pythonPackage, type Said } from "../python-tool.ts";

const FIXTURE = resolve(import.meta.dirname, "..", "..", "fixtures", "kubernetes", "job-schema.json");

// formats such as int32 are Kubernetes' own and say nothing that the types do not
const check = new Ajv2020({ strict: false, validateFormats: false, allErrors: true }).compile(
	JSON.parse(readFileSync(FIXTURE, "utf8")),
);

/** What is wrong with a Job by the schema, a line each. */
export function faultsOf(job: unknown): string[] {
	if (check(job)) return [];
	return (check.errors ?? []).map(
		({ instancePath, message, params }) => `${instancePath}: ${message} ${JSON.stringify(params)}`,
	);
}

/** Runs kubernetes-validate over a manifest; undefined where it cannot be had. */
export async function validateByPython(text: string): Promise<Said | undefined> {
	const packages = await pythonPackage("kubernetes-validate", "1.37.0");
	if (packages === undefined) return undefined;
	const file = resolve(testFolder(), "manifest.yaml");
	writeFileSync(file, text);
	return ask(PYTHON, ["-m", "kubernetes_validate", "--strict", file], { PYTHONPATH: packages });
}
