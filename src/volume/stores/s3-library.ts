/**
 * Amazon's S3 client, loaded at first use; the only file that imports it.
 *
 * Credentials come by its usual chain (environment, profiles, single sign-on, containers, instances). Where the chain finds
 * none, or `NNVOL_S3_ANONYMOUS=1`, requests are not signed, as public buckets want it. An endpoint of one's own
 * (`AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`) is addressed by paths. Tries and pauses are ours, not the client's.
 *
 * @module
 */
import { Readable } from "node:stream";
import { NnvolError } from "../../core/errors.ts";
import { systemCode } from "../../core/system-fault.ts";
import type { ByteStream } from "./body.ts";

/** What a GET answers. */
export type S3Answer = {
	readonly status: number;
	readonly contentRange: string | undefined;
	readonly contentEncoding: string | undefined;
	readonly length: number | undefined;
	readonly body: ByteStream;
	/** What tells these bytes from others. */
	readonly etag?: string | undefined;
	/** When it was written, and when the server answered, by its clock: ms since 1970. */
	readonly modified?: number | undefined;
	readonly date?: number | undefined;
	/** Lets go of what was not read. */
	readonly drop: () => void;
};

/** What must be so for a value to be written: nothing is there, or what has this ETag. Else the client throws a 412. */
export type PutCondition = { readonly IfNoneMatch: "*" } | { readonly IfMatch: string };

/** One page of names. */
export type S3Page = { readonly keys: readonly string[]; readonly prefixes: readonly string[]; readonly next?: string };

/** The calls that are used. They throw what the client throws. */
export type S3Calls = {
	readonly get: (bucket: string, key: string, range: string | undefined, signal: AbortSignal) => Promise<S3Answer>;
	readonly put: (
		bucket: string,
		key: string,
		bytes: Uint8Array,
		signal: AbortSignal,
		condition?: PutCondition,
	) => Promise<void>;
	readonly remove: (bucket: string, key: string, signal: AbortSignal) => Promise<void>;
	/** What begins with `prefix`, up to the next slash. */
	readonly list: (
		bucket: string,
		prefix: string,
		page: { readonly size: number; readonly token: string | undefined },
		signal: AbortSignal,
	) => Promise<S3Page>;
	/** Why requests are not signed; undefined where they are. */
	readonly anonymous: string | undefined;
};

type Library = typeof import("@aws-sdk/client-s3");
type Client = InstanceType<Library["S3Client"]>;

/** Variables that another client is made for. */
const VARIABLES = [
	"AWS_ENDPOINT_URL",
	"AWS_ENDPOINT_URL_S3",
	"AWS_REGION",
	"AWS_DEFAULT_REGION",
	"AWS_PROFILE",
	"AWS_ACCESS_KEY_ID",
	"NNVOL_S3_ANONYMOUS",
];

const clients = new Map<string, Promise<S3Calls>>();

/** The client for what the environment says now; one for all stores. @throws VOLUME where the library cannot be loaded */
export function openS3(): Promise<S3Calls> {
	const key = VARIABLES.map((name) => process.env[name] ?? "").join("\n");
	const known = clients.get(key);
	if (known !== undefined) return known;
	const opening = connect();
	clients.set(key, opening);
	opening.catch(() => clients.delete(key));
	return opening;
}

/** The endpoint of one's own; undefined for Amazon's. */
export function s3Endpoint(): string | undefined {
	return process.env["AWS_ENDPOINT_URL_S3"] || process.env["AWS_ENDPOINT_URL"] || undefined;
}

async function connect(): Promise<S3Calls> {
	const library = await load();
	const region = await regionOf(library);
	const signed = makeClient(library, region);
	if (process.env["NNVOL_S3_ANONYMOUS"] === "1") {
		return calls(library, makeClient(library, region, true), "NNVOL_S3_ANONYMOUS=1 was given");
	}
	const reason = await signed.config.credentials().then(() => undefined, reasonWithout);
	return reason === undefined
		? calls(library, signed, undefined)
		: calls(library, makeClient(library, region, true), reason);
}

async function load(): Promise<Library> {
	// the client warns of later versions of its own; ours is fixed
	process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
	return import("@aws-sdk/client-s3").catch((cause: unknown) => {
		throw new NnvolError(
			"VOLUME",
			"the S3 library (package @aws-sdk/client-s3) cannot be loaded; install nnvol again",
			{
				cause,
			},
		);
	});
}

/** A chain that ends without credentials is no fault: the bucket may be public. */
function reasonWithout(error: unknown): string {
	const message = error instanceof Error ? error.message : String(error);
	return `no credentials were found (${message.split("\n")[0] ?? ""})`;
}

