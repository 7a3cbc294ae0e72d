/**
 * A process that writes events into the folder it is given until it is killed.
 *
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { openMonitor } from "../../src/monitor/open-monitor.ts";

const settings = { events: process.argv[2] ?? "", interval: 1, images: 0 };
const monitor = await openMonitor({ settings, share: "-0-of-2", cases: [], onEvent: () => undefined });
for (let done = 0; ; done++) {
	monitor.onEvent({ kind: "tile", id: "näher", done, total: 1e9 });
	if (done % 50 === 0) await pause(1);
}
