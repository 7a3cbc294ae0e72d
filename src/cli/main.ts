#!/usr/bin/env node
/**
 * The command `nnvol`. Loads no native code until a command needs it.
 *
 * @module
 */
import { runCommandLine } from "./program.ts";

// `nnvol --help | head -3` closes the pipe early: what is left to say is not wanted any more
for (const stream of [process.stdout, process.stderr]) {
	stream.on("error", (error: NodeJS.ErrnoException) => {
		if (error.code === "EPIPE") process.exit(process.exitCode ?? 0);
		throw error;
	});
}

process.exitCode = await runCommandLine(process.argv.slice(2));
