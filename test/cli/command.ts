/**
 * Runs the command: in this process, or as a program of its own where signals or start-up matter.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { vi } from "vitest";
import { runCommandLine } from "../../src/cli/program.ts";

/** What a command came to. */
export type Result = { readonly code: number | null; readonly out: string; readonly err: string };

/** The repository's folder, which the tutorial's paths are relative to. */
export const ROOT = join(import.meta.dirname, "..", "..");

/** The built program. */
export const MAIN = join(ROOT, "dist", "cli", "main.js");

/** Runs `nnvol` with `argv` in this process. What it wrote is in the result; nothing comes through. */
export async function nnvol(...argv: readonly string[]): Promise<Result> {
	const written = { out: "", err: "" };
	const spies = [
		vi.spyOn(process.stdout, "write").mockImplementation((text) => {
			written.out += String(text);
			return true;
		}),
		vi.spyOn(process.stderr, "write").mockImplementation((text) => {
			written.err += String(text);
			return true;
		}),
	];
	try {
		const code = await runCommandLine(argv);
		return { code, ...written };
	} finally {
		for (const spy of spies) spy.mockRestore();
	}
}

/** A started program; `ended` gives its result, with 128 + n for a signal that ended it unasked. */
export type Started = { readonly child: ChildProcess; readonly ended: Promise<Result>; readonly sofar: () => string };

/** Starts the built program in the repository's folder. */
export function start(argv: readonly string[], env: NodeJS.ProcessEnv = {}): Started {
	const child = spawn(process.execPath, [MAIN, ...argv], {
		cwd: ROOT,
		env: { ...process.env, ...env },
		stdio: ["ignore", "pipe", "pipe"],
	});
	const written = { out: "", err: "" };
	child.stdout?.on("data", (part: Buffer) => {
		written.out += part.toString();
	});
	child.stderr?.on("data", (part: Buffer) => {
		written.err += part.toString();
	});
	const ended = new Promise<Result>((resolve, reject) => {
		child.on("error", reject);
		child.on("close", (code) => resolve({ code, ...written }));
	});
	return { child, ended, sofar: () => written.out + written.err };
}
