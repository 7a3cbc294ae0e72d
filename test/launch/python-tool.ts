/**
 * Checkers of others that PyPI has, for tests: installed once into `node_modules/.cache`, skipped with a line where they cannot be had.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { promisify } from "node:util";

const CACHE = resolve(import.meta.dirname, "..", "..", "node_modules", ".cache");
const run = promisify(execFile);

/** Python's command. */
export const PYTHON = process.platform === "win32" ? "python" : "python3";

/** What a tool came to. */
export type Said = { readonly ok: boolean; readonly said: string };

/** The folder that holds the package `name` in `version`; undefined where pip cannot install it. */
export async function pythonPackage(name: string, version: string): Promise<string | undefined> {
	const folder = resolve(CACHE, `nnvol-${name}-${version}`);
	if (existsSync(folder)) return folder;
	const beside = `${folder}.${process.pid}.tmp`;
	try {
		await mkdir(CACHE, { recursive: true });
		const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1", "--timeout", "15"];
		await run(PYTHON, [...pip, "--target", beside, `${name}==${version}`], { timeout: 120_000 });
		await rename(beside, folder).catch(() => undefined);
		return existsSync(folder) ? folder : undefined;
	} catch (error) {
		const reason = error instanceof Error ? (error.message.trim().split("\n").at(-1) ?? "") : "";
		process.stderr.write(`Skipped: a test against ${name}; pip cannot install it (${reason})\n`);
		return undefined;
	} finally {
		await rm(beside, { recursive: true, force: true });
	}
}

/** Runs a program; `ok` where it ends with 0. */
export async function ask(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Said> {
	return new Promise((settle) => {
		execFile(program, [...args], { env: { ...process.env, ...env } }, (error, out, err) => {
			settle({ ok: error === null, said: `${out}${err}${error?.message ?? ""}` });
		});
	});
}
