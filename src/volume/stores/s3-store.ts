/**
 * A place in a bucket behind s3:// as a store: keys are objects below a prefix.
 *
 * An object is whole and durable when the server has answered, so nothing is left for `sync` to do.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";
import { saysMissing, statusError } from "./answer.ts";
import { BucketPlace } from "./bucket.ts";
import { ageOf, contended, noVersion, unlessRefused } from "./conditions.ts";
import { isPacked, unpacked } from "./content-encoding.ts";
import type { Gate } from "./gate.ts";
import { persist } from "./persist.ts";
import { noBytes, openS3, type PutCondition, type S3Answer, type S3Calls, s3Endpoint, s3Fault } from "./s3-library.ts";
import type { ByteRange, ConditionalStore, FoundValue, StoreListing, StoreOptions } from "./store.ts";
import { failure, gateOf, type HttpAnswer, type HttpRequest } from "./transport.ts";
import { patience, type Tuning, tuningOf } from "./tuning.ts";
import { valuePart, wholeValue } from "./value.ts";
import { Watch } from "./watch.ts";

/** A call for messages, with the number of bytes that are sent. */
type S3Request = Pick<HttpRequest, "url" | "action" | "signal"> & { readonly bytes?: number };

/** What lies below `s3://BUCKET/PREFIX`. */
export class S3Store implements ConditionalStore {
	readonly root: string;
	readonly #place: BucketPlace;
	readonly #tuning: Tuning;
	readonly #gate: Gate;

	constructor(root: string, tuning: Partial<Tuning> = {}) {
		this.#place = new BucketPlace(root);
		this.root = this.#place.root;
		this.#tuning = tuningOf(tuning);
		this.#gate = gateOf(s3Endpoint() ?? `s3://${this.#place.bucket}`, this.#tuning);
	}

	async get(key: string, options: StoreOptions = {}): Promise<Uint8Array | undefined> {
		return this.#read(key, undefined, wholeValue(this.#place.urlOf(key)), options);
	}

	async getRange(key: string, range: ByteRange, options: StoreOptions = {}): Promise<Uint8Array | undefined> {
		return valuePart(this.#place.urlOf(key), range, ({ range: header }, use) => this.#read(key, header, use, options));
	}

	async set(key: string, bytes: Uint8Array, options: StoreOptions = {}): Promise<void> {
		await this.#put(key, bytes, options);
	}

	create(key: string, bytes: Uint8Array, options: StoreOptions = {}): Promise<boolean> {
		return unlessRefused(this.#place.urlOf(key), () => this.#put(key, bytes, options, { IfNoneMatch: "*" }));
	}

	replace(key: string, bytes: Uint8Array, version: string, options: StoreOptions = {}): Promise<boolean> {
		return unlessRefused(this.#place.urlOf(key), () => this.#put(key, bytes, options, { IfMatch: version }));
	}

	/** The version is the ETag: bytes that are written again have the same. */
	async look(key: string, options: StoreOptions = {}): Promise<FoundValue | undefined> {
		const { bucket } = this.#place;
		const name = this.#place.keyOf(key);
		const url = this.#place.urlOf(key);
		return this.#call({ url, action: "read", ...options }, async (s3, signal, touch) => {
			const answer = await s3.get(bucket, name, undefined, signal);
			try {
				const bytes = await wholeValue(url)(asHttp(answer, touch));
				if (answer.etag === undefined) throw noVersion(url);
				return { bytes, version: answer.etag, age: ageOf(url, answer.modified, answer.date) };
			} finally {
				answer.drop();
			}
		});
	}

	/** True where it was written; undefined where the server says that nothing is there (to be replaced). */
	#put(key: string, bytes: Uint8Array, options: StoreOptions, condition?: PutCondition): Promise<boolean | undefined> {
		const { bucket } = this.#place;
		const name = this.#place.keyOf(key);
		const request = { url: this.#place.urlOf(key), action: "write", bytes: bytes.length, ...options } as const;
		return this.#call(request, async (s3, signal) => {
			await s3.put(bucket, name, bytes, signal, condition);
			return true;
		});
	}

	async remove(key: string, options: StoreOptions = {}): Promise<void> {
		const { bucket } = this.#place;
		const name = this.#place.keyOf(key);
		const request = { url: this.#place.urlOf(key), action: "remove", ...options } as const;
		await this.#call(request, (s3, signal) => s3.remove(bucket, name, signal));
	}

	async list(prefix: string, options: StoreOptions = {}): Promise<StoreListing> {
		const { bucket } = this.#place;
		const below = this.#place.prefixOf(prefix);
		const request = { url: this.#place.urlOf(prefix), action: "list", ...options } as const;
		return this.#place.collect(prefix, (token) =>
			this.#call(request, (s3, signal) => s3.list(bucket, below, { size: this.#tuning.page, token }, signal)),
		);
	}

	async sync(): Promise<void> {}

	async close(): Promise<void> {}

	#read(
		key: string,
		range: string | undefined,
		use: (answer: HttpAnswer) => Promise<Uint8Array>,
		options: StoreOptions,
	): Promise<Uint8Array | undefined> {
		const { bucket } = this.#place;
		const name = this.#place.keyOf(key);
		const request = { url: this.#place.urlOf(key), action: "read", ...options } as const;
		return this.#call(request, async (s3, signal, touch) => {
			const answer = await s3.get(bucket, name, range, signal).catch(beyondRange);
			touch();
			try {
				return await use(asHttp(answer, touch));
			} finally {
				answer.drop();
			}
		});
	}

	/** One call until it is answered; undefined where nothing is there. */
	#call<T>(
		request: S3Request,
		work: (s3: S3Calls, signal: AbortSignal, touch: () => void) => Promise<T>,
	): Promise<T | undefined> {
		return persist(this.#tuning, request.signal, async () => {
			const s3 = await openS3();
			return this.#gate.run(async () => {
				const watch = new Watch(patience(this.#tuning, request.bytes ?? 0), request.signal);
				try {
					return await work(s3, watch.signal, () => watch.touch());
				} catch (cause) {
					return missingOrThrow(request, watch, s3, cause);
				} finally {
					watch.stop();
				}
			});
		});
	}
}

