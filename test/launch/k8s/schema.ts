/**
 * Kubernetes' own schema of a Job, for tests: the fixture by ajv, and PyPI's kubernetes-validate where it can be had.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { Ajv2020 } from "ajv/dist/2020.js";
import { testFolder } from "../../folder.ts";

const FIXTURE = resolve(import.meta.dirname, "..", "..", "fixtures", "kubernetes", "job-schema.json");
const CACHE = resolve(import.meta.dirname, "..", "..", "..", "node_modules", ".cache");
const PYTHON = process.platform === "win32" ? "python" : "python3";
const run = promisify(execFile);

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
export async function validateByPython(
	text: string,
): Promise<{ readonly ok: boolean; readonly said: string } | undefined> {
	const packages = await packagesFolder();
	if (packages === undefined) return undefined;
	const file = resolve(testFolder(), "manifest.yaml");
	writeFileSync(file, text);
	const env = { ...process.env, PYTHONPATH: packages };
	try {
		const { stdout, stderr } = await run(PYTHON, ["-m", "kubernetes_validate", "--strict", file], { env });
		return { ok: true, said: stdout + stderr };
	} catch (error) {
		return { ok: false, said: String(error) };
	} finally {
		rmSync(file, { force: true });
	}
}

/** Installed once, under another name and renamed. */
async function packagesFolder(): Promise<string | undefined> {
	const folder = resolve(CACHE, "nnvol-kubernetes");
	if (existsSync(folder)) return folder;
	const beside = `${folder}.${process.pid}.tmp`;
	try {
		await mkdir(CACHE, { recursive: true });
		const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1", "--timeout", "15"];
		await run(PYTHON, [...pip, "--target", beside, "kubernetes-validate==1.37.0"], { timeout: 120_000 });
		await rename(beside, folder).catch(() => undefined);
		return existsSync(folder) ? folder : undefined;
	} catch (error) {
		const reason = error instanceof Error ? (error.message.trim().split("\n").at(-1) ?? "") : "";
		process.stderr.write(`Skipped: a test against kubernetes-validate; pip cannot install it (${reason})\n`);
		return undefined;
	} finally {
		await rm(beside, { recursive: true, force: true });
	}
}
