/**
 * Objects of a written volume, block by block: bounded in memory, gone on with after a crash, the same for every grid of
 * blocks and number of threads and processes.
 *
 * A chunked output is written in place, block by block; another is staged and put in its place at the end. The output is
 * whole when `done.json` says so. Processes that share a decoding by claims do the same passes; each does the blocks that it
 * gets, waits for those of the others and merges by itself. The end is one process's.
 *
 * @module
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { hostLabel } from "../../core/atomic-file.ts";
import { isNnvolError } from "../../core/errors.ts";
import { makeFolder } from "../../core/folder.ts";
import type { Zyx } from "../../core/shape.ts";
import type { VolumeProgram } from "../../decode/volume/program.ts";
import { requireRun } from "../../decode/volume/run-mark.ts";
import type { VoxelPlace } from "../../decode/volume/voxel-place.ts";
import { blockGrid } from "../../tiling/blocks.ts";
import { openVolume } from "../../volume/formats.ts";
import { isSeekable, stageVolume } from "../../volume/stage.ts";
import { type Claims, openClaims } from "../claims/claims.ts";
import { within } from "../claims/within.ts";
import { markRunning } from "../run-marker.ts";
import { buildOutputScales } from "../scales.ts";
import { openPool } from "./block-pool.ts";
import { DecodeJob } from "./decode-job.ts";
import type { DecodeOptions } from "./decode-options.ts";
import { assembleResult, type DecodeTarget, requireLocal } from "./decode-output.ts";
import { type Begun, DecodeStart } from "./decode-start.ts";
import { type DecodeFacts, type DoneReport, endRun, readReport, removeWork, workFolder } from "./decode-state.ts";
import { Passes } from "./passes.ts";
import { type Found, runProgram } from "./run-program.ts";

/** What was made. */
export type DecodeReport = Pick<DoneReport, "objects" | "pieces"> & {
	/** True where it was there already. */
	readonly skipped: boolean;
	readonly path: string;
	readonly shape: Zyx;
	/** Extents of the blocks; those of the whole where others have made it. */
	readonly block: Zyx;
};

/** Share of the memory that tables of pieces may take, while no block is in hand. */
const TABLE_SHARE = 0.6;

/**
 * Makes objects of the volume at `place` as `program` says, into `target`.
 *
 * @throws CONFIG where the output is in the way, no block fits the memory, or another process is at work on what is to be
 * replaced; RUN where there are too many pieces; VOLUME; CANCELLED. What is done is kept: the same call goes on with it.
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
		return await new Decoding(new DecodeJob(reader, place, target, program, options)).run();
	} finally {
		await reader.close();
	}
}

/** One volume being decoded. */
class Decoding {
	readonly #job: DecodeJob;
	/** Ends the mark of this process, once it is at work. */
	#unmark = async (): Promise<void> => undefined;

	constructor(job: DecodeJob) {
		this.#job = job;
	}

