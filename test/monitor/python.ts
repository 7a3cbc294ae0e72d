/**
 * Python with TensorBoard and Prometheus' client, which read what we write.
 *
 * They are installed once into `node_modules/.cache/nnvol-monitor` where Python and pip work; `NNVOL_TEST_MONITOR` names a
 * folder that has them already. Where they cannot be had, the tests are skipped with a line that says so.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { promisify } from "node:util";

const PACKAGES = ["tensorboard==2.21.0", "prometheus_client==0.26.0", "setuptools<81"];
const CACHE = resolve(import.meta.dirname, "..", "..", "node_modules", ".cache");
const PYTHON = process.platform === "win32" ? "python" : "python3";
const run = promisify(execFile);

/** Runs a script with arguments; gives what it prints. */
export type Python = (script: string, ...args: readonly string[]) => Promise<string>;

/** Python with both packages; undefined where it cannot be had. */
export async function findPython(): Promise<Python | undefined> {
	const packages = await packagesFolder();
	if (packages === undefined) return undefined;
	return async (script, ...args) => {
		const env = { ...process.env, PYTHONPATH: packages, PYTHONIOENCODING: "utf-8" };
		const { stdout } = await run(PYTHON, ["-c", script, ...args], { env, timeout: 300_000 });
		return stdout;
	};
}

/** Installed under another name and renamed, so that two test processes do not meet in it. */
async function packagesFolder(): Promise<string | undefined> {
	const given = process.env["NNVOL_TEST_MONITOR"];
	if (given !== undefined) return given;
	const folder = resolve(CACHE, "nnvol-monitor");
	if (existsSync(folder)) return folder;
	const beside = `${folder}.${process.pid}.tmp`;
	try {
		await mkdir(CACHE, { recursive: true });
		const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1", "--timeout", "15"];
		await run(PYTHON, [...pip, "--target", beside, ...PACKAGES], { timeout: 300_000 });
		await rename(beside, folder).catch(() => undefined);
		return existsSync(folder) ? folder : undefined;
	} catch (error) {
		const reason = error instanceof Error ? (error.message.trim().split("\n").at(-1) ?? "") : "";
		process.stderr.write(
			`Skipped: tests against TensorBoard and prometheus_client; pip cannot install them (${reason})\n`,
		);
		return undefined;
	} finally {
		await rm(beside, { recursive: true, force: true });
	}
}
