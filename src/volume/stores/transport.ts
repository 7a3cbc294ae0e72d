/**
 * HTTP requests that arrive: bounded in number a host, timed, tried again after what may pass, checked for their length.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import { isNnvolError, NnvolError } from "../../core/errors.ts";
import { isPassingFault, systemCode } from "../../core/system-fault.ts";
import { saysMissing, statusError } from "./answer.ts";
import { type ByteStream, readPart, TooLong } from "./body.ts";
import { isPacked, unpacked } from "./content-encoding.ts";
import { Gate } from "./gate.ts";
import { withoutSecrets } from "./location.ts";
import { persist } from "./persist.ts";
import { patience, type Tuning } from "./tuning.ts";
import { Watch } from "./watch.ts";
import { sendWire } from "./wire.ts";

/** One request. */
export type HttpRequest = {
	readonly url: string;
	/** What messages call it; the URL without its secrets where this is missing. */
	readonly place?: string;
	readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
	/** For messages. */
	readonly action: "read" | "write" | "remove" | "list";
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: Uint8Array;
	readonly signal?: AbortSignal;
};

/** What came back; the body is read once, within the call that hands it over. */
export type HttpAnswer = {
	readonly status: number;
	/** By a name in small letters. */
	readonly header: (name: string) => string | null;
	/** Bytes of the body as the server tells them; undefined where it does not, or where they are packed on the way. */
	readonly length: number | undefined;
	readonly body: ByteStream;
};

/** The status besides 2xx that a caller takes in its own hands. */
const RANGE_BEYOND = 416;

/** Most bytes that are read of a refusal. */
const MOST_DETAIL = 1 << 14;

const gates = new Map<string, Gate>();

/**
 * Sends a request until it is answered and `use` has read the answer. `headers` are asked for anew at each try (tokens end).
 *
 * @returns undefined where the server says that nothing is there
 * @throws VOLUME naming the URL, the status and the next step; CANCELLED
 */
export function exchange<T>(
	tuning: Tuning,
	request: HttpRequest,
	use: (answer: HttpAnswer) => Promise<T>,
	headers: () => Promise<Readonly<Record<string, string>>> = async () => ({}),
): Promise<T | undefined> {
	const gate = gateOf(request.url, tuning);
	return persist(tuning, request.signal, async () => {
		const more = await headers();
		return gate.run(() => exchangeOnce(tuning, { ...request, headers: { ...request.headers, ...more } }, use));
	});
}

/** The gate of a host: its requests, of all stores, pass through it. */
export function gateOf(url: string, tuning: Tuning): Gate {
	const { origin } = new URL(url);
	const key = origin === "null" ? url : origin;
	const gate = gates.get(key) ?? new Gate(tuning.perHost);
	gates.set(key, gate);
	return gate;
}

async function exchangeOnce<T>(
	tuning: Tuning,
	request: HttpRequest,
	use: (answer: HttpAnswer) => Promise<T>,
): Promise<T | undefined> {
	const watch = new Watch(patience(tuning, request.body?.length ?? 0), request.signal);
	try {
		const answer = await sendWire({
			url: request.url,
			method: request.method,
			// packed on the way, neither lengths nor ranges would be those of the value
			headers: { "accept-encoding": "identity", ...request.headers },
			signal: watch.signal,
			...(request.body === undefined ? {} : { body: request.body }),
		});
		watch.touch();
		return await take(request, answer, watch, use).finally(() => answer.destroy());
	} catch (cause) {
		throw failure(request, watch, cause);
	} finally {
		watch.stop();
	}
}

