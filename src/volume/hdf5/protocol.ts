/**
 * What readers and writers of HDF5 say to the threads that hold the files.
 *
 * @module
 */
import type { NdArray } from "../../core/array.ts";
import type { Box } from "../../core/box.ts";
import { type ErrorCode, errorText, isNnvolError, NnvolError } from "../../core/errors.ts";
import { systemCode } from "../../core/system-fault.ts";
import type { VolumeInfo, VolumeSpec } from "../volume.ts";

/** What a thread is asked for; `file` is the number it gave when it opened or created one. */
export type Task =
	| { readonly kind: "open"; readonly path: string; readonly dataset: string | undefined }
	| { readonly kind: "read"; readonly file: number; readonly box: Box }
	| { readonly kind: "create"; readonly path: string; readonly spec: VolumeSpec }
	| { readonly kind: "write"; readonly file: number; readonly start: readonly number[]; readonly array: NdArray }
	| { readonly kind: "finish" | "close"; readonly file: number };

/** A task with its number. */
export type Request = { readonly id: number; readonly task: Task };

/** What comes of a task. */
export type Result =
	| { readonly kind: "opened"; readonly file: number; readonly info: VolumeInfo }
	| { readonly kind: "created"; readonly file: number }
	| { readonly kind: "voxels"; readonly array: NdArray }
	| { readonly kind: "done" }
	| { readonly kind: "failed"; readonly error: ErrorRecord };

/** The result of the request of the same number. */
export type Response = { readonly id: number; readonly result: Result };

/** An error on its way between threads. `system` is the operating system's code below it: what a full disk is known by. */
export type ErrorRecord = {
	readonly code: ErrorCode;
	readonly message: string;
	readonly fields: Readonly<Record<string, unknown>>;
	readonly transient: boolean;
	readonly system: string;
	readonly reason: string;
};

/** `error` as plain data. */
export function recordOf(error: unknown): ErrorRecord {
	const own = isNnvolError(error) ? error : new NnvolError("VOLUME", errorText(error));
	const { code, message, fields, transient, cause } = own;
	return {
		code,
		message,
		fields,
		transient,
		system: systemCode(cause),
		reason: cause === undefined ? "" : errorText(cause),
	};
}

/** The error that `recordOf` was given, with its cause by kind and message. */
export function revive({ code, message, fields, transient, system, reason }: ErrorRecord): NnvolError {
	const cause = Object.assign(new Error(reason), system === "" ? {} : { code: system });
	return new NnvolError(code, message, { fields, transient, ...(reason === "" ? {} : { cause }) });
}
