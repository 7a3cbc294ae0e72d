/**
 * Objects of a written volume, block by block: bounded in memory, gone on with after a crash, the same for every grid of
 * blocks and number of threads.
 *
 * A chunked output is written in place, block by block; another is staged and put in its place at the end. The output is
 * whole when `done.json` says so.
 *
 * @module
 */
import { rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Box } from "../../core/box.ts";
import { wholeBox } from "../../core/box.ts";
import { DTYPES } from "../../core/dtype.ts";
import { NnvolError } from "../../core/errors.ts";
import { makeFolder } from "../../core/folder.ts";
import { hashOf } from "../../core/hash.ts";
import { asZyx, type Zyx } from "../../core/shape.ts";
import type { OutputPlace } from "../../decode/volume/block-task.ts";
import { alignedExtents, blockExtents, blockVoxels } from "../../decode/volume/blocks.ts";
import { openRegions } from "../../decode/volume/open-volumes.ts";
import type { VolumeProgram } from "../../decode/volume/program.ts";
import { shapeAt, type VoxelPlace } from "../../decode/volume/voxel-place.ts";
import type { RegionTable } from "../../image/region-table.ts";
import { type BlockGrid, blockGrid } from "../../tiling/blocks.ts";
import { carried } from "../../volume/convert/carry.ts";
import { convertVolume } from "../../volume/convert/convert.ts";
import { defaultLayout } from "../../volume/default-layout.ts";
import { formatByName, openVolume } from "../../volume/formats.ts";
import { presenceOf } from "../../volume/sections/presence.ts";
import { isSeekable, stageVolume } from "../../volume/stage.ts";
import { isRemote } from "../../volume/stores/open-store.ts";
import type { FormatName, Layout, VolumeInfo, VolumeReader } from "../../volume/volume.ts";
import { identify } from "../input-identity.ts";
import { stateFolder } from "../state-store.ts";
import { openPool } from "./block-pool.ts";
import { beginRun, type DoneReport, endRun, readFacts, readReport, workFolder } from "./decode-state.ts";
import { type OnBlock, Passes } from "./passes.ts";
import { runProgram } from "./run-program.ts";

/** How a volume is decoded. */
export type DecodeOptions = {
	/** Bytes that the process may take. */
	readonly memory: number;
	/** Threads; 1 by default, which is the calling one. */
	readonly workers?: number;
	/** Extents of blocks in z, y, x, rounded up to what the output is written in; by memory where left out. */
	readonly block?: Zyx;
	readonly layout?: Layout;
	/** Where the result lies in the world, in place of what the input says. */
	readonly world?: Pick<VolumeInfo, "spacing" | "unit" | "geometry" | "affine">;
	/** Replace an output that is there. */
	readonly overwrite?: boolean;
	/** Takes the statistics of the objects, before the output counts as whole. `values` are those of the channel named. */
	readonly objects?: { readonly channel?: number; readonly take: (table: RegionTable) => Promise<void> };
	/** Blocks of a pass that are done, of all. */
	readonly onBlock?: OnBlock;
	readonly signal?: AbortSignal;
};

/** Where objects go. */
export type DecodeTarget = { readonly path: string; readonly format: FormatName };

/** What was made. */
export type DecodeReport = Pick<DoneReport, "objects" | "pieces"> & {
	/** True where it was there already. */
	readonly skipped: boolean;
	readonly path: string;
	readonly shape: Zyx;
	/** Extents of the blocks; those of the whole where it was there already. */
	readonly block: Zyx;
};

/** Bytes a voxel of a block takes at most besides what is read, without and with statistics of objects. */
const PER_VOXEL = 24;
const PER_VOXEL_STATS = 48;

/** Share of the memory that tables of pieces may take, while no block is in hand. */
const TABLE_SHARE = 0.6;

/**
 * Makes objects of the volume at `place` as `program` says, into `target`.
 *
 * @throws CONFIG where the output is in the way or no block fits the memory; RUN where there are too many pieces; VOLUME;
 * CANCELLED. What is done is kept: the same call goes on with it.
 */
