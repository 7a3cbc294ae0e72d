/**
 * A web server of values for tests, with faults on request: lost requests, short bodies, busy answers, no ranges, silence.
 *
 * @module
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What goes wrong with a request; `undefined`: nothing. */
export type Fault =
	| "drop" // the connection is closed before an answer
	| "cut" // the body ends in the middle
	| "busy" // 503 with Retry-After: 0
	| "throttle" // 429
	| "error" // 500
	| "silent" // no answer ever
	| "stall" // the body stops in the middle, the connection stays
	| {
			readonly status: number;
			readonly headers?: Readonly<Record<string, string>>;
			readonly body?: string | Uint8Array;
	  };

/** How the server behaves. */
export type Behaviour = {
	/** Asked for each request, counted from 0. */
	readonly fault?: (n: number, request: IncomingMessage) => Fault | undefined;
	/** Answers with the whole value whatever range is asked for. */
	readonly ignoresRanges?: boolean;
	/** Sends no Content-Length. */
	readonly hidesLength?: boolean;
};

/** A running server. */
export type FaultServer = {
	readonly url: string;
	readonly values: Map<string, Uint8Array>;
	/** Requests so far: "GET /key bytes=0-9". */
	readonly log: string[];
	/** What each request showed as its authorization. */
	readonly secrets: (string | undefined)[];
	/** Most requests that were open at once. */
	readonly most: () => number;
	readonly close: () => Promise<void>;
};

/** Starts a server on the loopback. */
export async function faultServer(behaviour: Behaviour = {}): Promise<FaultServer> {
	const values = new Map<string, Uint8Array>();
	const log: string[] = [];
	const secrets: (string | undefined)[] = [];
	let open = 0;
	let most = 0;
	const server = createServer((request, response) => {
		open += 1;
		most = Math.max(most, open);
		response.on("close", () => {
			open -= 1;
		});
		const n = log.length;
		log.push(`${request.method} ${request.url} ${request.headers.range ?? ""}`.trim());
		secrets.push(request.headers.authorization);
		const fault = behaviour.fault?.(n, request);
		// a moment, so that requests meet
		setTimeout(() => answer(request, response, values, behaviour, fault), 2);
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}`,
		values,
		log,
		secrets,
		most: () => most,
		close: () =>
			new Promise<void>((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
}

function answer(
	request: IncomingMessage,
	response: ServerResponse,
	values: Map<string, Uint8Array>,
	behaviour: Behaviour,
	fault: Fault | undefined,
): void {
	if (fault === "drop") return void request.socket.destroy();
	if (fault === "silent") return;
	if (fault === "busy") return void response.writeHead(503, { "retry-after": "0" }).end("slow down");
	if (fault === "throttle") return void response.writeHead(429).end();
	if (fault === "error") return void response.writeHead(500).end("<html>oh</html>");
	if (typeof fault === "object") return void response.writeHead(fault.status, fault.headers).end(fault.body);
	const value = values.get(decodeURIComponent(new URL(request.url ?? "", "http://x").pathname));
	if (value === undefined) return void response.writeHead(404).end("not here");
	const part = behaviour.ignoresRanges === true ? undefined : partOf(value, request.headers.range);
	if (part === "beyond") return void response.writeHead(416, { "content-range": `bytes */${value.length}` }).end();
	const bytes = part?.bytes ?? value;
	response.writeHead(part === undefined ? 200 : 206, {
		...(part === undefined ? {} : { "content-range": part.header }),
		...(behaviour.hidesLength === true ? {} : { "content-length": bytes.length }),
	});
	if (fault === "cut" || fault === "stall") {
		response.write(bytes.subarray(0, bytes.length >> 1), () => {
			if (fault === "cut") request.socket.destroy();
		});
		return;
	}
	response.end(bytes);
}

function partOf(
	value: Uint8Array,
	header: string | undefined,
): { readonly bytes: Uint8Array; readonly header: string } | "beyond" | undefined {
	const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
	if (first === undefined || last === undefined) return undefined;
	const from = first === "" ? Math.max(0, value.length - Number(last)) : Number(first);
	const to = first === "" ? value.length - 1 : Math.min(value.length - 1, last === "" ? value.length : Number(last));
	if (from >= value.length || to < from) return "beyond";
	return { bytes: value.subarray(from, to + 1), header: `bytes ${from}-${to}/${value.length}` };
}
