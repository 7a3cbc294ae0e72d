/**
 * One volume that is to be decoded: what, where to, and where its state lies.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import { hostLabel } from "../../core/atomic-file.ts";
import { DTYPES } from "../../core/dtype.ts";
import { hashOf } from "../../core/hash.ts";
import type { Zyx } from "../../core/shape.ts";
import type { OutputPlace } from "../../decode/volume/block-task.ts";
import { type BlockRoom, blockVoxels } from "../../decode/volume/blocks.ts";
import type { VolumeProgram } from "../../decode/volume/program.ts";
import { programHalo } from "../../decode/volume/program-halo.ts";
import { shapeAt, type VoxelPlace } from "../../decode/volume/voxel-place.ts";
import { presenceOf } from "../../volume/sections/presence.ts";
import type { IoOptions, Layout, VolumeInfo, VolumeReader } from "../../volume/volume.ts";
import { identify } from "../input-identity.ts";
import { runningIn } from "../run-marker.ts";
import { scaledLayout } from "../scales.ts";
import { stateFolder } from "../state-store.ts";
import type { DecodeOptions } from "./decode-options.ts";
import { type DecodeTarget, isStaged, outputPlace, resultInfo } from "./decode-output.ts";
import { type DoneReport, readReport } from "./decode-state.ts";

/** Bytes a voxel of a block takes at most besides what is read, without and with statistics of objects. */
const PER_VOXEL = 24;
const PER_VOXEL_STATS = 48;

/** Likewise a voxel in or around a block where steps look around: values and masks. */
const PER_VOXEL_SEEN = 10;

/** Bytes of a value between the nodes of a graph. */
const VALUE_BYTES = 4;

/** What decoding one volume comes to. */
export class DecodeJob {
	readonly reader: VolumeReader;
	readonly place: VoxelPlace;
	readonly target: DecodeTarget;
	readonly program: VolumeProgram;
	readonly options: DecodeOptions;
	readonly shape: Zyx;
	/** The result as a volume. */
	readonly result: VolumeInfo;
	/** Where facts, stages and records lie. */
	readonly folder: string;
	readonly io: IoOptions;

	constructor(
		reader: VolumeReader,
		place: VoxelPlace,
		target: DecodeTarget,
		program: VolumeProgram,
		options: DecodeOptions,
	) {
		this.reader = reader;
		this.place = place;
		this.target = target;
		this.program = program;
		this.options = options;
		this.shape = shapeAt(place, reader.info).shape;
		this.result = resultInfo(reader.info, place, this.shape, program, options.world, options.ids);
		this.folder = join(stateFolder(dirname(target.path)), "decode", basename(target.path));
		this.io = options.signal === undefined ? {} : { signal: options.signal };
	}

	/** Hash of all that the result depends on: never of memory, blocks, threads or processes. */
	async key(): Promise<string> {
		const { path, ...place } = this.place;
		const input = await identify([path]);
		const { program } = this;
		const stats = this.options.objects === undefined ? undefined : { channel: this.options.objects.channel };
		const { path: _, ...target } = this.target;
		const { format, spec } = await this.output(this.folder);
		const { pyramid } = this.options;
		return hashOf({ version: 1, place, input, program, format, spec, target, stats, pyramid }).slice(0, 16);
	}

	/** Where blocks are written to. @param work folder for what is staged */
	async output(work: string): Promise<OutputPlace> {
		const stages = (await this.isStaged()) ? work : undefined;
		return outputPlace(this.target, this.result, await this.layout(), stages);
	}

	/** True where the result is put in its place at the end: also where ids may turn out to be too many for their type. */
	async isStaged(): Promise<boolean> {
		return this.keepsOld || isStaged(this.target);
	}

	/** True where nothing is taken away before the result is known to be one. */
	get keepsOld(): boolean {
		return this.options.ids === "uint16";
	}

	/** How a chunked output is laid out. */
	async layout(): Promise<Layout | undefined> {
		const { layout, pyramid } = this.options;
		return pyramid === undefined ? layout : scaledLayout(this.target.path, this.target.format, layout);
	}

	/** The report of what is done and in its place. */
	async done(key: string): Promise<DoneReport | undefined> {
		const done = await readReport(this.folder);
		return done?.key === key && (await this.isInPlace()) ? done : undefined;
	}

	/** True where there is something in the output's place. */
	async isInPlace(): Promise<boolean> {
		return (await presenceOf(this.target.path)) !== undefined;
	}

	/** Other processes that are at work on it: `HOST:PID`. */
	async others(): Promise<readonly string[]> {
		const own = `${hostLabel()}:${process.pid}`;
		return (await runningIn(this.folder)).filter((worker) => worker !== own);
	}

	/** What a block of one of so many threads may take. */
	room(workers: number): BlockRoom {
		const { memory, objects } = this.options;
		const stored = DTYPES[this.reader.info.dtype].bytes;
		const read = 2 * (this.program.kind === "graph" ? Math.max(VALUE_BYTES, stored) : stored);
		const own = (objects === undefined ? PER_VOXEL : PER_VOXEL_STATS) + read;
		return {
			own: blockVoxels(memory, workers, own),
			seen: blockVoxels(memory, workers, PER_VOXEL_SEEN + read),
			halo: programHalo(this.program, this.shape[0]),
		};
	}
}
