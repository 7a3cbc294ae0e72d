/**
 * A proxy before a server of values that drops requests: before they reach the server, or with the answer on its way.
 *
 * @module
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A running proxy. */
export type DroppingProxy = {
	readonly url: string;
	/** Requests so far, and those that were dropped. */
	readonly counts: () => { readonly requests: number; readonly dropped: number };
	readonly close: () => Promise<void>;
};

/** Starts a proxy before `target` that drops every `every`-th request: in turn unheard, and done but unanswered. */
export async function droppingProxy(target: string, every: number): Promise<DroppingProxy> {
	const counts = { requests: 0, dropped: 0 };
	const server = createServer((asked, answered) => {
		counts.requests += 1;
		const isDropped = counts.requests % every === 0;
		if (isDropped) counts.dropped += 1;
		if (isDropped && counts.dropped % 2 === 1) asked.socket.destroy();
		else pass(target, asked, answered, isDropped);
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}`,
		counts: () => ({ ...counts }),
		close: () =>
			new Promise<void>((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
}

function pass(target: string, asked: IncomingMessage, answered: ServerResponse, isDropped: boolean): void {
	const { method, headers, url = "/" } = asked;
	const sent = request(`${target}${url}`, { method, headers }, (answer) => {
		if (isDropped) {
			answer.resume();
			answer.on("end", () => asked.socket.destroy());
			return;
		}
		answered.writeHead(answer.statusCode ?? 500, answer.headers);
		answer.pipe(answered);
	});
	sent.on("error", () => asked.socket.destroy());
	asked.pipe(sent);
}
