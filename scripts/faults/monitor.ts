/**
 * Faults in what watches a run.
 *
 * @module
 */
import type { Fault } from "./list.ts";

/** TensorBoard, Prometheus, JSON lines, failures, memory. */
export const MONITOR_FAULTS: readonly Fault[] = [
	{
		name: "a checksum that is not turned",
		file: "src/monitor/event-file.ts",
		from: "(crc >>> 15) | (crc << 17)",
		to: "(crc >>> 17) | (crc << 15)",
		tests: ["test/monitor/event-file.test.ts"],
	},
	{
		name: "records in the wrong order",
		file: "src/monitor/append-file.ts",
		from: "piece.push(record);",
		to: "piece.unshift(record);",
		tests: ["test/monitor/append-file.test.ts"],
	},
	{
		name: "no bound of what waits",
		file: "src/monitor/append-file.ts",
		from: "this.#bytes + record.length > this.#bound",
		to: "this.#bytes + record.length < 0",
		tests: ["test/monitor/append-file.test.ts"],
	},
	{
		name: "rates since the beginning",
		file: "src/monitor/run-metrics.ts",
		from: "if (old > 0) this.#marks = this.#marks.slice(old);",
		to: "if (old > 1e9) this.#marks = this.#marks.slice(old);",
		tests: ["test/monitor/run-metrics.test.ts"],
	},
	{
		name: "quotes in labels as they are",
		file: "src/monitor/prometheus-text.ts",
		from: 'replace(/[\\\\"\\n]/g,',
		to: "replace(/[\\n]/g,",
		tests: ["test/monitor/prometheus.test.ts"],
	},
	{
		name: "workers on one port",
		file: "src/monitor/prometheus.ts",
		from: 'port + Number.parseInt(watched.share || "0", 10)',
		to: "port",
		tests: ["test/monitor/prometheus.test.ts"],
	},
	{
		name: "memory of the process that started this one",
		file: "src/run/peak-memory.ts",
		from: "return fromStatus() ?? process",
		to: "return process",
		tests: ["test/run/memory-peaks.test.ts"],
	},
	{
		name: "a table of failures that stays",
		file: "src/run/failures.ts",
		from: "if (known.length > 0) await state.remove(known);",
		to: "if (known.length > 9) await state.remove(known);",
		tests: ["test/run/failures.test.ts"],
	},
];
