#!/usr/bin/env node
/**
 * The command `nnvol`. Loads no native code until a command needs it.
 *
 * @module
 */
import { runCommandLine } from "./program.ts";

process.exitCode = await runCommandLine(process.argv.slice(2));
