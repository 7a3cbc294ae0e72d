/**
 * Faults of the operating system: their codes, and which of them may pass by themselves.
 *
 * @module
 */

/** Busy or stale network file systems, lost connections, too many open files: trying again may help. */
const PASSING: ReadonlySet<string> = new Set([
	"EAGAIN",
	"EBUSY",
	"ECONNABORTED",
	"ECONNREFUSED",
	"ECONNRESET",
	"EHOSTUNREACH",
	"EINTR",
	"EIO",
	"EMFILE",
	"ENETDOWN",
	"ENETUNREACH",
	"ENFILE",
	"ENOLCK",
	"EPIPE",
	"EREMOTEIO",
	"ESTALE",
	"ETIMEDOUT",
]);

/** `ENOENT` and the like of an error of the operating system; "" for anything else. */
export function systemCode(error: unknown): string {
	return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** True for a fault that may pass; causes below `error` are not looked at. */
export function isPassingFault(error: unknown): boolean {
	return PASSING.has(systemCode(error));
}