export async function decodeVolume(
	place: VoxelPlace,
	target: DecodeTarget,
	program: VolumeProgram,
	options: DecodeOptions,
): Promise<DecodeReport> {
	requireLocal(target.path);
	const { path, dataset } = place;
	const reader = await openVolume(path, dataset === undefined ? {} : { dataset });
	try {
		const decoding = new Decoding(reader, place, target, program, options);
		return await decoding.run();
	} finally {
		await reader.close();
	}
}

/** One volume being decoded. */
class Decoding {
	readonly #reader: VolumeReader;
	readonly #place: VoxelPlace;
	readonly #target: DecodeTarget;
	readonly #program: VolumeProgram;
	readonly #options: DecodeOptions;
	readonly #shape: Zyx;
	readonly #folder: string;

	constructor(
		reader: VolumeReader,
		place: VoxelPlace,
		target: DecodeTarget,
		program: VolumeProgram,
		options: DecodeOptions,
	) {
		this.#reader = reader;
		this.#place = place;
		this.#target = target;
		this.#program = program;
		this.#options = options;
		this.#shape = shapeAt(place, reader.info).shape;
		this.#folder = join(stateFolder(dirname(target.path)), "decode", basename(target.path));
	}

	async run(): Promise<DecodeReport> {
		const [output, isStaged] = await this.#output();
		const key = await this.#key(output);
		const { path } = this.#target;
		const done = await readReport(this.#folder);
		if (done?.key === key && this.#options.overwrite !== true && (await presenceOf(path)) !== undefined) {
			const { objects, pieces } = done;
			return { objects, pieces, path, shape: this.#shape, block: this.#shape, skipped: true };
		}
		const writer = await openOutput(output, () => this.#begin(key, output));
		const unit = asZyx(writer.unit);
		await writer.close();
		const grid = await this.#grid(key, unit);
		const report = await this.#decode(grid, unit, output);
		if (isStaged) await this.#assemble(output);
		await endRun(this.#folder, { key, ...report, finished: new Date().toISOString() });
		const [z = 1, y = 1, x = 1] = grid.block;
		return { ...report, path, shape: this.#shape, block: [z, y, x], skipped: false };
	}

	/** Where blocks are written to: the output itself, or a stage of it. */
	async #output(): Promise<readonly [OutputPlace, boolean]> {
		const { path, format } = this.#target;
		const info = this.#resultInfo();
		const { openRegions: regions } = await formatByName(format);
		const isStaged = regions === undefined;
		const written = isStaged ? "zarr" : format;
		const layout = { ...defaultLayout(written, info.shape, info.dtype), ...(isStaged ? {} : this.#options.layout) };
		const spec = carried(info, wholeBox(info.shape), { layout }, written);
		const place = isStaged ? join(workFolder(this.#folder), "result.zarr") : path;
		return [{ path: place, format: written, spec }, isStaged];
	}

	/** The result as a volume: the input's place in the world, without channels. */
	#resultInfo(): VolumeInfo {
		const { info } = this.#reader;
		const { format, path, spacing, unit, geometry, affine } = { ...info, ...this.#options.world };
		const isFlat = !this.#place.axes.includes("z");
		const dtype = this.#program.kind === "binary" ? this.#program.dtype : "uint32";
		return {
			format,
			path,
			dtype,
			shape: isFlat ? this.#shape.slice(1) : this.#shape,
			axes: isFlat ? "yx" : "zyx",
			...(spacing === undefined ? {} : { spacing }),
			...(unit === undefined ? {} : { unit }),
			...(geometry === undefined ? {} : { geometry }),
			...(affine === undefined ? {} : { affine }),
		};
	}

	/** Hash of all that the result depends on: never of memory, blocks or threads. */
	async #key({ format, spec }: OutputPlace): Promise<string> {
		const { path, ...place } = this.#place;
		const input = await identify([path]);
		const stats = this.#options.objects === undefined ? undefined : { channel: this.#options.objects.channel };
		const { path: _, ...target } = this.#target;
		return hashOf({ version: 1, place, input, program: this.#program, format, spec, target, stats }).slice(0, 16);
	}

	/** Begins anew, or goes on with what is there. @throws CONFIG where something else is in the output's place */
	async #begin(key: string, output: OutputPlace): Promise<void> {
		const facts = await readFacts(this.#folder);
		const { path } = this.#target;
		const isMine = facts?.key === key && (await readReport(this.#folder)) === undefined;
		if (isMine && this.#options.overwrite !== true) return makeFolder(dirname(output.path));
		if ((await presenceOf(path)) !== undefined && this.#options.overwrite !== true) {
			throw new NnvolError(
				"CONFIG",
				`${path}: exists already and was not made by this decoding of this input; add --overwrite to replace it, or choose another name`,
				{ fields: { path } },
			);
		}
		await beginRun(this.#folder, { version: 1, key, block: [1, 1, 1] });
		await rm(path, { recursive: true, force: true });
		await makeFolder(dirname(output.path));
	}

	/** The grid of an earlier try where its blocks fit the memory, else one that does. */
	async #grid(key: string, unit: Zyx): Promise<BlockGrid> {
		const { memory, workers = 1, block, objects } = this.#options;
		const { dtype } = this.#reader.info;
		const perVoxel = (objects === undefined ? PER_VOXEL : PER_VOXEL_STATS) + 2 * DTYPES[dtype].bytes;
		const most = blockVoxels(memory, workers, perVoxel);
		const extents =
			block === undefined ? blockExtents(this.#shape, unit, most) : alignedExtents(this.#shape, unit, block);
		const facts = await readFacts(this.#folder);
		const [z = 1, y = 1, x = 1] = facts?.block ?? [];
		const isUsable =
			z * y * x > 1 && (block === undefined ? z * y * x <= most : String(facts?.block) === String(extents));
		if (isUsable) return blockGrid(this.#shape, [z, y, x]);
		await beginRun(this.#folder, { version: 1, key, block: [...extents] });
		return blockGrid(this.#shape, extents);
	}

	async #decode(grid: BlockGrid, unit: Zyx, output: OutputPlace): Promise<Pick<DoneReport, "objects" | "pieces">> {
		const { memory, workers = 1, onBlock = () => undefined, signal, objects } = this.#options;
		const pool = openPool(workers);
		try {
			const folder = workFolder(this.#folder);
			await makeFolder(folder);
			const place = await this.#seekable(folder);
			const io = signal === undefined ? {} : { signal };
			const passes = new Passes({ folder, grid, unit, pool, memory: memory * TABLE_SHARE, onBlock, ...io });
			return await runProgram(passes, this.#program, place, output, objects);
		} finally {
			await pool.close();
		}
	}

	/** The input, or what it was unpacked to where boxes of it cannot be read by themselves. */
	async #seekable(folder: string): Promise<VoxelPlace> {
		const { info } = this.#reader;
		if (isSeekable(info)) return this.#place;
		const path = join(folder, "input.zarr");
		await stageVolume(this.#reader, path, this.#options.signal === undefined ? {} : { signal: this.#options.signal });
		const { axes, scale } = this.#place;
		return { path, axes, scale };
	}

	/** Puts a staged result in its place. */
	async #assemble({ path }: OutputPlace): Promise<void> {
		const { memory, signal, layout } = this.#options;
		const staged = await openVolume(path);
		try {
			const { chunks } = staged.info;
			const info = { ...this.#resultInfo(), path, ...(chunks === undefined ? {} : { chunks }) };
			const reader: VolumeReader = { info, read: (box: Box, io) => staged.read(box, io), close: async () => undefined };
			await convertVolume(reader, this.#target.path, this.#target.format, {
				memory,
				...(layout === undefined ? {} : { layout }),
				...(signal === undefined ? {} : { signal }),
			});
		} finally {
			await staged.close();
		}
	}
}

/** Opens the array of the output once it is clear that it may be written. */
async function openOutput(output: OutputPlace, begin: () => Promise<void>): ReturnType<typeof openRegions> {
	await begin();
	return openRegions(output);
}

function requireLocal(path: string): void {
	if (!isRemote(path)) return;
	throw new NnvolError(
		"UNBUILT",
		`${path}: objects are not written to a place behind a URL yet; write them to a folder and copy them with 'nnvol convert'`,
	);
}
