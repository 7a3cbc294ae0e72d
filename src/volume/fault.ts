/**
 * Errors of files: the VOLUME error for a file that cannot be read or written, and which faults may pass by themselves.
 *
 * @module
 */
import { isNnvolError, NnvolError } from "../core/errors.ts";
import { isPassingFault, systemCode } from "../core/system-fault.ts";

const MEANING: Readonly<Record<string, string>> = {
	ENOENT: "there is no such file or folder; check the path",
	EACCES: "permission denied; check the rights on it",
	EPERM: "permission denied; check the rights on it",
	EISDIR: "it is a folder, a file was expected",
	ENOTDIR: "a part of the path is a file, a folder was expected",
	ENOSPC: "no space is left on the disk; free some and run again",
	EDQUOT: "the disk quota is used up; free some space and run again",
	EROFS: "the file system is read-only; choose another place",
	ENAMETOOLONG: "the name is too long for the file system",
};

/** A VOLUME error about the file `path`: `PATH: message`; transient where `cause` is a fault that may pass. */
export function volumeError(path: string, message: string, cause?: unknown): NnvolError {
	return new NnvolError("VOLUME", `${path}: ${message}`, {
		fields: { path },
		transient: isPassingFault(cause),
		...(cause === undefined ? {} : { cause }),
	});
}

/** Any fault met while `action` ("read", "write") was done to `path`, as nnvol's own error; its own errors pass unchanged. */
export function fileError(path: string, action: string, cause: unknown): NnvolError {
	if (isNnvolError(cause)) return cause;
	const meaning = MEANING[systemCode(cause)];
	return volumeError(path, `cannot ${action}${meaning === undefined ? "" : `: ${meaning}`}`, cause);
}
