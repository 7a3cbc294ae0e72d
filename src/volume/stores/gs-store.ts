/**
 * A place in a bucket behind gs:// as a store, by the JSON API of Google Cloud Storage: keys are objects below a prefix.
 *
 * An object is whole and durable when the server has answered; what it says of the bytes' MD5 is compared.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { NnvolError } from "../../core/errors.ts";
import { volumeError } from "../fault.ts";
import { readAll } from "./body.ts";
import { type BucketPage, BucketPlace } from "./bucket.ts";
import { ageOf, contended, unlessRefused } from "./conditions.ts";
import { findCredentials } from "./gs-credentials.ts";
import { TokenKeeper } from "./gs-token.ts";
import type { ByteRange, ConditionalStore, FoundValue, StoreListing, StoreOptions } from "./store.ts";
import { exchange, type HttpAnswer, type HttpRequest } from "./transport.ts";
import { type Tuning, tuningOf } from "./tuning.ts";
import { valuePart, wholeValue } from "./value.ts";

/** Most bytes of one page of names. */
const MOST_PAGE = 1 << 26;

/** Looks at what is replaced meanwhile. */
const LOOKS = 10;

const Page = z.object({
	items: z.array(z.object({ name: z.string() })).optional(),
	prefixes: z.array(z.string()).optional(),
	nextPageToken: z.string().optional(),
});

const Metadata = z.object({ generation: z.string().regex(/^\d+$/), updated: z.string() });

const Written = z.object({ md5Hash: z.string().optional() });

/** What lies below `gs://BUCKET/PREFIX`. */
export class GsStore implements ConditionalStore {
	readonly root: string;
	readonly #place: BucketPlace;
	readonly #tuning: Tuning;
	readonly #endpoint: string;

	constructor(root: string, tuning: Partial<Tuning> = {}) {
		this.#place = new BucketPlace(root);
		this.root = this.#place.root;
		this.#tuning = tuningOf(tuning);
		this.#endpoint = gsEndpoint();
	}

	async get(key: string, options: StoreOptions = {}): Promise<Uint8Array | undefined> {
		return this.#send(this.#read(key, options), wholeValue(this.#place.urlOf(key)));
	}

	async getRange(key: string, range: ByteRange, options: StoreOptions = {}): Promise<Uint8Array | undefined> {
		const request = this.#read(key, options);
		return valuePart(this.#place.urlOf(key), range, (headers, use) => this.#send({ ...request, headers }, use));
	}

	async set(key: string, bytes: Uint8Array, options: StoreOptions = {}): Promise<void> {
		await this.#upload(key, bytes, options);
	}

	create(key: string, bytes: Uint8Array, options: StoreOptions = {}): Promise<boolean> {
		return unlessRefused(this.#place.urlOf(key), () => this.#upload(key, bytes, options, "0"));
	}

	replace(key: string, bytes: Uint8Array, version: string, options: StoreOptions = {}): Promise<boolean> {
		return unlessRefused(this.#place.urlOf(key), () => this.#upload(key, bytes, options, version));
	}

	/** The version is the generation. What is replaced between the two requests, of metadata and bytes, is looked at again. */
	async look(key: string, options: StoreOptions = {}): Promise<FoundValue | undefined> {
		for (let n = 0; n < LOOKS; n++) {
			const found = await this.#metadata(key, options);
			if (found === undefined) return undefined;
			const url = this.#objectUrl(key, `?alt=media&generation=${found.version}`);
			const bytes = await this.#send({ ...this.#read(key, options), url }, wholeValue(this.#place.urlOf(key)));
			if (bytes !== undefined) return { ...found, bytes };
		}
		throw contended(this.#place.urlOf(key));
	}

	#metadata(key: string, options: StoreOptions): Promise<Omit<FoundValue, "bytes"> | undefined> {
		const place = this.#place.urlOf(key);
		const url = this.#objectUrl(key, "?fields=generation,updated");
		return this.#send({ url, place, method: "GET", action: "read", ...options }, async (answer) => {
			const { generation, updated } = await jsonOf(place, Metadata, answer);
			return { version: generation, age: ageOf(place, Date.parse(updated), Date.parse(answer.header("date") ?? "")) };
		});
	}

	/** Writes, where the object is of the generation `only`: "0" is none. */
	async #upload(key: string, bytes: Uint8Array, options: StoreOptions, only?: string): Promise<true> {
		const condition = only === undefined ? "" : `&ifGenerationMatch=${only}`;
		const query = `?uploadType=media&name=${encodeURIComponent(this.#place.keyOf(key))}${condition}`;
		const url = `${this.#endpoint}/upload/storage/v1/b/${this.#place.bucket}/o${query}`;
		const headers = { "content-type": "application/octet-stream" };
		const place = this.#place.urlOf(key);
		const md5 = createHash("md5").update(bytes).digest("base64");
		const done = await this.#send(
			{ url, place, method: "POST", action: "write", headers, body: bytes, ...options },
			async (answer) => {
				checkWritten(place, md5, await jsonOf(place, Written, answer));
				return true;
			},
		);
		if (done === undefined) throw volumeError(place, `there is no bucket ${this.#place.bucket}; check its name`);
		return true;
	}

	async remove(key: string, options: StoreOptions = {}): Promise<void> {
		const request = { url: this.#objectUrl(key, ""), place: this.#place.urlOf(key), ...options };
		await this.#send({ ...request, method: "DELETE", action: "remove" }, async () => undefined);
	}

	async list(prefix: string, options: StoreOptions = {}): Promise<StoreListing> {
		const url = `${this.#endpoint}/storage/v1/b/${this.#place.bucket}/o`;
		const below = this.#place.prefixOf(prefix);
		return this.#place.collect(prefix, (token) => {
			const query = new URLSearchParams({
				prefix: below,
				delimiter: "/",
				maxResults: String(this.#tuning.page),
				fields: "items(name),prefixes,nextPageToken",
				...(token === undefined ? {} : { pageToken: token }),
			});
			const place = this.#place.urlOf(prefix);
			const request = { url: `${url}?${query}`, place, method: "GET", action: "list", ...options } as const;
			return this.#send(request, async (answer) => pageOf(await jsonOf(place, Page, answer)));
		});
	}

	async sync(): Promise<void> {}

	async close(): Promise<void> {}

	#read(key: string, options: StoreOptions): HttpRequest {
		const place = this.#place.urlOf(key);
		return { url: this.#objectUrl(key, "?alt=media"), place, method: "GET", action: "read", ...options };
	}

	async #send<T>(request: HttpRequest, use: (answer: HttpAnswer) => Promise<T>): Promise<T | undefined> {
		return exchange(this.#tuning, request, use, async () => (await keeper(this.#tuning)).headers());
	}

	#objectUrl(key: string, query: string): string {
		const name = encodeURIComponent(this.#place.keyOf(key));
		return `${this.#endpoint}/storage/v1/b/${this.#place.bucket}/o/${name}${query}`;
	}
}

