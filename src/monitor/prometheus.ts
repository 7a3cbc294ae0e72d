/**
 * Prometheus, the two ways: an endpoint that is asked (`/metrics`, `/healthz`), and a file that others pick up
 * (node_exporter's textfile collector), whole at any time and there after the run has ended.
 *
 * @module
 */
import { createServer, type Server } from "node:http";
import { writeAtomically } from "../core/atomic-file.ts";
import { makeFolder } from "../core/folder.ts";
import { folderOf } from "../volume/formats.ts";
import { type Address, parseAddress } from "./address.ts";
import { CONTENT_TYPE, prometheusText } from "./prometheus-text.ts";
import type { RunMetrics } from "./run-metrics.ts";
import { ownPath, type Sink, type Watched } from "./sink.ts";

/** Opens what `place` names. @throws where the port is taken or the file cannot be written */
export async function openPrometheus(place: string, metrics: RunMetrics, watched: Watched): Promise<Sink> {
	const started = new Date();
	const text = () => prometheusText(metrics, watched, started);
	const address = parseAddress(place);
	return address === undefined
		? openFile(ownPath(place, watched.share), text, watched)
		: openEndpoint(address, text, watched);
}

async function openFile(path: string, text: () => string, { onFault }: Watched): Promise<Sink> {
	await makeFolder(folderOf(path));
	let writing = writeAtomically(path, text());
	await writing;
	let isBusy = false;
	const write = () => {
		isBusy = true;
		writing = writeAtomically(path, text()).finally(() => {
			isBusy = false;
		});
		return writing;
	};
	return {
		name: `Prometheus file ${path}`,
		tick: () => {
			if (!isBusy) write().catch(onFault); // a slow disk misses a turn
		},
		close: async () => {
			await writing.catch(() => undefined);
			await write().catch(onFault);
		},
	};
}

/** The workers of one machine take ports next to each other. */
async function openEndpoint({ host, port }: Address, text: () => string, watched: Watched): Promise<Sink> {
	const own = port === 0 ? 0 : port + Number.parseInt(watched.share || "0", 10);
	const server = createServer((request, response) => {
		const path = (request.url ?? "").split("?", 1)[0];
		if (request.method !== "GET" && request.method !== "HEAD") response.writeHead(405).end();
		else if (path === "/healthz") response.writeHead(200, { "content-type": "text/plain" }).end("ok\n");
		else if (path === "/metrics") response.writeHead(200, { "content-type": CONTENT_TYPE }).end(text());
		else response.writeHead(404, { "content-type": "text/plain" }).end("metrics are at /metrics\n");
	});
	await listen(server, own, host);
	server.unref();
	server.on("error", watched.onFault);
	return {
		name: `Prometheus endpoint ${host}:${own}`,
		close: () => {
			server.closeAllConnections();
			return new Promise((resolve) => server.close(() => resolve()));
		},
	};
}

function listen(server: Server, port: number, host: string): Promise<void> {
	return new Promise((resolve, reject) => {
		server.once("error", reject);
		const done = () => {
			server.off("error", reject);
			resolve();
		};
		if (host === "") server.listen(port, done);
		else server.listen(port, host, done);
	});
}
