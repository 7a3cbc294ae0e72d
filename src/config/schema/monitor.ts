/**
 * Section `monitor`: where a run is written down for others to watch. Nothing of it changes what is written.
 *
 * @module
 */
import { z } from "zod";
import { field } from "./field.ts";
import { count, text } from "./values.ts";

/** Where a run is written down for others to watch. */
export const monitorSchema = z
	.strictObject({
		tensorboard: field(text.nullable(), null, {
			text: "Folder for TensorBoard: throughput, time left, memory, seconds of each stage, failures, and pictures of finished cases. Each process writes one file, in a folder of its own below.",
			expects: "the path of a folder, or null",
			shown: "none",
			isText: true,
			example: "logs",
		}),
		prometheus: field(text.nullable(), null, {
			text: "Metrics for Prometheus: `HOST:PORT` or `:PORT` to be asked at (`/metrics`, `/healthz`; workers of one machine take the ports that follow), or a file that is written anew every interval.",
			expects: "HOST:PORT, :PORT, the path of a file, or null",
			shown: "none",
			isText: true,
			example: '":9464"',
		}),
		events: field(text.nullable(), null, {
			text: "File of JSON lines, one for every event with time, host and process. It is added to; of several workers each has its own. A folder takes a file for each process.",
			expects: "the path of a file or folder, or null",
			shown: "none",
			isText: true,
			example: "events.jsonl",
		}),
		interval: field(z.number().min(0.1).max(86_400), 10, {
			text: "Seconds between points of curves, and between writings of Prometheus' file.",
			expects: "a number from 0.1 to 86400",
		}),
		images: field(count, 20, {
			text: "Most pictures of finished cases in TensorBoard, at most one in 30 s: the middle section with what was found; 0 for none. Cases that are not cheap to read are passed over.",
			expects: "a whole number of 0 or more",
		}),
	})
	.prefault({})
	.describe("Where a run is written down for others to watch: TensorBoard, Prometheus, JSON lines.");
