/**
 * A place behind http:// or https:// as a store, for reading: a key is a path below the URL.
 *
 * Reads are checked for their length. A server that knows no ranges is read up to where the range ends.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";
import { keyParts } from "./keys.ts";
import { joinPath, plainPath, withoutSecrets } from "./location.ts";
import type { ByteRange, KeyStore, StoreListing, StoreOptions } from "./store.ts";
import { exchange } from "./transport.ts";
import { type Tuning, tuningOf } from "./tuning.ts";
import { valuePart, wholeValue } from "./value.ts";

/** What lies below the URL `root`. User and password in it are sent; the query goes with every request. */
export class HttpStore implements KeyStore {
	readonly root: string;
	readonly #tuning: Tuning;

	constructor(root: string, tuning: Partial<Tuning> = {}) {
		this.root = plainPath(root);
		this.#tuning = tuningOf(tuning);
	}

	get(key: string, options: StoreOptions = {}): Promise<Uint8Array | undefined> {
		return exchange(this.#tuning, { ...this.#request(key), method: "GET", ...options }, wholeValue(this.#place(key)));
	}

	getRange(key: string, range: ByteRange, options: StoreOptions = {}): Promise<Uint8Array | undefined> {
		return valuePart(this.#place(key), range, (headers, use) => {
			const { headers: own, ...request } = this.#request(key);
			return exchange(this.#tuning, { ...request, method: "GET", headers: { ...own, ...headers }, ...options }, use);
		});
	}

	async set(): Promise<void> {
		throw this.#unbuilt("written to");
	}

	async create(): Promise<boolean> {
		throw this.#unbuilt("written to");
	}

	async remove(): Promise<void> {
		throw this.#unbuilt("written to");
	}

	async list(): Promise<StoreListing> {
		throw this.#unbuilt("listed");
	}

	async sync(): Promise<void> {}

	async close(): Promise<void> {}

	#unbuilt(what: string): NnvolError {
		const place = withoutSecrets(this.root);
		return new NnvolError("UNBUILT", `${place}: a plain http server cannot be ${what}; name a folder, s3:// or gs://`, {
			fields: { path: place },
		});
	}

	#place(key: string): string {
		return withoutSecrets(joinPath(this.root, key));
	}

	/** `fetch` takes no user and password in a URL: they go into a header. */
	#request(key: string): { url: string; action: "read"; headers: Record<string, string> } {
		const url = new URL(joinPath(this.root, keyParts(this.root, key).map(encodeURIComponent).join("/")));
		const { username, password } = url;
		url.username = "";
		url.password = "";
		const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
		const headers = username === "" ? {} : { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
		return { url: url.href, action: "read", headers };
	}
}