/** The region by environment or profile, else the one whose servers tell where a bucket is. */
async function regionOf(library: Library): Promise<string> {
	const named = process.env["AWS_REGION"] || process.env["AWS_DEFAULT_REGION"];
	if (named) return named;
	return new library.S3Client({}).config.region().catch(() => "us-east-1");
}

function makeClient(library: Library, region: string, isAnonymous = false): Client {
	const endpoint = s3Endpoint();
	return new library.S3Client({
		region,
		maxAttempts: 1,
		followRegionRedirects: true,
		...(endpoint === undefined
			? {}
			: // older servers of others do not know the newer checksums
				{ endpoint, forcePathStyle: true, requestChecksumCalculation: "WHEN_REQUIRED" as const }),
		...(isAnonymous
			? {
					credentials: { accessKeyId: "", secretAccessKey: "" },
					signer: { sign: async (request) => request },
				}
			: {}),
	});
}

function calls(library: Library, client: Client, anonymous: string | undefined): S3Calls {
	return {
		anonymous,
		get: async (Bucket, Key, Range, abortSignal) => {
			const command = new library.GetObjectCommand({ Bucket, Key, ...(Range === undefined ? {} : { Range }) });
			const answered = dateOf(command);
			const output = await client.send(command, { abortSignal });
			return {
				etag: output.ETag,
				modified: output.LastModified?.getTime(),
				date: answered(),
				status: output.$metadata.httpStatusCode ?? 200,
				contentRange: output.ContentRange,
				contentEncoding: output.ContentEncoding,
				length: output.ContentLength,
				body: isStream(output.Body) ? output.Body : noBytes(),
				drop: () => drop(output.Body),
			};
		},
		put: async (Bucket, Key, Body, abortSignal, condition) => {
			await client.send(new library.PutObjectCommand({ Bucket, Key, Body, ...condition }), { abortSignal });
		},
		remove: async (Bucket, Key, abortSignal) => {
			await client.send(new library.DeleteObjectCommand({ Bucket, Key }), { abortSignal });
		},
		list: async (Bucket, Prefix, page, abortSignal) => {
			const command = new library.ListObjectsV2Command({
				Bucket,
				Prefix,
				Delimiter: "/",
				MaxKeys: page.size,
				...(page.token === undefined ? {} : { ContinuationToken: page.token }),
			});
			const output = await client.send(command, { abortSignal });
			return {
				keys: (output.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [Key])),
				prefixes: (output.CommonPrefixes ?? []).flatMap(({ Prefix: name }) => (name === undefined ? [] : [name])),
				...(output.NextContinuationToken === undefined ? {} : { next: output.NextContinuationToken }),
			};
		},
	};
}

/** The client keeps the time of an answer to itself: it is picked up on the way. ms since 1970. */
function dateOf(command: InstanceType<Library["GetObjectCommand"]>): () => number | undefined {
	let date: number | undefined;
	command.middlewareStack.add(
		(next) => async (args) => {
			const result = await next(args);
			date = headerDate(result.response);
			return result;
		},
		{ step: "deserialize", name: "nnvolDate" },
	);
	return () => date;
}

function headerDate(response: unknown): number | undefined {
	if (typeof response !== "object" || response === null || !("headers" in response)) return undefined;
	const { headers } = response;
	if (typeof headers !== "object" || headers === null || !("date" in headers)) return undefined;
	const date = Date.parse(String(headers.date));
	return Number.isFinite(date) ? date : undefined;
}

/** The body of an answer is a stream in Node. */
function isStream(body: unknown): body is ByteStream {
	return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}

function drop(body: unknown): void {
	if (body instanceof Readable) body.destroy();
}

/** The body of an answer without one. */
export async function* noBytes(): AsyncGenerator<Uint8Array> {}

/** What the client's error says of the answer; undefined where there was none (a lost connection). */
export function s3Fault(
	error: unknown,
): { readonly status: number; readonly code: string; readonly detail: string } | undefined {
	if (!(error instanceof Error) || systemCode(error) !== "") return undefined;
	const metadata: unknown = "$metadata" in error ? error.$metadata : undefined;
	if (typeof metadata !== "object" || metadata === null || !("httpStatusCode" in metadata)) return undefined;
	const status = metadata.httpStatusCode;
	if (typeof status !== "number" || status < 300) return undefined;
	return {
		status,
		code: error.name,
		detail: error.message === error.name ? error.name : `${error.name}: ${error.message}`,
	};
}
