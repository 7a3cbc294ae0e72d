/**
 * Makes the errors of one file: each names the file, what is wrong with it and what to do next.
 *
 * @module
 */
import { type ErrorCode, NnvolError } from "../core/errors.ts";

/** Builds (does not throw) the error for `what` is wrong; `next` is the user's next step. */
export type Fault = (what: string, next?: string, cause?: unknown) => NnvolError;

/** The next step where a file's bytes are not what they should be. */
export const COPY_AGAIN = "The file is damaged or incomplete: copy or download it again and compare its checksum";

/** Passing faults of network file systems, worth another try. */
const TRANSIENT: ReadonlySet<string> = new Set(["EIO", "EAGAIN", "EBUSY", "ESTALE", "ETIMEDOUT", "EMFILE", "ENFILE"]);

/** Faults of the file at `path`, of kind `code`; the default next step is to get the file again. */
export function faultOf(code: ErrorCode, path: string): Fault {
	return (what, next = COPY_AGAIN, cause = undefined) =>
		new NnvolError(code, `${path}: ${what}. ${next}.`, {
			cause,
			fields: { path },
			transient: TRANSIENT.has(systemCode(cause)),
		});
}

/** `ENOENT` and the like of an error of the operating system; "" for anything else. */
export function systemCode(error: unknown): string {
	return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}
