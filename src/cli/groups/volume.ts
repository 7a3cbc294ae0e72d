/**
 * The commands about volumes as files: `convert`.
 *
 * @module
 */
import type { Command } from "commander";
import type { ConvertFlags } from "../convert-options.ts";
import type { SetCode } from "./run-options.ts";

/** Adds the commands. */
export function addVolumeCommands(program: Command, done: SetCode): void {
	program
		.command("convert")
		.description("copy a volume to another format, box by box, whatever its size")
		.argument("<in>", "an image or volume")
		.argument("<out>", "the copy; its ending tells the format")
		.option("--dataset <name>", "HDF5 data set or Zarr array to write (default: main in HDF5, the root of a Zarr)")
		.option("--input-dataset <name>", "HDF5 data set or Zarr array inside the input (default: main, or the only one)")
		.option("--format <format>", "format of the copy, where its name does not tell")
		.option("--chunks <z,y,x>", "extents of a chunk, for formats with chunks")
		.option("--shards <z,y,x>", "extents of a shard that holds several chunks (Zarr 3, precomputed)")
		.option("--compression <kind>", "none, gzip, zstd, blosc, lz4 or compressed_segmentation, as the format can")
		.option("--zarr-format <version>", "2 or 3 (default: 3)")
		.option("--ome", "Zarr: with the metadata of OME-Zarr (0.5; 0.4 with --zarr-format 2)")
		.option("--scales <n>", "build so many coarser scales (Zarr, precomputed), each half of the one before")
		.option("--pyramid", "build scales until the coarsest is small")
		.option(
			"--segmentation",
			"scales take the value that most voxels have (default: the mean, but for uint32 and uint64)",
		)
		.option("--dtype <type>", "another element type; values that it cannot hold are an error")
		.option("--clamp", "with --dtype: cut values to the type's range instead")
		.option("--spacing <z,y,x>", "voxel size of the copy, in place of the input's")
		.option("--roi <start/size>", "a part of the input: 0,0,0/16,256,256 (voxels in z, y, x)")
		.option("--overwrite", "replace what is there")
		.option("--memory <size>", "memory to stay within", "1GB")
		.option("--json", "events as JSON lines on standard output")
		.option("--quiet", "no progress")
		.action(async (input: string, output: string, flags: ConvertFlags) => {
			const { runConvert } = await import("../commands/convert.ts");
			done(await runConvert(input, output, flags));
		});
}
