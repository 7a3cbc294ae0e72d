/**
 * One worker of `npm run bench -- workers simulated`: the built worker with a network that only waits. It says "ready", begins when
 * it is told to, and says how long it took, in milliseconds.
 *
 * Arguments: job.json (plan, spec, seconds of a run of the network), index, count, claims|shares.
 */
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

const dist = (path) => import(new URL(`../../dist/${path}`, import.meta.url));
const [{ runPlan }, { Network }] = await Promise.all([dist("run/run.js"), dist("run/network.js")]);

const [file = "", index = "0", count = "1", how = "shares"] = process.argv.slice(2);
const { plan, warm, spec, seconds } = JSON.parse(await readFile(file, "utf8"));

// the first run on the shared volume is the one by which a worker learns what the network takes; at the second, that of its first
// block, all wait for each other
let runs = 0;
let isShared = false;
let isReady = false;
const session = {
	device: { kind: "cpu" },
	run: async ({ shape: [items = 1, , ...patch] }) => {
		if (isShared && runs++ > 0 && !isReady) await meet();
		await sleep(1000 * seconds * items);
		const shape = [items, 2, ...patch];
		return { data: new Float32Array(shape.reduce((a, b) => a * b, 1)), shape };
	},
	close: async () => undefined,
};
const network = new Network([[session]], 2);

// a small volume of one's own first, so that all that a worker needs is loaded
const own = warm.folder + index;
const [{ output }] = warm.cases;
const cases = warm.cases.map((entry) => ({ ...entry, output: output.replace(warm.folder, own) }));
await run({ ...warm, folder: own, cases }, {});
isShared = true;
const begun = performance.now();
let first;
const report = await run(plan, {
	worker: {
		index: Number(index),
		count: Number(count),
		claims: how === "claims",
		lease: 60_000,
		finish: true,
		since: new Date().toISOString(),
	},
	onEvent: ({ kind }) => {
		if (kind !== "block" || first !== undefined) return;
		first = performance.now() - begun;
		process.stdout.write("first\n");
	},
});
if (report.failed > 0) console.error(JSON.stringify(report.cases));
process.stdout.write(`done ${performance.now() - begun} ${first ?? -1} ${report.failed}\n`);
process.exit(report.failed > 0 ? 1 : 0);

/** Carries a plan out. */
function run(what, more) {
	const options = {
		overwrite: false,
		acceptExisting: false,
		stopOnError: false,
		casesHeld: 1,
		batchSize: 1,
		tries: 1,
		reportEvery: 1,
		share: `-${index}-of-${count}`,
		stream: true,
		memory: 512 * 2 ** 20,
		layout: { chunks: [1, 128, 128], compression: "none" },
		attributes: { nnvol: "bench" },
	};
	return runPlan(what, { spec, network: async () => network }, { ...options, ...more });
}

/** Says that this worker is ready, and waits until it is told to go on. */
async function meet() {
	isReady = true;
	const input = createInterface({ input: process.stdin });
	process.stdout.write("ready\n");
	await new Promise((resolve) => input.once("line", resolve));
	input.close();
	await sleep((1000 * seconds * Number(index)) / Number(count)); // those of a cluster are not in step either
}