	async run(): Promise<DecodeReport> {
		const key = await this.#job.key();
		const done = await this.#job.done(key);
		if (done !== undefined && this.#job.options.overwrite !== true) return this.#leave(done, true);
		await makeFolder(this.#job.folder);
		const claims = await this.#claims();
		try {
			return await this.#share(key, claims);
		} finally {
			await claims?.close();
			await this.#unmark();
			if (claims !== undefined && (await readReport(this.#job.folder)) !== undefined) await this.#removeClaims();
		}
	}

	/** Does it, alone or with others; what goes wrong when others have finished it is no failure. */
	async #share(key: string, claims: Claims | undefined): Promise<DecodeReport> {
		try {
			const begin = async () => {
				const begun = await new DecodeStart(this.#job).begin(key, claims !== undefined);
				this.#unmark = await markRunning(this.#job.folder);
				return begun;
			};
			const begun = await within(claims, "begin", begin, this.#job.io.signal);
			return "finished" in begun ? await this.#leave(begun, true) : await this.#carryOut(key, begun, claims);
		} catch (error) {
			const done = claims === undefined || isNnvolError(error, "CANCELLED") ? undefined : await this.#job.done(key);
			if (done === undefined) throw error;
			return this.#leave(done, false);
		}
	}

	/** Removes what a process may have written late. */
	async #leave({ objects, pieces }: DoneReport, skipped: boolean): Promise<DecodeReport> {
		await removeWork(this.#job.folder);
		return { objects, pieces, path: this.#job.target.path, shape: this.#job.shape, block: this.#job.shape, skipped };
	}

	async #claims(): Promise<Claims | undefined> {
		const { claims } = this.#job.options;
		const worker = `${hostLabel()}-${process.pid}`;
		return claims && openClaims(this.#claimsFolder, { worker, lease: claims.lease, exclusive: true });
	}

	get #claimsFolder(): string {
		return join(this.#job.folder, "claims");
	}

	/** The last one removes them. */
	async #removeClaims(): Promise<void> {
		if ((await this.#job.others()).length > 0) return;
		await rm(this.#claimsFolder, { recursive: true, force: true }).catch(() => undefined);
	}

	/** All passes, then the end. */
	async #carryOut(key: string, begun: Begun, claims: Claims | undefined): Promise<DecodeReport> {
		const { block, facts } = begun;
		const found = await this.#decode(begun, claims);
		const end = () => this.#end(key, facts, found);
		const isDone = async () => (await this.#job.done(key)) !== undefined;
		await within(claims, "end", end, this.#job.io.signal, isDone);
		const { objects, pieces } = found;
		return { objects, pieces, path: this.#job.target.path, shape: this.#job.shape, block, skipped: false };
	}

	async #decode({ facts, block, unit, workers }: Begun, claims: Claims | undefined): Promise<Found> {
		const { memory, onBlock = () => undefined, objects } = this.#job.options;
		const pool = openPool(workers);
		try {
			const folder = workFolder(this.#job.folder, facts);
			const place = await within(claims, "input", () => this.#seekable(folder), this.#job.io.signal);
			const grid = blockGrid(this.#job.shape, block);
			const passes = new Passes({
				folder,
				grid,
				unit,
				pool,
				memory: memory * TABLE_SHARE,
				onBlock,
				...(claims === undefined ? {} : { claims }),
				...this.#job.io,
			});
			const found = await runProgram(passes, this.#job.program, place, await this.#job.output(folder), objects);
			await this.#scales(folder, claims);
			return found;
		} finally {
			await pool.close();
		}
	}

	/** Coarser scales of what is written. */
	async #scales(folder: string, claims: Claims | undefined): Promise<void> {
		const { target, result, options, io } = this.#job;
		const { pyramid, onBlock } = options;
		if (pyramid === undefined || this.#job.keepsOld) return; // what is put together at the end gets them then
		await buildOutputScales(target.path, target.format, result, pyramid, "segmentation", {
			goesOn: true,
			check: () => requireRun(folder),
			...(onBlock === undefined ? {} : { onUnit: (done, total) => onBlock("scaling", done, total) }),
			...(claims === undefined ? {} : { claims }),
			...io,
		});
	}

	/** The input, or what it was unpacked to where boxes of it cannot be read by themselves. */
	async #seekable(folder: string): Promise<VoxelPlace> {
		if (isSeekable(this.#job.reader.info)) return this.#job.place;
		const path = join(folder, "input.zarr");
		await stageVolume(this.#job.reader, path, this.#job.io);
		const { axes, scale } = this.#job.place;
		return { path, axes, scale };
	}

	/** Gives the table away, puts a staged result in its place, records that it is done; nothing where others did so. */
	async #end(key: string, facts: DecodeFacts, { objects, pieces, table }: Found): Promise<void> {
		if ((await this.#job.done(key)) !== undefined) return removeWork(this.#job.folder);
		const { memory, pyramid, objects: taker } = this.#job.options;
		if (taker !== undefined && table !== undefined) await taker.take(await table());
		if (await this.#job.isStaged()) {
			const work = workFolder(this.#job.folder, facts);
			const { path } = await this.#job.output(work);
			const layout = await this.#job.layout();
			const laid = { ...(layout === undefined ? {} : { layout }), ...(pyramid === undefined ? {} : { pyramid }) };
			await assembleResult(path, this.#job.target, this.#job.result, work, { memory, ...laid, ...this.#job.io });
		}
		await endRun(this.#job.folder, { key, objects, pieces, finished: new Date().toISOString() });
	}
}
