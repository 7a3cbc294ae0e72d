/**
 * What goes between a streamed run and the thread that reads and writes for it.
 *
 * @module
 */
import type { NdArray } from "../../core/array.ts";
import type { Box } from "../../core/box.ts";
import { causesOf, type ErrorCode, errorText, isNnvolError, NnvolError } from "../../core/errors.ts";
import { systemCode } from "../../core/system-fault.ts";
import type { FormatName, OpenOptions, VolumeSpec } from "../../volume/volume.ts";

import type { CutItem } from "../tile-cutter.ts";
import type { SourceSpec } from "./cut-source.ts";
import type { WindowView } from "./window-cutter.ts";

/** What was written of a block. */
export type Written = {
	/** `checksumOf` its voxels. */
	readonly checksum: string;
	/** The largest of its values, where it was asked for. */
	readonly highest?: number;
};

/** What is asked. `handle` names something that was opened. */
export type IoTask =
	| { readonly kind: "open-reader"; readonly path: string; readonly options: Omit<OpenOptions, "signal"> }
	| { readonly kind: "read"; readonly handle: number; readonly box: Box }
	| { readonly kind: "open-writer"; readonly path: string; readonly format: FormatName; readonly spec: VolumeSpec }
	| {
			readonly kind: "write";
			readonly handle: number;
			readonly start: readonly number[];
			readonly array: NdArray;
			readonly wantsHighest: boolean;
	  }
	| { readonly kind: "open-source"; readonly source: SourceSpec }
	| {
			readonly kind: "open-window";
			readonly handle: number;
			readonly area: Box;
			readonly slab: number;
			readonly tries: number;
	  }
	| {
			readonly kind: "cut";
			readonly handle: number;
			readonly items: readonly CutItem<WindowView>[];
			readonly buffer?: Float32Array<ArrayBuffer>;
	  }
	| { readonly kind: "finish"; readonly handle: number }
	| { readonly kind: "close"; readonly handle: number };

/** What is answered. */
export type IoResult =
	| { readonly kind: "opened"; readonly handle: number }
	| { readonly kind: "read"; readonly array: NdArray }
	| { readonly kind: "cut"; readonly data: Float32Array<ArrayBuffer> }
	| { readonly kind: "written"; readonly written: Written; readonly data: NdArray["data"] }
	| { readonly kind: "done" }
	| { readonly kind: "failed"; readonly error: ErrorRecord };

export type IoRequest = { readonly id: number; readonly task: IoTask };
export type IoResponse = { readonly id: number; readonly result: IoResult };

/** An error on its way between threads. */
export type ErrorRecord = {
	readonly code: ErrorCode;
	readonly message: string;
	readonly fields: Readonly<Record<string, unknown>>;
	readonly transient: boolean;
	/** Code of the system's fault below it: "ENOSPC". */
	readonly system?: string;
};

/** The record of an error. */
export function record(error: unknown): ErrorRecord {
	const faults = [...causesOf(error)].filter((cause) => !isNnvolError(cause));
	const system = faults.map((cause) => systemCode(cause)).find((code) => code !== "");
	const known = isNnvolError(error);
	return {
		code: known ? error.code : "VOLUME",
		message: errorText(error),
		fields: known ? plain(error.fields) : {},
		transient: known && error.transient,
		...(system === undefined ? {} : { system }),
	};
}

/** The error of a record. */
export function revive({ code, message, fields, transient, system }: ErrorRecord): NnvolError {
	const cause = system === undefined ? undefined : Object.assign(new Error(message), { code: system, syscall: "io" });
	return new NnvolError(code, message, { fields, transient, ...(cause === undefined ? {} : { cause }) });
}

/** Fields that can be sent. */
function plain(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
	return Object.fromEntries(Object.entries(fields).filter(([, value]) => typeof value !== "function"));
}
