/**
 * Curves, pictures and failures of a run for TensorBoard: one event file a process, in a folder of its own, for TensorBoard
 * shows one file of a folder.
 *
 * The step is the whole second since the process began.
 *
 * @module
 */
import { join } from "node:path";
import type { RunEvent } from "../core/events.ts";
import { gpuMemory } from "../run/gpu-memory.ts";
import { AppendFile } from "./append-file.ts";
import { imageRecord, type Moment, scalarsRecord, textRecord, versionRecord } from "./event-file.ts";
import type { RunMetrics } from "./run-metrics.ts";
import { Samples } from "./samples.ts";
import { type MemoryMeter, type Sink, type Watched, workerOf } from "./sink.ts";

/** Failures that are told as texts. */
const MOST_TEXTS = 200;

/** Opens an event file below `folder`. @param images most pictures @throws where it cannot be made */
export async function openTensorBoard(folder: string, images: number, watched: Watched): Promise<Sink> {
	const started = new Date();
	const file = await AppendFile.open(
		join(folder, runName(started, watched), fileName(started, watched)),
		watched.onFault,
	);
	file.append(versionRecord(started));
	const now = (): Moment => {
		const time = new Date();
		return { time, step: Math.max(0, Math.floor((time.getTime() - started.getTime()) / 1000)) };
	};
	const samples = new Samples(watched.cases, images, (id, picture) => {
		file.append(imageRecord(now(), `samples/${id}`, picture));
	});
	let texts = 0;
	return {
		name: `TensorBoard folder ${folder}`,
		take: (event) => {
			if (event.kind === "case-done") samples.offer(event.id);
			const text = failureText(event);
			if (text !== undefined && ++texts <= MOST_TEXTS) file.append(textRecord(now(), "failures", text));
		},
		tick: (metrics) => file.append(scalarsRecord(now(), scalarsOf(metrics, watched.memory))),
		close: async () => {
			await samples.close();
			await file.close();
		},
	};
}

/** `2026-11-24_16-03-10_host-4711`, with the share of one of several: what TensorBoard lists. */
function runName(started: Date, watched: Watched): string {
	const time = started.toISOString().slice(0, 19).replace("T", "_").replaceAll(":", "-");
	return [time, workerOf(watched), ...(watched.share === "" ? [] : [watched.share])].join("_");
}

function fileName(started: Date, { host, pid }: Watched): string {
	const seconds = String(Math.floor(started.getTime() / 1000)).padStart(10, "0");
	return `events.out.tfevents.${seconds}.${host}.${pid}`;
}

function scalarsOf(metrics: RunMetrics, memory: MemoryMeter): ReadonlyMap<string, number> {
	const { rates, cases, blocks, left } = metrics;
	const gpu = gpuMemory();
	const values = new Map<string, number>([
		["throughput/voxels_per_second", rates.voxels],
		["throughput/tiles_per_second", rates.tiles],
		["progress/part_done", metrics.part],
		["progress/files_done", cases.done + cases.skipped],
		["progress/blocks_done", blocks.done],
		["failures/files", cases.failed],
		["failures/blocks", blocks.failed],
		["failures/retries", metrics.retries],
		["memory/resident_GB", memory.now() / 1e9],
		["memory/peak_GB", memory.peak() / 1e9],
	]);
	if (left !== undefined) values.set("progress/seconds_left", left);
	if (gpu.now !== undefined) values.set("memory/GPU_GB", gpu.now / 1e9);
	for (const [stage, seconds] of metrics.stages) values.set(`seconds/${stage}`, seconds);
	return values;
}

function failureText(event: RunEvent): string | undefined {
	if (event.kind === "case-failed") return `${event.id}: ${event.error}`;
	if (event.kind === "block-failed") return `${event.id}, block ${event.block}: ${event.error}`;
	return undefined;
}
