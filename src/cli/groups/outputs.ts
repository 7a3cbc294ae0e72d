/**
 * Commands on what a run has written: `status`, `verify`, `postprocess`.
 *
 * @module
 */
import type { Command } from "commander";
import type { PostprocessFlags } from "../commands/postprocess.ts";
import type { VerifyFlags } from "../commands/verify.ts";
import type { SetCode } from "./run-options.ts";

const OUTPUT_TEXT = "an output folder, or an output in one";

/** Adds the commands. */
export function addOutputCommands(program: Command, done: SetCode): void {
	addPostprocess(program, done);
	program
		.command("status")
		.description("how far a run is")
		.argument("<output>", OUTPUT_TEXT)
		.option("--json", "as JSON")
		.action(async (output: string, flags: { readonly json?: boolean }) => {
			const { runStatus } = await import("../commands/status.ts");
			done(await runStatus(output, flags));
		});
	program
		.command("verify")
		.description("read outputs back and compare them with what was recorded")
		.argument("<output>", OUTPUT_TEXT)
		.option("--repair", "do what is damaged or missing again")
		.option("--json", "as JSON")
		.option("--quiet", "no progress")
		.action(async (output: string, flags: VerifyFlags) => {
			const { runVerify } = await import("../commands/verify.ts");
			done(await runVerify(output, flags));
		});
}

function addPostprocess(program: Command, done: SetCode): void {
	program
		.command("postprocess")
		.description("make objects of probabilities that were saved, block by block, whatever the size")
		.argument("<volume>", "probabilities, or labels; or a folder with NAME_probabilities")
		.argument("[overrides...]", "key=value: changes to the configuration")
		.option("--config <file>", "YAML configuration; inference.postprocessing is read of it")
		.option("-o, --output <path>", "the objects (default: NAME_instances beside the volume, in its format)")
		.option("--table <file>", "also a row an object: .csv or .parquet")
		.option("--dtype <type>", "element type of ids: auto, uint16, uint32 or uint64")
		.option("--dataset <name>", "HDF5 data set or Zarr array of the volume (default: main, or the only one)")
		.option("--channels <list>", "channels that decoding is given: 1,2 (default: those selected, or all but the first)")
		.option("--scale <factor>", "values are what is stored times this (default: 1/255 for probabilities as uint8)")
		.option("--memory <size>", "memory to stay within", "2GB")
		.option("--workers <n>", "threads", "1")
		.option("--block <z,y,x>", "extents of a block (default: by memory); the result does not depend on it")
		.option("--pyramid", "also build coarser scales until the coarsest is small (Zarr, precomputed)")
		.option("--claims", "share the blocks with other processes that run the same command")
		.option(
			"--lease <seconds>",
			"with --claims: what a process has in hand is free after so long without a sign of life",
			"120",
		)
		.option("--overwrite", "replace what is there")
		.option("--json", "events as JSON lines on standard output")
		.option("--quiet", "no progress")
		.action(async (volume: string, overrides: string[], flags: PostprocessFlags) => {
			const { runPostprocess } = await import("../commands/postprocess.ts");
			done(await runPostprocess(volume, overrides, flags));
		});
}
