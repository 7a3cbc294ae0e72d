/**
 * Begins a decoding, or goes on with one: by records of an earlier try, or beside other processes.
 *
 * Whoever begins decides on the blocks. Where processes share a decoding, one at a time comes here.
 *
 * @module
 */
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { NnvolError } from "../../core/errors.ts";
import { makeFolder } from "../../core/folder.ts";
import { asZyx, shapeText, type Zyx } from "../../core/shape.ts";
import { alignedExtents, blockExtents, hasRoom } from "../../decode/volume/blocks.ts";
import { openRegions } from "../../decode/volume/open-volumes.ts";
import type { DecodeJob } from "./decode-job.ts";
import {
	beginRun,
	type DecodeFacts,
	type DoneReport,
	fixBlocks,
	readFacts,
	readReport,
	workFolder,
} from "./decode-state.ts";

/** A run that was begun. */
export type Begun = { readonly facts: DecodeFacts; readonly block: Zyx; readonly unit: Zyx; readonly workers: number };

/** The beginning of a decoding. */
export class DecodeStart {
	readonly #job: DecodeJob;

	constructor(job: DecodeJob) {
		this.#job = job;
	}

	/** Goes on with what is there, or begins anew. @throws CONFIG where something else, or somebody, is in the way */
	async begin(key: string, isShared: boolean): Promise<Begun | DoneReport> {
		const isAnew = this.#job.options.overwrite === true;
		const done = await this.#job.done(key); // by others meanwhile
		if (isShared && !isAnew && done !== undefined) return done;
		const facts = await readFacts(this.#job.folder);
		const isOpen = facts !== undefined && (await readReport(this.#job.folder)) === undefined;
		const isMine = isOpen && facts.key === key && !isAnew;
		if (isMine && facts.block !== null) {
			const begun = await this.#goOn(facts, facts.block, isShared);
			if (begun !== undefined) return begun;
		}
		if (isOpen) await this.#requireUnused(isMine, facts.block);
		if (!isMine) await this.#requireFree(isAnew || this.#job.options.isOwn === true);
		const begun = await beginRun(this.#job.folder, key, facts !== undefined);
		return this.#prepare(begun, isMine && facts.block !== null);
	}

	/** Goes on in the blocks of an earlier try, or of others; undefined where they do not do. */
	async #goOn(facts: DecodeFacts, block: Zyx, isShared: boolean): Promise<Begun | undefined> {
		const { workers = 1, block: asked } = this.#job.options;
		if (!(await this.#job.isStaged()) && !(await this.#job.isInPlace())) return undefined;
		const unit = await this.#open(facts);
		const fits = (threads: number) => hasRoom(block, this.#job.shape, this.#job.room(threads));
		const isAsked = asked !== undefined && String(alignedExtents(this.#job.shape, unit, asked)) === String(block);
		if (isAsked || (asked === undefined && fits(workers))) return { facts, block, unit, workers };
		if (!isShared) return undefined;
		for (let threads = workers; threads > 0; threads--)
			if (fits(threads)) return { facts, block, unit, workers: threads };
		return undefined;
	}

	/** Clears the output's place, but for blocks that are kept, and decides on the blocks. @throws RUN where another process did so */
	async #prepare(facts: DecodeFacts, isKept: boolean): Promise<Begun> {
		const { workers = 1, block: wanted } = this.#job.options;
		const current = await readFacts(this.#job.folder);
		if (current?.run !== facts.run || facts.block !== null) throw this.#overtaken();
		if (!isKept && !this.#job.keepsOld) await rm(this.#job.target.path, { recursive: true, force: true });
		const unit = await this.#open(facts);
		const block =
			wanted === undefined
				? blockExtents(this.#job.shape, unit, this.#job.room(workers))
				: alignedExtents(this.#job.shape, unit, wanted);
		return { facts: await fixBlocks(this.#job.folder, facts, block), block, unit, workers };
	}

	/** Makes the array that is written to, or finds that it is there; gives what its regions are multiples of. */
	async #open(facts: DecodeFacts): Promise<Zyx> {
		const output = await this.#job.output(workFolder(this.#job.folder, facts));
		await makeFolder(dirname(output.path));
		const writer = await openRegions(output);
		await writer.close();
		return asZyx(writer.unit);
	}

	/** @throws CONFIG where something is there that is not to be replaced */
	async #requireFree(isAnew: boolean): Promise<void> {
		const { path } = this.#job.target;
		if (isAnew || !(await this.#job.isInPlace())) return;
		throw new NnvolError(
			"CONFIG",
			`${path}: exists already and was not made by this decoding of this input; add --overwrite to replace it, or choose another name`,
			{ fields: { path } },
		);
	}

	/** @throws CONFIG where other processes are at work on what would be begun anew */
	async #requireUnused(isMine: boolean, block: Zyx | null): Promise<void> {
		const others = await this.#job.others();
		if (others.length === 0) return;
		const { path } = this.#job.target;
		const who = `${others.slice(0, 3).join(", ")}${others.length > 3 ? ", ..." : ""}`;
		const how =
			this.#job.options.overwrite === true
				? "end it before it is replaced, or leave --overwrite out and let both have --claims to share the blocks"
				: isMine && block !== null
					? `its blocks of ${shapeText(block)} voxels are not those asked for, or do not fit the memory of this process: raise --memory and leave --block out, or leave it to the others`
					: "it makes something else of this name: wait for it, or choose another name";
		throw new NnvolError("CONFIG", `${path}: ${who} is at work on it; ${how}`, { fields: { path, others } });
	}

	#overtaken(): NnvolError {
		const { path } = this.#job.target;
		const text = `${path}: another process began at the same moment; run the same again to help it`;
		return new NnvolError("RUN", text, { fields: { path } });
	}
}
