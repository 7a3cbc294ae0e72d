/**
 * Prometheus: the page against the format's own rules and Prometheus' client; the endpoint; the file.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseAddress } from "../../src/monitor/address.ts";
import { memoryMeter } from "../../src/monitor/memory-meter.ts";
import { openPrometheus } from "../../src/monitor/prometheus.ts";
import { prometheusText } from "../../src/monitor/prometheus-text.ts";
import { RunMetrics } from "../../src/monitor/run-metrics.ts";
import type { Watched } from "../../src/monitor/sink.ts";
import { parsePage, seriesValue } from "./prometheus-page.ts";

let folder = "";
beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), "nnvol-prometheus-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function watched(over: Partial<Watched> = {}): Watched {
	const onFault = (error: unknown) => {
		throw error;
	};
	return { share: "1-of-4", host: "node", pid: 7, cases: [], memory: memoryMeter(), onFault, ...over };
}

function someMetrics(): RunMetrics {
	const metrics = new RunMetrics();
	metrics.take({ kind: "started", total: 4, skipped: 1, remaining: 3 });
	metrics.take({ kind: "tile", id: "a", done: 2, total: 4, voxels: 1000 });
	metrics.take({ kind: "block-done", id: "b", block: 1, voxels: 64, seconds: 0.2, worker: "node-7" });
	metrics.take({ kind: "case-done", id: "a", output: "a.png", seconds: 2, timing: { read: 0.5, network: 1.25 } });
	metrics.take({ kind: "case-failed", id: "c", error: "damaged" });
	return metrics;
}

describe("the page", () => {
	it("tells what events came to, with worker and share on every line", () => {
		const page = parsePage(prometheusText(someMetrics(), watched(), new Date(5000)));
		expect(page.samples.length).toBeGreaterThan(20);
		for (const { labels } of page.samples) expect(labels).toMatchObject({ worker: "node-7", shard: "1-of-4" });
		const state = (name: string) => seriesValue(page, "nnvol_cases", { state: name });
		expect(["done", "failed", "skipped", "remaining"].map(state)).toEqual([1, 1, 1, 1]);
		expect(seriesValue(page, "nnvol_tiles_total")).toBe(2);
		expect(seriesValue(page, "nnvol_voxels_total")).toBe(564);
		expect(seriesValue(page, "nnvol_stage_seconds_total", { stage: "network" })).toBe(1.25);
		expect(seriesValue(page, "nnvol_start_time_seconds")).toBe(5);
		expect(seriesValue(page, "nnvol_peak_memory_bytes")).toBeGreaterThan(2 ** 20);
		expect(seriesValue(page, "nnvol_gpu_memory_bytes")).toBeUndefined();
	});

	it("buckets rise and end with the count", () => {
		fc.assert(
			fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true })), (seconds) => {
				const metrics = new RunMetrics();
				for (const one of seconds)
					metrics.take({ kind: "block-done", id: "b", block: 0, voxels: 1, seconds: one, worker: "w" });
				const { samples } = parsePage(prometheusText(metrics, watched(), new Date()));
				const buckets = samples.filter(({ name }) => name === "nnvol_block_seconds_bucket");
				for (const { labels, value } of buckets) {
					expect(value).toBe(seconds.filter((one) => one <= Number(labels["le"]?.replace("+Inf", "Infinity"))).length);
				}
				expect(buckets.at(-1)?.value).toBe(seconds.length);
			}),
		);
	});

	it("labels that hold quotes, backslashes and line ends come back, as in a page of prometheus_client", () => {
		const theirs = readFileSync(
			join(import.meta.dirname, "..", "fixtures", "monitor", "prometheus_client.prom"),
			"utf8",
		);
		const worker = parsePage(theirs).samples[0]?.labels["worker"];
		expect(worker).toBe('ho"st\\1\n');
		const page = parsePage(prometheusText(new RunMetrics(), watched({ host: 'ho"st\\1\n' }), new Date()));
		expect(page.samples[0]?.labels["worker"]).toBe(`${worker}-7`);
	});
});

it("memory is that of workers as well, and its highest stays", () => {
	let bytes = 2 ** 40;
	const meter = memoryMeter(() => bytes);
	expect(meter.now()).toBeGreaterThan(2 ** 40);
	bytes = 0;
	expect(meter.now()).toBeLessThan(2 ** 40);
	expect(meter.peak()).toBeGreaterThan(2 ** 40);
});

it("addresses are told from files", () => {
	expect(parseAddress("127.0.0.1:9464")).toEqual({ host: "127.0.0.1", port: 9464 });
	expect(parseAddress(":9464")).toEqual({ host: "", port: 9464 });
	expect(parseAddress("[::1]:80")).toEqual({ host: "::1", port: 80 });
	for (const file of ["metrics.prom", "/var/lib/node_exporter/nnvol.prom", "C:\\metrics.prom", "a:b"]) {
		expect(parseAddress(file)).toBeUndefined();
	}
	expect(() => parseAddress(":70000")).toThrow("70000 is no port");
});

describe("the endpoint", () => {
	it("answers at /metrics and /healthz while the run goes on, and not after", async () => {
		const port = await freePort();
		const metrics = someMetrics();
		const sink = await openPrometheus(`127.0.0.1:${port}`, metrics, watched({ share: "" }));
		const url = `http://127.0.0.1:${port}`;
		try {
			expect(await (await fetch(`${url}/healthz`)).text()).toBe("ok\n");
			const response = await fetch(`${url}/metrics`);
			expect(response.headers.get("content-type")).toContain("version=0.0.4");
			expect(seriesValue(parsePage(await response.text()), "nnvol_tiles_total")).toBe(2);
			metrics.take({ kind: "tile", id: "d", done: 5, total: 9 });
			expect(seriesValue(parsePage(await (await fetch(`${url}/metrics?x=1`)).text()), "nnvol_tiles_total")).toBe(7);
			expect((await fetch(url)).status).toBe(404);
			expect((await fetch(`${url}/metrics`, { method: "POST" })).status).toBe(405);
		} finally {
			await sink.close();
		}
		await expect(fetch(`${url}/healthz`)).rejects.toThrow();
	});

	it("a port that is taken is an error; workers of one machine take the next ones", async () => {
		const port = await freePort();
		const other = createServer();
		await listening(other, port);
		try {
			await expect(openPrometheus(`127.0.0.1:${port}`, new RunMetrics(), watched({ share: "0-of-2" }))).rejects.toThrow(
				"EADDRINUSE",
			);
			const next = await openPrometheus(`127.0.0.1:${port}`, new RunMetrics(), watched({ share: "1-of-2" }));
			const response = await fetch(`http://127.0.0.1:${port + 1}/healthz`).finally(() => next.close());
			expect(response.status).toBe(200);
		} finally {
			other.close();
		}
	});
});

it("the file is whole from the beginning on, has the share in its name, and says that the run has ended", async () => {
	const metrics = someMetrics();
	const sink = await openPrometheus(join(folder, "new", "nnvol.prom"), metrics, watched());
	const path = join(folder, "new", "nnvol-1-of-4.prom");
	expect(seriesValue(parsePage(readFileSync(path, "utf8")), "nnvol_finished")).toBe(0);
	for (let n = 0; n < 20; n++) sink.tick?.(metrics);
	metrics.take({ kind: "finished", done: 1, failed: 1, skipped: 1 });
	await sink.close();
	expect(seriesValue(parsePage(readFileSync(path, "utf8")), "nnvol_finished")).toBe(1);
	expect(readdirSync(join(folder, "new"))).toEqual(["nnvol-1-of-4.prom"]);
});

async function freePort(): Promise<number> {
	const server = createServer();
	await listening(server, 0);
	const address = server.address();
	await new Promise<void>((done) => server.close(() => done()));
	if (address === null || typeof address === "string") throw new Error("no port");
	return address.port;
}

function listening(server: Server, port: number): Promise<void> {
	return new Promise((done) => server.listen(port, "127.0.0.1", () => done()));
}
