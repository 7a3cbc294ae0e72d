/**
 * Packages of Python that tests compare with, installed once by pip into the cache of the project.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const CACHE = resolve(import.meta.dirname, "..", "node_modules", ".cache");

/** The interpreter's name. */
export const PYTHON = process.platform === "win32" ? "python" : "python3";

/** What is wanted: a folder of the cache, the packages, how the line of a skipped test calls them, a variable that names a ready folder. */
export type PythonPackages = {
	readonly name: string;
	readonly packages: readonly string[];
	readonly text: string;
	readonly variable: string;
};

/** The folder of the packages; undefined, with a line, where pip cannot install them. Installed under another name and renamed, so that two test processes do not meet in it. */
export async function pythonPackages({ name, packages, text, variable }: PythonPackages): Promise<string | undefined> {
	const given = process.env[variable];
	if (given !== undefined) return given;
	const folder = resolve(CACHE, name);
	if (existsSync(folder)) return folder;
	const beside = `${folder}.${process.pid}.tmp`;
	try {
		await mkdir(CACHE, { recursive: true });
		const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1", "--timeout", "15"];
		await run(PYTHON, [...pip, "--target", beside, ...packages], { timeout: 300_000 });
		await rename(beside, folder).catch(() => undefined);
		return existsSync(folder) ? folder : undefined;
	} catch (error) {
		const reason = error instanceof Error ? (error.message.trim().split("\n").at(-1) ?? "") : "";
		process.stderr.write(`Skipped: tests against ${text}; pip cannot install them (${reason})\n`);
		return undefined;
	} finally {
		await rm(beside, { recursive: true, force: true });
	}
}
