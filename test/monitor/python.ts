/**
 * Python with TensorBoard and Prometheus' client, which read what we write.
 *
 * They are installed once into `node_modules/.cache/nnvol-monitor` where Python and pip work; `NNVOL_TEST_MONITOR` names a
 * folder that has them already. Where they cannot be had, the tests are skipped with a line that says so.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { PYTHON, pythonPackages } from "../python-packages.ts";

const PACKAGES = {
	name: "nnvol-monitor",
	packages: ["tensorboard==2.21.0", "prometheus_client==0.26.0", "setuptools<81"],
	text: "TensorBoard and prometheus_client",
	variable: "NNVOL_TEST_MONITOR",
};
const run = promisify(execFile);

/** Runs a script with arguments; gives what it prints. */
export type Python = (script: string, ...args: readonly string[]) => Promise<string>;

/** Python with both packages; undefined where it cannot be had. */
export async function findPython(): Promise<Python | undefined> {
	const packages = await pythonPackages(PACKAGES);
	if (packages === undefined) return undefined;
	return async (script, ...args) => {
		const env = { ...process.env, PYTHONPATH: packages, PYTHONIOENCODING: "utf-8" };
		const { stdout } = await run(PYTHON, ["-c", script, ...args], { env, timeout: 300_000 });
		return stdout;
	};
}
