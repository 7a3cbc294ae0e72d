/**
 * Starting the command costs little: help and version load no native code, and no image format.
 */
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { MAIN, ROOT } from "./command.ts";

/** Says at exit which shared libraries the process has loaded, and what processor time it took. */
const WATCH = `
process.on("exit", () => {
	const { user, system } = process.cpuUsage();
	process.stderr.write(JSON.stringify({ libraries: process.report.getReport().sharedObjects, ms: (user + system) / 1000 }));
});`;

function watched(...argv: readonly string[]): { out: string; status: number | null; libraries: string[]; ms: number } {
	const watch = `data:text/javascript,${encodeURIComponent(WATCH)}`;
	const { stdout, stderr, status } = spawnSync(process.execPath, ["--import", watch, MAIN, ...argv], {
		cwd: ROOT,
		encoding: "utf8",
	});
	return { out: stdout, status, ...JSON.parse(stderr.slice(stderr.lastIndexOf('{"libraries"'))) };
}

describe("start-up", () => {
	it.each([["--help"], ["--version"], ["predict", "--help"], ["infer-volume", "--help"]])(
		"nnvol %s %s loads no native code",
		(...argv) => {
			const { libraries, status, out, ms } = watched(...argv);
			expect(status).toBe(0);
			expect(out.length).toBeGreaterThan(3);
			expect(libraries.filter((path) => /\.node$|onnx|hdf5/i.test(path))).toEqual([]);
			process.stdout.write(`nnvol ${argv.join(" ")}: ${ms.toFixed(0)} ms of processor time\n`);
		},
	);

	it("the watch would see native code: a run loads it", () => {
		const code = `import("onnxruntime-node").then(() => process.exit(0))`;
		const watch = `data:text/javascript,${encodeURIComponent(WATCH)}`;
		const { stderr } = spawnSync(process.execPath, ["--import", watch, "--input-type=module", "-e", code], {
			cwd: ROOT,
			encoding: "utf8",
		});
		expect(stderr).toMatch(/onnxruntime_binding\.node/);
	});
});
