import { expect, it } from "vitest";
import type { RunEvent } from "../../../src/core/events.ts";
import { MergedEvents } from "../../../src/launch/local/merged-events.ts";
import { RunMetrics } from "../../../src/monitor/run-metrics.ts";

it("seconds of parts are those of all workers together, and never fall", () => {
	const events: RunEvent[] = [];
	const metrics = new RunMetrics();
	const merged = new MergedEvents((event) => {
		events.push(event);
		metrics.take(event);
	});
	const block = { kind: "block", id: "v", total: 9, failed: 0 } as const;
	merged.take(1, { ...block, done: 1, timing: { network: 5, write: 1 } });
	merged.take(2, { ...block, done: 2, timing: { network: 3 } });
	merged.take(1, { ...block, done: 3, timing: { network: 6, write: 1 } });
	merged.take(3, { ...block, done: 4 });
	const told = events.flatMap((event) => (event.kind === "block" ? [event.timing] : []));
	const times = [5, 8, 9, 9].map((network) => ({ network, write: 1 }));
	expect(told).toEqual(times);
	merged.take(2, { kind: "case-done", id: "v", output: "v.zarr", seconds: 9, timing: { network: 4, export: 1 } });
	expect(Object.fromEntries(metrics.stages)).toEqual({ network: 9, write: 1, export: 1 });
});
