/**
 * What the groups of commands share: how an exit code is handed over, and the options of every command that runs.
 *
 * @module
 */
import type { Command } from "commander";

/** Hands over what a command ends with. */
export type SetCode = (code: number) => void;

/** Adds the options of commands that write outputs. */
export function addRunOptions(command: Command): Command {
	return addMonitorOptions(command)
		.option("--overwrite", "make outputs anew that exist already")
		.option("--accept-existing", "take outputs of unknown origin for done")
		.option("--memory <size>", "most memory the run may take, such as 4GB (default: half of the machine's)")
		.option("--stream", "volumes block by block, whatever their size (default: those that do not fit)")
		.option("--no-stream", "volumes whole in memory, whatever their size")
		.option("--json", "events as JSON lines on standard output; of plan, what it found")
		.option("--quiet", "no progress");
}

/** Adds the option of commands whose work several processes can share. */
export function addWorkersOption(command: Command): Command {
	return command.option("--workers <n>", "processes of this machine that share the work (default: 1, or one a GPU)");
}

/** Adds the options of what watches a run. */
export function addMonitorOptions(command: Command): Command {
	return command
		.option("--tensorboard <folder>", "curves and pictures for TensorBoard")
		.option("--prometheus <place>", "metrics for Prometheus: HOST:PORT or :PORT to be asked at, or a file")
		.option("--events <file>", "every event as a JSON line, added to this file (or a file in this folder)");
}
