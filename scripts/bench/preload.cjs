/**
 * Loaded before a command that is measured (`node --require`, in every thread): leaves in the folder of $NNVOL_BENCH_FACTS what
 * only the process itself knows. `highest-PID.json`: its VmHWM at the end. `network-PID-THREAD.json`: when the network ran, pairs
 * of milliseconds since 1970, begin and end of each run, taken in the thread that it blocks.
 *
 * @module
 */
const { readFileSync, writeFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const { join } = require("node:path");
const { isMainThread, threadId, workerData } = require("node:worker_threads");

const { NNVOL_BENCH_FACTS: folder = "." } = process.env;

if (isMainThread) {
	if (process.platform === "linux") tellHighest();
} else if (workerData?.gate !== undefined) {
	watchNetwork();
}

function tellHighest() {
	process.on("exit", () => {
		const [, kilobytes = "0"] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
		writeFileSync(join(folder, `highest-${process.pid}.json`), String(Number(kilobytes) * 1024));
	});
}

/** Only the threads that run the network have a gate. */
function watchNetwork() {
	const near = createRequire(require.resolve("onnxruntime-node"));
	const { prototype } = near("onnxruntime-common").InferenceSession;
	const { run } = prototype;
	const runs = [];
	prototype.run = async function (...inputs) {
		const begun = performance.timeOrigin + performance.now();
		try {
			return await run.apply(this, inputs);
		} finally {
			runs.push([begun, performance.timeOrigin + performance.now()]);
		}
	};
	process.on("exit", () => {
		writeFileSync(join(folder, `network-${process.pid}-${threadId}.json`), JSON.stringify(runs));
	});
}
