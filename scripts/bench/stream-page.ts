/**
 * `npm run bench -- stream page`: writes what was measured last into `docs/performance.md`, between the markers of each part, and
 * the plot beside it. Parts that were not measured stay as they are.
 *
 * @module
 */
import { mkdir, readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { writeAtomically } from "../../src/core/atomic-file.ts";
import { memoryPlot } from "./memory-plot.ts";
import { ENGINE_RATES, FORMAT_RATES, MEMORY_RUNS, OVERHEAD_RUNS } from "./stream-results.ts";
import { engineTable, formatsTable, memoryTable, ordered, overheadTable } from "./stream-tables.ts";

export const PAGE = resolve("docs/performance.md");
const PLOT = resolve("docs/images/stream-memory.svg");

/** Writes page and plot; gives the exit code. */
export async function writePage(): Promise<number> {
	const page = await readFile(PAGE, "utf8");
	const written = Object.entries(tables()).reduce(
		(text, [name, table]) => (table === undefined ? text : between(text, `stream ${name}`, name, table)),
		page,
	);
	await writeAtomically(PAGE, written);
	const runs = MEMORY_RUNS.read();
	if (runs !== undefined) {
		await mkdir(resolve("docs/images"), { recursive: true });
		await writeAtomically(PLOT, memoryPlot(ordered(runs)));
	}
	const missing = Object.entries(tables()).flatMap(([name, table]) => (table === undefined ? [name] : []));
	console.log(`${PAGE} is written${missing.length === 0 ? "" : `; not measured: ${missing.join(", ")}`}`);
	return 0;
}

function tables(): Readonly<Record<string, string | undefined>> {
	const [memory, overhead] = [MEMORY_RUNS.read(), OVERHEAD_RUNS.read()];
	const [engine, formats] = [ENGINE_RATES.read(), FORMAT_RATES.read()];
	return {
		memory: memory && memoryTable(memory),
		overhead: overhead && overheadTable(overhead),
		engine: engine && engineTable(engine),
		formats: formats && formatsTable(formats),
	};
}

/** `text` with `table` between the markers `bench FROM` and `end of TO`. @throws where they are not there */
export function between(text: string, from: string, to: string, table: string): string {
	const [first, last] = [`<!-- bench ${from} -->`, `<!-- end of ${to} -->`];
	const [start, end] = [text.indexOf(first), text.indexOf(last)];
	if (start < 0 || end < start) throw new Error(`${PAGE} has no markers ${first} and ${last}`);
	return `${text.slice(0, start + first.length)}\n\n${table}\n\n${text.slice(end)}`;
}
