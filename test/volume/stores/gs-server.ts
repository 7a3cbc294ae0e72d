/**
 * As much of Google Cloud Storage's JSON API as stores use, in memory, with generations and conditions on them: the emulator of
 * `servers.ts` takes every condition for true. Made after Google's pages on request preconditions, not after the store.
 *
 * @module
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/** A running server. */
export type GsServer = { readonly url: string; readonly stop: () => Promise<void> };

type Item = { readonly bytes: Buffer; readonly generation: number; readonly updated: string };

/** Starts it on the loopback; every bucket is there, and empty. */
export async function startGsServer(): Promise<GsServer> {
	const items = new Map<string, Item>();
	let writes = 1000;
	const write = (key: string, bytes: Buffer) => {
		writes += 1;
		items.set(key, { bytes, generation: writes, updated: new Date().toISOString() });
	};
	const server = createServer((request, response) => {
		const parts: Buffer[] = [];
		request.on("data", (part) => parts.push(part));
		request.on("end", () => answer(items, write, request, Buffer.concat(parts), response));
	});
	await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
	const address = server.address();
	return {
		url: typeof address === "object" ? `http://127.0.0.1:${address?.port}` : "",
		stop: () =>
			new Promise<void>((done) => {
				server.close(() => done());
				server.closeAllConnections();
			}),
	};
}

function answer(
	items: Map<string, Item>,
	write: (key: string, bytes: Buffer) => void,
	request: IncomingMessage,
	body: Buffer,
	response: ServerResponse,
): void {
	const url = new URL(request.url ?? "", "http://x");
	const [, upload, bucket = "", name] = /^(\/upload)?\/storage\/v1\/b\/([^/]+)\/o\/?(.*)$/.exec(url.pathname) ?? [];
	const key = `${bucket}/${upload === undefined ? decodeURIComponent(name ?? "") : url.searchParams.get("name")}`;
	const found = items.get(key);
	const wanted = url.searchParams.get("ifGenerationMatch");
	if (wanted !== null && Number(wanted) !== (found?.generation ?? 0)) {
		response.writeHead(412).end();
	} else if (request.method === "POST") {
		write(key, body);
		response.end(JSON.stringify({ name: key }));
	} else if (name === "") {
		response.end(JSON.stringify(page(items, bucket, url.searchParams.get("prefix") ?? "")));
	} else if (found === undefined) {
		response.writeHead(404).end();
	} else if (request.method === "DELETE") {
		items.delete(key);
		response.writeHead(204).end();
	} else if (url.searchParams.get("alt") === "media") {
		const generation = url.searchParams.get("generation");
		if (generation === null || Number(generation) === found.generation) response.end(found.bytes);
		else response.writeHead(404).end();
	} else {
		response.end(JSON.stringify({ generation: String(found.generation), updated: found.updated }));
	}
}

function page(items: Map<string, Item>, bucket: string, prefix: string) {
	const names = [...items.keys()]
		.filter((key) => key.startsWith(`${bucket}/`))
		.map((key) => key.slice(bucket.length + 1));
	const below = names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
	const prefixes = new Set(below.filter((rest) => rest.includes("/")).map((rest) => `${prefix}${rest.split("/")[0]}/`));
	return {
		items: below.filter((rest) => !rest.includes("/")).map((rest) => ({ name: `${prefix}${rest}` })),
		prefixes: [...prefixes],
	};
}
