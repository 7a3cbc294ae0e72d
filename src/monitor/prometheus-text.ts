/**
 * What a run comes to, in Prometheus' text format (version 0.0.4).
 *
 * @module
 */
import { gpuMemory } from "../run/gpu-memory.ts";
import type { Histogram } from "./histogram.ts";
import type { RunMetrics } from "./run-metrics.ts";
import { type Watched, workerOf } from "./sink.ts";

/** What the format is called over HTTP. */
export const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

type Labels = Readonly<Record<string, string>>;
type Value = readonly [Labels, number | undefined];

/** All metrics, each with its help and type. Those that are not known are left out. */
export function prometheusText(metrics: RunMetrics, watched: Watched, started: Date): string {
	const { share } = watched;
	const page = new Page({ worker: workerOf(watched), shard: share });
	countsTo(page, metrics);
	pageTo(page, metrics, started);
	memoryTo(page, watched);
	return page.text;
}

function countsTo(page: Page, metrics: RunMetrics): void {
	const { cases, blocks } = metrics;
	const states = ({ total, done, failed }: typeof blocks, skipped = 0): Value[] => [
		[{ state: "done" }, done],
		[{ state: "failed" }, failed],
		[{ state: "remaining" }, Math.max(0, total - done - failed - skipped)],
	];
	const skipped: Value = [{ state: "skipped" }, cases.skipped];
	page.add("nnvol_cases", "gauge", "Cases of this process by state.", [...states(cases, cases.skipped), skipped]);
	page.add("nnvol_blocks", "gauge", "Blocks of streamed volumes by state, whoever did them.", states(blocks));
	page.one("nnvol_blocks_written_total", "counter", "Blocks that this process wrote.", metrics.blocksWritten);
	page.one("nnvol_blocks_failed_total", "counter", "Blocks that this process gave up.", metrics.blocksFailed);
	page.one("nnvol_cases_failed_total", "counter", "Cases of this process that failed.", cases.failed);
	page.one("nnvol_tiles_total", "counter", "Tiles that went through the network.", metrics.tiles);
	page.one("nnvol_voxels_total", "counter", "Voxels that were predicted.", metrics.voxels);
	page.one("nnvol_retries_total", "counter", "Reads and writes that were tried again.", metrics.retries);
	const stages = [...metrics.stages].map(([stage, seconds]): Value => [{ stage }, seconds]);
	page.add("nnvol_stage_seconds_total", "counter", "Seconds of each part of the work.", stages);
	page.histogram("nnvol_block_seconds", "Seconds that a block took to be written.", metrics.blockSeconds);
	page.histogram("nnvol_case_seconds", "Seconds that a case took.", metrics.caseSeconds);
}

function pageTo(page: Page, metrics: RunMetrics, started: Date): void {
	const { rates } = metrics;
	page.one("nnvol_tiles_per_second", "gauge", "Tiles a second over the last minute.", rates.tiles);
	page.one("nnvol_voxels_per_second", "gauge", "Voxels a second over the last minute.", rates.voxels);
	page.one("nnvol_progress_ratio", "gauge", "Part of this process's work that is done, 0 to 1.", metrics.part);
	page.one("nnvol_remaining_seconds", "gauge", "Seconds that are left at the pace so far.", metrics.left);
	page.one("nnvol_start_time_seconds", "gauge", "When the run began, Unix time.", started.getTime() / 1000);
	page.one("nnvol_last_update_time_seconds", "gauge", "When this was written, Unix time.", Date.now() / 1000);
	page.one("nnvol_finished", "gauge", "1 once the run has ended.", metrics.isFinished ? 1 : 0);
}

function memoryTo(page: Page, { memory }: Watched): void {
	const gpu = gpuMemory();
	page.one("nnvol_resident_memory_bytes", "gauge", "Resident memory, of workers it started as well.", memory.now());
	page.one("nnvol_peak_memory_bytes", "gauge", "Most resident memory so far.", memory.peak());
	page.one("nnvol_gpu_memory_bytes", "gauge", "Memory of the process on graphics cards.", gpu.now);
	page.one("nnvol_gpu_peak_memory_bytes", "gauge", "Most memory on graphics cards so far.", gpu.peak);
}

class Page {
	readonly #common: Labels;
	readonly #lines: string[] = [];

	constructor(common: Labels) {
		this.#common = common;
	}

	get text(): string {
		return `${this.#lines.join("\n")}\n`;
	}

	one(name: string, type: "gauge" | "counter", help: string, value: number | undefined): void {
		this.add(name, type, help, [[{}, value]]);
	}

	add(name: string, type: "gauge" | "counter", help: string, values: readonly Value[]): void {
		const known = values.filter(([, value]) => value !== undefined);
		if (known.length === 0) return;
		this.#head(name, type, help);
		for (const [labels, value] of known) this.#line(name, labels, value ?? 0);
	}

	histogram(name: string, help: string, { bounds, counts, sum, count }: Histogram): void {
		this.#head(name, "histogram", help);
		for (const [n, bound] of bounds.entries()) this.#line(`${name}_bucket`, { le: String(bound) }, counts[n] ?? 0);
		this.#line(`${name}_bucket`, { le: "+Inf" }, count);
		this.#line(`${name}_sum`, {}, sum);
		this.#line(`${name}_count`, {}, count);
	}

	#head(name: string, type: string, help: string): void {
		this.#lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
	}

	#line(name: string, labels: Labels, value: number): void {
		const all = Object.entries({ ...this.#common, ...labels }).map(([key, text]) => `${key}="${escaped(text)}"`);
		this.#lines.push(`${name}{${all.join(",")}} ${value}`);
	}
}

function escaped(text: string): string {
	return text.replace(/[\\"\n]/g, (sign) => (sign === "\n" ? "\\n" : `\\${sign}`));
}
