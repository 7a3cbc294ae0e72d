/**
 * Volumes that can only be read from front to back, unpacked once into a folder where any box is near.
 *
 * A packed single file (.nii.gz, .nrrd, .mha) is unpacked again from its first byte for every box that lies before the one
 * last read. Whoever reads in another order than the file's stages it first: a raw Zarr, written slab by slab. The stage
 * appears whole under its name and says in `RECORD` what it was made from, so a second call finds it and does nothing.
 *
 * @module
 */
import { readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { writeDurably } from "../core/atomic-file.ts";
import { boxShape } from "../core/box.ts";
import { DTYPES } from "../core/dtype.ts";
import { throwIfAborted } from "../core/errors.ts";
import { sizeOf } from "../core/shape.ts";
import { chunkShapeOf } from "./chunking.ts";
import { boxesOf, planBoxes } from "./convert/boxes.ts";
import { fileError } from "./fault.ts";
import { formatByName } from "./formats.ts";
import { publish, temporaryBeside } from "./publish.ts";
import type { IoOptions, VolumeInfo, VolumeReader, VolumeSpec } from "./volume.ts";

/** The file in a stage that tells what it was made from. */
const RECORD = "nnvol-stage.json";

/** Bytes of a slab: two are in memory at a time. */
const SLAB_BYTES = 32 << 20;

/** Bytes of a file of the stage. */
const SHARD_BYTES = 16 << 20;

/** How `compression` of a flat format reads where its voxels lie at positions that can be told. */
const PLAIN = "none";

/** Options of a stage. */
export type StageOptions = IoOptions & {
	/** Voxels unpacked so far, of all. */
	readonly onProgress?: (done: number, total: number) => void;
};

/** True where any box of the volume costs what it holds; false for packed single files and for voxels as text. */
export function isSeekable({ format, compression }: Pick<VolumeInfo, "format" | "compression">): boolean {
	const isFlat = format === "nifti" || format === "nrrd" || format === "metaimage" || format === "gipl";
	return !isFlat || compression === undefined || compression === PLAIN;
}

/**
 * Unpacks all of `reader` into a raw Zarr at the folder `target`, or finds that this was done already.
 *
 * A stage of another file, or of the same before it changed, is replaced; one that was not finished never counts.
 *
 * @throws VOLUME, CANCELLED; then nothing new lies at `target`
 */
export async function stageVolume(reader: VolumeReader, target: string, options: StageOptions = {}): Promise<void> {
	const record = await recordOf(reader.info);
	if ((await readFile(join(target, RECORD), "utf8").catch(() => undefined)) === record) return;
	const temporary = temporaryBeside(target);
	try {
		await writeStage(reader, temporary, options);
		await writeDurably(join(temporary, RECORD), record);
		await publish(temporary, target);
	} catch (error) {
		await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
		throw fileError(target, "write", error);
	}
}

/** What the stage is made from: a file of other size or time is another one. */
async function recordOf({ path, files, dtype, shape }: VolumeInfo): Promise<string> {
	const sources: { file: string; size: number; mtimeMs: number }[] = [];
	for (const file of [path, ...(files ?? [])]) {
		const { size, mtimeMs } = await stat(file).catch((cause) => {
			throw fileError(file, "read", cause);
		});
		sources.push({ file, size, mtimeMs });
	}
	return `${JSON.stringify({ stage: 1, sources, dtype, shape })}\n`;
}

async function writeStage(reader: VolumeReader, path: string, options: StageOptions): Promise<void> {
	const { info } = reader;
	const { extents, chunks, shards } = slabsOf(info);
	const { dtype, shape, axes, spacing } = info;
	const spec: VolumeSpec = {
		dtype,
		shape,
		axes,
		...(spacing === undefined ? {} : { spacing }),
		layout: { chunks, shards, compression: "none" },
	};
	const zarr = await formatByName("zarr");
	const writer = (await zarr.openRegions?.(path, spec, options)) ?? (await zarr.create(path, spec, options));
	let [done, writing]: [number, Promise<void>] = [0, Promise.resolve()];
	try {
		for (const box of boxesOf(shape, extents)) {
			throwIfAborted(options.signal);
			const array = await reader.read(box, options);
			await writing;
			writing = writer.write(box.start, array, options);
			writing.catch(() => undefined);
			done += sizeOf(boxShape(box));
			options.onProgress?.(done, sizeOf(shape));
		}
	} finally {
		await writing.catch(() => undefined);
	}
	await writing;
	await writer.finish();
	if ("close" in writer) await writer.close();
}

type Slabs = { readonly extents: number[]; readonly chunks: number[]; readonly shards: number[] };

/**
 * Slabs in the file's order, of whole numbers of chunks of at most 1 MiB, many of which share a file: each file is made
 * durable by itself, which takes longer than its bytes do where they are few.
 */
function slabsOf({ shape, dtype }: VolumeInfo): Slabs {
	const width = DTYPES[dtype].bytes;
	const ones = shape.map(() => 1);
	const most = Math.floor(SLAB_BYTES / width);
	const slab = planBoxes({ shape, unit: ones, inOrder: true, prefer: [], most }) ?? ones;
	const chunks = chunkShapeOf(shape, dtype).map((extent, axis) => Math.min(extent, slab[axis] ?? 1));
	const extents = slab.map((extent, axis) => {
		const chunk = chunks[axis] ?? 1;
		return extent === shape[axis] ? extent : Math.floor(extent / chunk) * chunk;
	});
	const shards = [...chunks];
	for (const axis of [shape.length - 1, shape.length - 2]) {
		const chunk = chunks[axis] ?? 1;
		const count = Math.ceil((extents[axis] ?? 1) / chunk);
		const room = Math.max(1, Math.floor(SHARD_BYTES / (sizeOf(shards) * width)));
		shards[axis] = chunk * Math.min(count, room);
	}
	return { extents, chunks, shards };
}