async function take<T>(
	request: HttpRequest,
	answer: IncomingMessage,
	watch: Watch,
	use: (answer: HttpAnswer) => Promise<T>,
): Promise<T | undefined> {
	const status = answer.statusCode ?? 0;
	const header = (name: string): string | null => answer.headers[name]?.toString() ?? null;
	const body = watched(answer, watch);
	const isGood = (status >= 200 && status < 300) || status === RANGE_BEYOND;
	if (!isGood) {
		// a short text is read to its end, so that the connection can be used again
		const detail = await readPart(body, 0, MOST_DETAIL).then(textOf, () => "");
		if (saysMissing(status)) return undefined;
		throw statusError(placeOf(request), request.action, status, { detail, retryAfter: header("retry-after") });
	}
	const encoding = header("content-encoding");
	if (isPacked(encoding)) return use({ status, header, length: undefined, body: unpacked(body, encoding) });
	const claimed = Number(header("content-length") ?? Number.NaN);
	return use({ status, header, length: Number.isSafeInteger(claimed) ? claimed : undefined, body });
}

async function* watched(answer: IncomingMessage, watch: Watch): AsyncGenerator<Uint8Array> {
	for await (const part of answer) {
		watch.touch();
		yield part;
	}
}

/** What a server says of its refusal: without the tags of XML, and nothing of a web page. */
function textOf(bytes: Uint8Array): string {
	const text = new TextDecoder().decode(bytes);
	return /<html/i.test(text) ? "" : text.replace(/<[^>]*>/g, " ");
}

function placeOf(request: Pick<HttpRequest, "url" | "place">): string {
	return request.place ?? withoutSecrets(request.url);
}

/** Any fault of a try as an error with the URL in it; transient where it may pass. */
export function failure(
	request: Pick<HttpRequest, "url" | "place" | "action" | "signal">,
	watch: Watch,
	cause: unknown,
): NnvolError {
	const place = placeOf(request);
	if (isNnvolError(cause)) return cause;
	if (cause instanceof TooLong)
		return new NnvolError("VOLUME", `${place}: ${cause.message}`, { fields: { path: place } });
	if (request.signal?.aborted === true) {
		return new NnvolError("CANCELLED", "interrupted; run the same command again to go on", { cause });
	}
	const what = watch.isSilent
		? "the server is silent; run again, or give it more time (NNVOL_STORE_TIMEOUT)"
		: reasonOf(cause);
	return new NnvolError("VOLUME", `${place}: cannot ${request.action}: ${what}`, {
		cause,
		fields: { path: place },
		transient: watch.isSilent || isPassing(cause),
	});
}

const REASONS: Readonly<Record<string, string>> = {
	ENOTFOUND: "there is no such host; check the address",
	EAI_AGAIN: "the host's name cannot be looked up; check the network",
	ECONNREFUSED: "the host refuses the connection; check that the server runs there, and the port",
	ECONNRESET: "the connection was lost; run again",
	EPIPE: "the connection was lost; run again",
	ETIMEDOUT: "the host does not answer; check the address and the network",
};

function reasonOf(error: unknown): string {
	const code = codeOf(error);
	const reason = REASONS[code];
	if (reason !== undefined) return reason;
	if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code)) {
		return `the host's certificate is not trusted (${code}); NODE_EXTRA_CA_CERTS names further authorities`;
	}
	return code === "" ? "the connection failed; run again" : `the connection failed (${code}); run again`;
}

/** The code of the fault, or of one below it. */
function codeOf(error: unknown): string {
	for (let e = error; e instanceof Error; e = e.cause) {
		const code = systemCode(e);
		if (code !== "") return code;
	}
	return "";
}

/** Lost connections, broken answers, names that cannot be looked up now. */
function isPassing(error: unknown): boolean {
	const code = codeOf(error);
	if (code.startsWith("HPE_") || PASSING.has(code)) return true;
	for (let e = error; e instanceof Error; e = e.cause) if (isPassingFault(e)) return true;
	return false;
}

/** Besides those of the operating system: names, streams, what is packed and cut off. */
const PASSING: ReadonlySet<string> = new Set(["EAI_AGAIN", "ERR_STREAM_PREMATURE_CLOSE", "Z_BUF_ERROR"]);
