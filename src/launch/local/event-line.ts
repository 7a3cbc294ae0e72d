/**
 * Lines that workers write with `--json`: events, and the error that a worker ends by.
 *
 * Lines that are neither (a library's own words, an event of another version) are passed over.
 *
 * @module
 */
import { z } from "zod";
import type { ErrorCode } from "../../core/errors.ts";
import type { Phase, RunEvent } from "../../core/events.ts";

const PHASES = [
	"unpacking",
	"measuring",
	"resampling",
	"assembling",
	"masking",
	"labelling",
	"joining",
	"flooding",
	"scaling",
	"writing",
] as const satisfies readonly Phase[];

const CODES = [
	"CHECKPOINT",
	"MODEL",
	"GRAPH",
	"RUNTIME",
	"VOLUME",
	"CONFIG",
	"INPUT",
	"RUN",
	"UNBUILT",
	"CANCELLED",
] as const satisfies readonly ErrorCode[];

const text = z.string();
const number = z.number();
const maybe = z.number().exactOptional();
const seconds = z.record(text, number).exactOptional();
const box = z.object({ start: z.array(number), stop: z.array(number) });
const ofCase = <K extends string>(kind: K) => ({ kind: z.literal(kind), id: text });

const event = z.discriminatedUnion("kind", [
	z.object({ kind: z.literal("started"), total: number, skipped: number, remaining: number }),
	z.object(ofCase("case-started")),
	z.object({ ...ofCase("tile"), done: number, total: number, voxels: maybe }),
	z.object({ ...ofCase("phase"), phase: z.enum(PHASES), done: number, total: number }),
	z.object({ ...ofCase("block"), done: number, total: number, failed: number, timing: seconds }),
	z.object({ ...ofCase("block-done"), block: number, voxels: number, seconds: number, worker: text }),
	z.object({
		...ofCase("block-failed"),
		block: number,
		box,
		error: text,
		code: text.exactOptional(),
		attempts: number,
		worker: text,
	}),
	z.object({ ...ofCase("retry"), attempt: number, error: text }),
	z.object({ ...ofCase("case-done"), output: text, seconds: number, timing: seconds }),
	z.object({ ...ofCase("case-failed"), error: text, code: text.exactOptional() }),
	z.object({ kind: z.literal("note"), text }),
	z.object({ kind: z.literal("warning"), text }),
	z.object({
		kind: z.literal("finished"),
		done: number,
		failed: number,
		skipped: number,
		peakMemory: maybe,
		peakGpuMemory: maybe,
	}),
]);

const fault = z.object({ kind: z.literal("error"), code: z.enum([...CODES, "BUG"]), message: text });

/** What a worker says it ends by. */
export type WorkerError = { readonly code: ErrorCode | "BUG"; readonly message: string };

/** What a line says. */
export type Line =
	| { readonly kind: "event"; readonly event: RunEvent }
	| { readonly kind: "error"; readonly error: WorkerError };

/** Reads a line; undefined for what is neither event nor error. */
export function parseLine(text: string): Line | undefined {
	if (!text.startsWith("{")) return undefined;
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		return undefined;
	}
	const found = event.safeParse(value);
	if (found.success) return { kind: "event", event: found.data };
	const error = fault.safeParse(value).data;
	return error === undefined ? undefined : { kind: "error", error: { code: error.code, message: error.message } };
}
