/**
 * Time limits as SLURM writes them.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";

/**
 * Seconds of a limit: `MINUTES`, `MINUTES:SECONDS`, `HOURS:MINUTES:SECONDS`, `DAYS-HOURS`, `DAYS-HOURS:MINUTES`,
 * `DAYS-HOURS:MINUTES:SECONDS`; undefined for anything else.
 */
export function limitSeconds(text: string): number | undefined {
	const [, days, rest = ""] = /^(?:(\d+)-)?(\d+(?::\d+){0,2})$/.exec(text) ?? [];
	if (rest === "") return undefined;
	const parts = rest.split(":").map(Number);
	const [hours = 0, minutes = 0, seconds = 0] =
		days !== undefined || parts.length === 3 ? parts : [0, parts[0] ?? 0, parts[1] ?? 0];
	return ((Number(days ?? 0) * 24 + hours) * 60 + minutes) * 60 + seconds;
}

/** @throws CONFIG for a limit at which tasks would be told of their end as they begin, again and again */
export function requireTime({ time, signal }: { readonly time: string | null; readonly signal: number }): void {
	const seconds = time === null ? undefined : limitSeconds(time);
	if (seconds === undefined || signal === 0 || seconds > signal) return;
	throw new NnvolError(
		"CONFIG",
		`slurm.time is ${time} (${seconds} s), and tasks are told to stop slurm.signal = ${signal} s before: as they begin; give more time, or fewer seconds with --signal (SLURM may be a minute early)`,
	);
}
