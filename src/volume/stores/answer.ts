/**
 * What the status of an HTTP answer means: a value, none, a passing fault, an error with its next step.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";
import { withoutSecrets } from "./location.ts";

const MEANING: Readonly<Record<number, string>> = {
	400: "the server does not understand the request; check the address",
	401: "it wants credentials; see docs/stores.md for how to give them",
	403: "access is denied; check the credentials and the rights on it (a bucket that may not be listed answers so for what is missing too: NNVOL_FORBIDDEN_IS_MISSING=1 takes it so)",
	405: "the server does not allow this; check that the address is that of a store",
	408: "the server waited too long; run again",
	411: "the server wants to know the length before; name another store",
	412: "somebody else has changed it meanwhile; run again",
	413: "the value is too large for the server; choose smaller shards",
	429: "too many requests; run again later, or with fewer at once (NNVOL_STORE_REQUESTS)",
	503: "the server is busy; run again later, or with fewer requests at once (NNVOL_STORE_REQUESTS)",
	507: "no space is left on the server; free some and run again",
};

/** True for an answer that says that nothing is there. */
export function saysMissing(status: number): boolean {
	if (status === 403) return process.env["NNVOL_FORBIDDEN_IS_MISSING"] === "1";
	return status === 404 || status === 410;
}

/** The error for a status other than 2xx; transient where trying again may help. */
export function statusError(
	url: string,
	action: "read" | "write" | "remove" | "list",
	status: number,
	more: { readonly detail?: string; readonly retryAfter?: string | null } = {},
): NnvolError {
	const place = withoutSecrets(url);
	const detail = more.detail === undefined || more.detail === "" ? "" : ` (${shorten(more.detail)})`;
	const meaning = MEANING[status] ?? (status >= 500 ? "the server failed; run again later" : "check the address");
	const wait = waitOf(more.retryAfter);
	return new NnvolError("VOLUME", `${place}: cannot ${action}: HTTP ${status}${detail}: ${meaning}`, {
		fields: { path: place, status, ...(wait === undefined ? {} : { retryAfter: wait }) },
		transient:
			status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505 && status !== 507),
	});
}

/** Milliseconds of a `Retry-After`: seconds, or a date. */
function waitOf(header: string | null | undefined): number | undefined {
	if (header === null || header === undefined || header.trim() === "") return undefined;
	const seconds = Number(header);
	const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
	return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}

function shorten(text: string): string {
	const line = text.replace(/\s+/g, " ").trim();
	return line.length > 200 ? `${line.slice(0, 200)}...` : line;
}
