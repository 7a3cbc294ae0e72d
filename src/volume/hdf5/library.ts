/**
 * The HDF5 library (compiled to WebAssembly), loaded at first use; the only file that loads it.
 *
 * The C library reports failures as text on its standard error and its bindings drop many statuses, so every call
 * goes through `attempt`: the text is caught, nothing reaches the console, and any text makes an error.
 * A badly damaged file can crash the library itself. That instance is then given up with the files open in it, and
 * the next `loadHdf5` starts another, so that one bad file never spoils those after it.
 * Calls are synchronous. The library's memory grows to the largest slab ever moved (2 GiB at most) and never shrinks.
 *
 * @module
 */
import { closeSync } from "node:fs";
import type { Metadata } from "h5wasm/node";
import { NnvolError } from "../../core/errors.ts";
import { fileError, volumeError } from "../fault.ts";

/** The raw bindings. */
export type H5Module = typeof import("h5wasm/node")["Module"];

/** What the library knows of the type and extent of a data set or an attribute. */
export type H5Metadata = Metadata;

/** One instance of the library, for this thread. */
export class Hdf5 {
	readonly #module: H5Module;
	readonly #reported: string[];
	#crashed = false;

	constructor(module: H5Module, reported: string[]) {
		this.#module = module;
		this.#reported = reported;
	}

	/** True once the library itself has failed: nothing can be done with it. */
	get crashed(): boolean {
		return this.#crashed;
	}

	/**
	 * Runs `action` on the library. @throws VOLUME `PATH: what: reason` where it throws, returns a failed status (a
	 * negative number) or HDF5 reports an error.
	 */
	attempt<T>(path: string, what: string, action: (module: H5Module) => T): T {
		if (this.#crashed) throw volumeError(path, `${what}: the HDF5 library failed on a damaged file; run again`);
		this.#reported.length = 0;
		try {
			const value = action(this.#module);
			if (this.#reported.length === 0 && !isFailedStatus(value)) return value;
		} catch (cause) {
			if (isCrash(cause)) this.#giveUp();
			throw faultOf(path, what, this.#reported, cause);
		}
		throw faultOf(path, what, this.#reported, undefined);
	}

	/** Closes every file the crashed library had open. */
	#giveUp(): void {
		this.#crashed = true;
		for (const stream of streamsOf(this.#module).slice(FIRST_FILE)) {
			const fd: unknown = typeof stream === "object" && stream !== null ? Reflect.get(stream, "nfd") : undefined;
			if (typeof fd === "number" && fd >= FIRST_FILE) closeQuietly(fd);
		}
	}
}

let loading: Promise<Hdf5> | undefined;

/** The library of this thread; a fresh one where the last has crashed. @throws VOLUME where it cannot be loaded */
export async function loadHdf5(): Promise<Hdf5> {
	if (loading !== undefined && (await loading).crashed) loading = undefined;
	loading ??= load().catch((cause: unknown) => {
		loading = undefined;
		throw new NnvolError("VOLUME", "the HDF5 library (package h5wasm) cannot be loaded; install nnvol again", {
			cause,
		});
	});
	return loading;
}

/** The package's entry makes one instance for good, so the factory beside it is called. */
async function load(): Promise<Hdf5> {
	const factory: unknown = Reflect.get(
		await import(new URL("hdf5_util.js", import.meta.resolve("h5wasm/node")).href),
		"default",
	);
	if (typeof factory !== "function") throw new TypeError("h5wasm: no module factory");
	const reported: string[] = [];
	const note = (text: unknown) => reported.push(String(text));
	const module: unknown = await factory({ noInitialRun: true, print: note, printErr: note });
	if (!isModule(module)) throw new TypeError("h5wasm: not the bindings that were expected");
	captureStandardError(module, reported);
	return new Hdf5(module, reported);
}

function isModule(value: unknown): value is H5Module {
	const names = ["open", "close_file", "get_dataset_data", "create_dataset", "_malloc", "_free"];
	if (typeof value !== "object" || value === null) return false;
	return names.every((name) => typeof Reflect.get(value, name) === "function") && streamsOf(value).length > 2;
}

/** Open files of the library, by its own descriptors; the first three are standard input, output and error. */
function streamsOf(module: object): unknown[] {
	const fs: unknown = Reflect.get(module, "FS");
	const streams: unknown = typeof fs === "object" && fs !== null ? Reflect.get(fs, "streams") : undefined;
	return Array.isArray(streams) ? streams : [];
}

const STANDARD_ERROR = 2;
const FIRST_FILE = 3;
const CHARACTER_DEVICE = 0o020666;

/** Routes what the library writes to standard error into `reported`. */
function captureStandardError(module: H5Module, reported: string[]): void {
	const stream = streamsOf(module)[STANDARD_ERROR];
	if (typeof stream !== "object" || stream === null) throw new TypeError("h5wasm: no standard error stream");
	const decoder = new TextDecoder();
	const write = (_stream: unknown, buffer: Int8Array, offset: number, length: number): number => {
		reported.push(decoder.decode(buffer.slice(offset, offset + length)));
		return length;
	};
	Object.assign(stream, { stream_ops: { write }, node: { mode: CHARACTER_DEVICE }, seekable: false });
}

/** Negative numbers are HDF5's failed statuses and identifiers; no call of ours returns one that means something else. */
function isFailedStatus(value: unknown): boolean {
	return (typeof value === "number" || typeof value === "bigint") && value < 0;
}

/** A trap, an abort or an overflown stack, after which the library's memory cannot be trusted. */
function isCrash(cause: unknown): boolean {
	return cause instanceof Error && (cause.name === "RuntimeError" || cause.name === "RangeError");
}

/** The error for a failed call. A fault of the system under the library is told as such, with its code, so that a full disk is known for one. */
function faultOf(path: string, what: string, reported: readonly string[], thrown: unknown): NnvolError {
	const stack = reported.join("");
	const message = /error message = '([^']+)'/.exec(stack)?.[1];
	const code = message === undefined ? undefined : SYSTEM_CODES[message];
	if (message !== undefined && code !== undefined) {
		return fileError(
			path,
			what.replace(/^cannot /, ""),
			withStack(Object.assign(new Error(`${code}: ${message}`), { code }), stack),
		);
	}
	const reason = reasonOf(reported) ?? (thrown === undefined ? "the HDF5 library gave no reason" : textOf(thrown));
	return volumeError(path, `${what}: ${reason}`, thrown ?? withStack(new Error(reason), stack));
}

/** What the library's C runtime calls the faults that a run must know. */
const SYSTEM_CODES: Readonly<Record<string, string>> = {
	"No space left on device": "ENOSPC",
	"Quota exceeded": "EDQUOT",
	"Disk quota exceeded": "EDQUOT",
	"I/O error": "EIO",
	"Input/output error": "EIO",
	"Read-only file system": "EROFS",
	"Stale file handle": "ESTALE",
};

/** The library's own account, for those who debug; users see the message alone. */
function withStack(error: Error, stack: string): Error {
	if (stack !== "") error.stack = `${error.message}\n${stack}`;
	return error;
}

/** The innermost message of an HDF5 error stack, which names the cause: "truncated file: eof = ...". */
function reasonOf(reported: readonly string[]): string | undefined {
	return [...reported.join("").matchAll(/ in \w+\(\): (.+)/g)].at(-1)?.[1];
}

function textOf(cause: unknown): string {
	return cause instanceof Error ? cause.message : String(cause);
}

function closeQuietly(fd: number): void {
	try {
		closeSync(fd);
	} catch {}
}
