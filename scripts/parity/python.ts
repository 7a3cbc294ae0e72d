/**
 * The Python that has nnU-Net.
 *
 * @module
 */
import { spawn, spawnSync } from "node:child_process";

/** What to do where there is none. */
const INSTALL = `python3 -m venv oracle-venv
  oracle-venv/bin/pip install nnunetv2==2.8.1 torch==2.15.0
  npm run parity -- --python oracle-venv/bin/python`;

/** The named Python, `$NNVOL_PYTHON` or `python3`, where it finds nnunetv2; else what to say. */
export function findPython(named: string | undefined): { readonly python: string } | { readonly problem: string } {
	const { NNVOL_PYTHON: fromEnvironment } = process.env;
	const python = named ?? fromEnvironment ?? "python3";
	const code = "import importlib.util, sys; sys.exit(0 if importlib.util.find_spec('nnunetv2') else 3)";
	const { status, error } = spawnSync(python, ["-c", code]);
	if (status === 0) return { python };
	const what = error === undefined && status === 3 ? `${python} has no nnunetv2` : `${python} could not be run`;
	return { problem: `${what}. Set it up (about 7 GB, 4 minutes) and name it:\n  ${INSTALL}\nor set NNVOL_PYTHON.` };
}

/** Runs a script; its lines of standard output go to `onLine`, its errors to ours. Gives the exit status. */
export async function runPython(
	python: string,
	args: readonly string[],
	onLine: (line: string) => void,
): Promise<number> {
	const child = spawn(python, ["-W", "ignore", ...args], { stdio: ["ignore", "pipe", "inherit"] });
	let rest = "";
	child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
		const lines = (rest + chunk).split("\n");
		rest = lines.pop() ?? "";
		for (const line of lines) onLine(line);
	});
	return new Promise((resolve, reject) => {
		child.once("error", reject);
		child.once("close", (code) => resolve(code ?? 1));
	});
}
