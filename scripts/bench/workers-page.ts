/**
 * `npm run bench -- workers page`: writes what was measured last into `docs/performance.md`, and the chart beside it.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { writeAtomically } from "../../src/core/atomic-file.ts";
import { PAGE } from "./stream-page.ts";
import { workersChart } from "./workers-chart.ts";
import { REAL_RUN, SIMULATED_RUNS, type SimulatedRun, START_RUN } from "./workers-results.ts";

const CHART = resolve("docs/images/workers.svg");

/** Graphics cards of the projection. */
const CARDS = 8;

/** Writes page and chart; gives the exit code. */
export async function writeWorkersPage(): Promise<number> {
	const runs = [...(SIMULATED_RUNS.read() ?? [])].sort((a, b) => a.workers - b.workers);
	const page = await readFile(PAGE, "utf8");
	const [begin, end] = ["<!-- bench workers -->", "<!-- bench workers end -->"];
	const [from, to] = [page.indexOf(begin), page.indexOf(end)];
	if (from < 0 || to < 0) throw new Error(`${PAGE} has no ${begin} ... ${end}`);
	const written = [...simulatedTable(runs), "", ...realLines(), ...startLines()].join("\n");
	await writeAtomically(PAGE, `${page.slice(0, from + begin.length)}\n\n${written}\n\n${page.slice(to)}`);
	await writeAtomically(CHART, workersChart(runs));
	return 0;
}

function simulatedTable(runs: readonly SimulatedRun[]): string[] {
	const rows = runs.map(
		({ workers, claims, blocks, seconds, efficiency }) =>
			`| ${workers} | ${claims ? "claims" : "shares"} | ${blocks} | ${seconds.toFixed(1)} s | ${efficiency.toFixed(3)} |`,
	);
	return ["| workers | how | blocks | time | efficiency |", "|---|---|---|---|---|", ...rows];
}

function realLines(): string[] {
	const real = REAL_RUN.read();
	if (real === undefined) return [];
	const [work, network] = [Math.min(...real.work), Math.min(...real.network)];
	const share = network / work;
	return [
		`Two real workers of one thread, ${real.tiles} tiles: ${work.toFixed(1)} s; two processes that only run the network: ${network.toFixed(1)} s (minima of ${real.work.length} rounds in turns). **${(100 * share).toFixed(1)} %.**`,
		`Projection, not a measurement: ${CARDS} cards at that share would do ${(CARDS * share).toFixed(1)} times the work of one (asked: 7.5), as long as storage keeps up.`,
		"",
	];
}

function startLines(): string[] {
	const start = START_RUN.read();
	if (start === undefined) return [];
	const seconds = Math.min(...start.seconds);
	return [
		`A worker that finds ${start.records} blocks recorded begins with the rest ${seconds.toFixed(2)} s after the start of its process.`,
	];
}
