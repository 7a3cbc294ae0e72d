#!/usr/bin/env node
/**
 * The command `nnvol`. Loads no native code until a command needs it.
 *
 * @module
 */
import { runCommandLine } from "./program.ts";

// A log that cannot be written never ends a run: the outputs are worth more than what is said of them.
// A pipe that was closed early (`nnvol --help | head -3`) wants no more; any other loss is told at the end.
let lost: Error | undefined;
for (const stream of [process.stdout, process.stderr]) {
	stream.on("error", (error: NodeJS.ErrnoException) => {
		if (error.code !== "EPIPE") lost ??= error;
	});
}

const code = await runCommandLine(process.argv.slice(2));
await new Promise((resolve) => setImmediate(resolve)); // streams tell of their errors a moment later
if (lost !== undefined) process.stderr.write(`nnvol: what it said could not all be written: ${lost.message}\n`);
process.exitCode = lost === undefined || code !== 0 ? code : 1;