/** Google's own, or `STORAGE_EMULATOR_HOST`, with or without "http://". */
function gsEndpoint(): string {
	const own = process.env["STORAGE_EMULATOR_HOST"];
	if (!own) return "https://storage.googleapis.com";
	return `${/^https?:\/\//.test(own) ? "" : "http://"}${own.replace(/\/+$/, "")}`;
}

/** Variables that other credentials are found by. */
const VARIABLES = [
	"CLOUDSDK_AUTH_ACCESS_TOKEN",
	"CLOUDSDK_CONFIG",
	"GCE_METADATA_HOST",
	"GOOGLE_APPLICATION_CREDENTIALS",
	"NNVOL_GS_ANONYMOUS",
	"STORAGE_EMULATOR_HOST",
];

const keepers = new Map<string, Promise<TokenKeeper>>();

/** The credentials for what the environment says now; one for all stores. */
function keeper(tuning: Tuning): Promise<TokenKeeper> {
	const key = VARIABLES.map((name) => process.env[name] ?? "").join("\n");
	const known = keepers.get(key);
	if (known !== undefined) return known;
	const finding = makeKeeper(tuning);
	keepers.set(key, finding);
	finding.catch(() => keepers.delete(key));
	return finding;
}

/** Emulators take anybody. */
async function makeKeeper(tuning: Tuning): Promise<TokenKeeper> {
	const isOpen = process.env["NNVOL_GS_ANONYMOUS"] === "1" || Boolean(process.env["STORAGE_EMULATOR_HOST"]);
	return new TokenKeeper(isOpen ? async () => undefined : await findCredentials(tuning));
}

async function jsonOf<T>(place: string, schema: z.ZodType<T>, answer: HttpAnswer): Promise<T> {
	const bytes = await readAll(answer.body, answer.length, MOST_PAGE);
	try {
		return schema.parse(JSON.parse(new TextDecoder().decode(bytes)));
	} catch (cause) {
		throw volumeError(place, "the server's answer is not that of Google Cloud Storage; check the address", cause);
	}
}

function pageOf(page: z.infer<typeof Page>): BucketPage {
	const { items = [], prefixes = [], nextPageToken } = page;
	const keys = items.map(({ name }) => name);
	return { keys, prefixes, ...(nextPageToken ? { next: nextPageToken } : {}) };
}

/** Bytes that changed on the way are sent again. */
function checkWritten(place: string, md5: string, written: z.infer<typeof Written>): void {
	if (written.md5Hash === undefined || written.md5Hash === md5) return;
	throw new NnvolError("VOLUME", `${place}: the server has other bytes than were sent; run again`, {
		fields: { path: place },
		transient: true,
	});
}