/** A range beyond the object's end is an answer, as over plain HTTP. */
function beyondRange(error: unknown): S3Answer {
	if (s3Fault(error)?.status !== 416) throw error;
	return {
		status: 416,
		contentRange: undefined,
		contentEncoding: undefined,
		length: 0,
		body: noBytes(),
		drop: () => undefined,
	};
}

/** As over plain HTTP: what is stored packed comes unpacked, and its length is not known. */
function asHttp(answer: S3Answer, touch: () => void): HttpAnswer {
	const { status, contentRange = null, contentEncoding = null, length } = answer;
	const headers: Readonly<Record<string, string | null>> = {
		"content-range": contentRange,
		"content-encoding": contentEncoding,
	};
	const header = (name: string): string | null => headers[name] ?? null;
	const body = watched(answer, touch);
	if (!isPacked(contentEncoding)) return { status, header, length, body };
	return { status, header, length: undefined, body: unpacked(body, contentEncoding) };
}

async function* watched(answer: S3Answer, touch: () => void): AsyncGenerator<Uint8Array> {
	for await (const part of answer.body) {
		touch();
		yield part;
	}
}

function missingOrThrow(request: S3Request, watch: Watch, s3: S3Calls, cause: unknown): undefined {
	const fault = s3Fault(cause);
	if (fault === undefined) throw failure(request, watch, cause);
	// the client's own errors hold whole connections: what they say is in ours
	if (fault.code === "NoSuchBucket") {
		throw new NnvolError("VOLUME", `${request.url}: there is no such bucket; check its name`, {
			fields: { path: request.url, status: fault.status },
		});
	}
	if (fault.code === "ConditionalRequestConflict") throw contended(request.url);
	if (saysMissing(fault.status)) return undefined;
	const isDenied = fault.status === 401 || fault.status === 403;
	const signing = isDenied && s3.anonymous !== undefined ? `; the request was not signed: ${s3.anonymous}` : "";
	throw statusError(request.url, request.action, fault.status, { detail: `${fault.detail}${signing}` });
}
