/**
 * A process that decodes a volume with others: `node --import tsx shared-program.ts JSON`. Tells passes, then its report, as
 * JSON lines.
 */
import { writeFile } from "node:fs/promises";
import type { Zyx } from "../../../src/core/shape.ts";
import type { VolumeProgram } from "../../../src/decode/volume/program.ts";
import { placeOf } from "../../../src/decode/volume/voxel-place.ts";
import { decodeVolume } from "../../../src/run/decode/decode-volume.ts";
import { openVolume } from "../../../src/volume/formats.ts";
import type { FormatName } from "../../../src/volume/volume.ts";

/** What it is to do. */
export type SharedCall = {
	readonly input: string;
	readonly path: string;
	readonly format: FormatName;
	readonly program: VolumeProgram;
	readonly memory: number;
	readonly workers: number;
	readonly block?: Zyx;
	/** Of claims, ms; none without. */
	readonly lease?: number;
	readonly overwrite?: boolean;
	/** Coarser scales. */
	readonly pyramid?: number;
	/** File for the statistics of the objects. */
	readonly table?: string;
};

async function decode(call: SharedCall): Promise<void> {
	const { input, path, format, program, memory, workers, block, lease, overwrite = false, pyramid, table } = call;
	const reader = await openVolume(input);
	await reader.close();
	const tell = (what: unknown) => process.stdout.write(`${JSON.stringify(what)}\n`);
	const report = await decodeVolume(placeOf(reader.info, 1), { path, format }, program, {
		memory,
		workers,
		overwrite,
		...(block === undefined ? {} : { block }),
		...(lease === undefined ? {} : { claims: { lease } }),
		...(format === "zarr" ? { layout: { chunks: [6, 12, 12] } } : {}),
		...(pyramid === undefined ? {} : { pyramid }),
		...(table === undefined
			? {}
			: { objects: { channel: 0, take: (found) => writeFile(table, JSON.stringify(found)) } }),
		onBlock: (pass, done, total) => tell({ pass, done, total }),
	});
	tell(report);
}

decode(JSON.parse(process.argv[2] ?? "")).catch((error: unknown) => {
	process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
	process.exitCode = 1;
});
