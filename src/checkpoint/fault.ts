/**
 * Makes the errors of one file: each names the file, what is wrong with it and what to do next.
 *
 * @module
 */
import { type ErrorCode, NnvolError } from "../core/errors.ts";
import { isPassingFault } from "../core/system-fault.ts";

/** Builds (does not throw) the error for `what` is wrong; `next` is the user's next step. */
export type Fault = (what: string, next?: string, cause?: unknown) => NnvolError;

/** The next step where a file's bytes are not what they should be. */
export const COPY_AGAIN = "The file is damaged or incomplete: copy or download it again and compare its checksum";

/** Faults of the file at `path`, of kind `code`; the default next step is to get the file again. */
export function faultOf(code: ErrorCode, path: string): Fault {
	return (what, next = COPY_AGAIN, cause = undefined) =>
		new NnvolError(code, `${path}: ${what}. ${next}.`, {
			cause,
			fields: { path },
			transient: isPassingFault(cause),
		});
}
