/**
 * HTTP requests that arrive: bounded in number a host, timed, tried again after what may pass, checked for their length.
 *
 * @module
 */
import { isNnvolError, NnvolError } from "../../core/errors.ts";
import { isPassingFault, systemCode } from "../../core/system-fault.ts";
import { saysMissing, statusError } from "./answer.ts";
import { type ByteStream, TooLong } from "./body.ts";
import { Gate } from "./gate.ts";
import { withoutSecrets } from "./location.ts";
import { persist } from "./persist.ts";
import { patience, type Tuning } from "./tuning.ts";
import { Watch } from "./watch.ts";

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
	readonly headers: Headers;
	/** Bytes of the body as the server tells them; undefined where it does not, or where they are packed on the way. */
	readonly length: number | undefined;
	readonly body: ByteStream;
};

/** Statuses besides 2xx that a caller takes in its own hands. */
const RANGE_BEYOND = 416;

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
		const response = await fetch(request.url, {
			method: request.method,
			// without it bodies come packed, and neither lengths nor ranges are those of the value
			headers: { "accept-encoding": "identity", ...request.headers },
			signal: watch.signal,
			...(request.body === undefined ? {} : { body: new Uint8Array(request.body) }),
		});
		watch.touch();
		return await take(request, response, watch, use);
	} catch (cause) {
		throw failure(request, watch, cause);
	} finally {
		watch.stop();
	}
}

async function take<T>(
	request: HttpRequest,
	response: Response,
	watch: Watch,
	use: (answer: HttpAnswer) => Promise<T>,
): Promise<T | undefined> {
	const { status, headers } = response;
	if (saysMissing(status)) {
		await drain(response);
		return undefined;
	}
	if (!response.ok && status !== RANGE_BEYOND) {
		const detail = (await response.text().catch(() => "")).slice(0, 4096);
		const isPage = /<html/i.test(detail);
		throw statusError(placeOf(request), request.action, status, {
			detail: isPage ? "" : detail.replace(/<[^>]*>/g, " "),
			retryAfter: headers.get("retry-after"),
		});
	}
	const claimed = headers.get("content-encoding") === null ? Number(headers.get("content-length") ?? "x") : Number.NaN;
	const length = Number.isSafeInteger(claimed) ? claimed : undefined;
	const result = await use({ status, headers, length, body: partsOf(response, watch) });
	await drain(response);
	return result;
}

/** What is not read is let go, so that the connection is free. */
async function drain(response: Response): Promise<void> {
	if (!response.bodyUsed) await response.body?.cancel().catch(() => undefined);
}

async function* partsOf(response: Response, watch: Watch): AsyncGenerator<Uint8Array> {
	if (response.body === null) return;
	for await (const part of response.body) {
		watch.touch();
		yield part;
	}
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
	UND_ERR_SOCKET: "the connection was lost; run again",
	UND_ERR_CONNECT_TIMEOUT: "the host does not answer; check the address and the network",
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

/** The code of the fault below what `fetch` throws. */
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
	if (code === "UND_ERR_INVALID_ARG") return false;
	if (code.startsWith("UND_ERR_") || code.startsWith("HPE_") || code === "EAI_AGAIN") return true;
	for (let e = error; e instanceof Error; e = e.cause) if (isPassingFault(e)) return true;
	// what is cut off in the middle of a body
	return error instanceof TypeError && error.message === "terminated";
}
