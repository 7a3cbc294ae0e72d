/**
 * A parent of its own, to be killed: runs what the options in the file named by argument 1 say.
 */
import { readFileSync } from "node:fs";
import { type LocalOptions, runLocal } from "../../../src/launch/local/run-local.ts";

const options: Omit<LocalOptions, "onEvent"> = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8"));
await runLocal({ ...options, onEvent: () => undefined });
