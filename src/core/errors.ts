/**
 * The one family of errors.
 *
 * A message names the thing, what was expected, what was found and the next step; `code` tells the kind,
 * `fields` carry the facts for machines, `cause` the error below. `exitCode` is what the command ends with
 * where the error ends the run: 2 for wrong arguments or configuration, 1 for anything else.
 *
 * @module
 */

/** The kinds of error. Each names the layer that cannot go on. */
export type ErrorCode =
	| "CHECKPOINT" // the .pth file cannot be read: damaged, foreign, or asks for what is not allowed
	| "MODEL" // plans.json, dataset.json and weights do not make a model that is known
	| "GRAPH" // the network cannot be written as ONNX
	| "RUNTIME" // the network cannot be run: device, memory, non-finite output
	| "VOLUME" // an image or volume cannot be read or written
	| "CONFIG" // wrong configuration or arguments
	| "INPUT" // inputs that do not fit: none matched, clashing names, missing channels
	| "RUN" // a run cannot go on: output from another model, every input failed
	| "UNBUILT" // a feature that exists as a name only
	| "CANCELLED"; // the user interrupted

/** What an error carries besides its message. */
export type ErrorOptions = {
	readonly cause?: unknown;
	/** Facts for machines: paths, shapes, names. */
	readonly fields?: Readonly<Record<string, unknown>>;
	/** True where trying again may help (a network file system's passing fault). */
	readonly transient?: boolean;
};

/** Any error that nnvol throws on purpose. */
export class NnvolError extends Error {
	override readonly name = "NnvolError";
	readonly code: ErrorCode;
	readonly fields: Readonly<Record<string, unknown>>;
	readonly transient: boolean;

	constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
		super(message, options.cause === undefined ? {} : { cause: options.cause });
		this.code = code;
		this.fields = options.fields ?? {};
		this.transient = options.transient ?? false;
	}

	/** What the command ends with where this error ends the run. */
	get exitCode(): number {
		switch (this.code) {
			case "CONFIG":
			case "INPUT":
			case "UNBUILT":
				return 2;
			case "CANCELLED":
				return 130;
			case "CHECKPOINT":
			case "MODEL":
			case "GRAPH":
			case "RUNTIME":
			case "VOLUME":
			case "RUN":
				return 1;
			default:
				return assertNever(this.code);
		}
	}
}

/** True where `error` is nnvol's own and, with `codes`, of one of these kinds. */
export function isNnvolError(error: unknown, ...codes: readonly ErrorCode[]): error is NnvolError {
	return error instanceof NnvolError && (codes.length === 0 || codes.includes(error.code));
}

/**
 * `message: cause: its cause`, each once, for people. A system error as a cause is cut to its kind ("ENOENT: no such file
 * or directory"), a library's to its first line.
 */
export function errorText(error: unknown): string {
	const parts: string[] = [];
	for (const e of causesOf(error)) {
		const full = e instanceof Error ? e.message || e.name : String(e);
		const text =
			parts.length > 0 && e instanceof Error && "syscall" in e
				? full.replace(/^(E[A-Z0-9]+: [^,]+), .*$/s, "$1")
				: parts.length > 0 && !isNnvolError(e)
					? firstLine(full)
					: full;
		if (!parts.some((part) => part.includes(text))) parts.push(text);
	}
	return parts.join(": ");
}

function firstLine(text: string): string {
	const [line = ""] = text.trim().split("\n");
	return line.replace(/[:;,]$/, "");
}

/** `error`, its cause, the cause of that, and so on, each once. */
export function causesOf(error: unknown): Set<unknown> {
	const causes = new Set<unknown>();
	for (let e: unknown = error; e !== undefined && e !== null && !causes.has(e); ) {
		causes.add(e);
		e = e instanceof Error ? e.cause : undefined;
	}
	return causes;
}

/** Ends a `switch` over a union: the compiler objects where a case is missing. */
export function assertNever(value: never): never {
	throw new TypeError(`unexpected value ${JSON.stringify(value)}`);
}

/** Throws CANCELLED where `signal` was raised. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
	if (signal?.aborted) throw new NnvolError("CANCELLED", "interrupted; run the same command again to go on");
}
