/**
 * The commands about objects of label volumes: `objects`, `overlay`.
 *
 * @module
 */
import type { Command } from "commander";
import type { OverlayFlags } from "../commands/overlay.ts";
import type { ObjectsFlags } from "../objects-options.ts";
import type { SetCode } from "./run-options.ts";

/** Adds the commands. */
export function addObjectCommands(program: Command, done: SetCode): void {
	program
		.command("objects")
		.description("measure the objects of a label volume, whatever its size: a table, and meshes")
		.argument("<volume>", "labels: one number an object, 0 is background")
		.option("--table <file>", "write a row an object: OUT.csv or OUT.parquet")
		.option("--mesh <ids>", "write the surfaces of these objects: 1,5,9 or all")
		.option("--mesh-format <format>", "obj, ply or precomputed (Neuroglancer's)", "obj")
		.option("--simplify <fraction>", "leave this share of the triangles of each mesh: 0.1")
		.option(
			"--max-error <length>",
			"simplify meshes: no vertex gets farther from the surface, in the voxel size's unit",
		)
		.option("--smooth <rounds>", "smooth meshes before, without shrinking them: 10")
		.option("--out <folder>", "folder of the meshes (precomputed: default VOLUME/mesh where VOLUME is precomputed)")
		.option("--input-dataset <name>", "HDF5 data set or Zarr array inside the volume (default: main, or the only one)")
		.option("--probabilities <volume>", "a volume of the same shape whose mean over each object is told")
		.option("--channel <n>", "channel of --probabilities, from 0 (default: the only one)")
		.option("--classes <volume>", "a volume of the same shape with the classes of objects (uint8, uint16)")
		.option("--spacing <z,y,x>", "voxel size, in place of the volume's")
		.option("--overwrite", "replace what is there")
		.option("--memory <size>", "memory to stay within", "1GB")
		.option("--json", "events as JSON lines on standard output")
		.option("--quiet", "no progress")
		.action(async (volume: string, flags: ObjectsFlags) => {
			const { runObjects } = await import("../commands/objects.ts");
			done(await runObjects(volume, flags));
		});
	program
		.command("overlay")
		.description("draw the objects of a section in colours over its image, as PNG")
		.argument("<image>", "the image or volume")
		.argument("<objects>", "labels of the same shape: one number an object")
		.argument("<picture>", "the PNG file to write")
		.option("--section <z>", "section of a volume, from 0 (default: the middle one)")
		.option("--channel <n>", "channel of the image, from 0 (default: the only one)")
		.option("--input-dataset <name>", "HDF5 data set or Zarr array of the objects (default: main, or the only one)")
		.option("--overwrite", "replace what is there")
		.action(async (image: string, objects: string, picture: string, flags: OverlayFlags) => {
			const { runOverlay } = await import("../commands/overlay.ts");
			done(await runOverlay(image, objects, picture, flags));
		});
}
