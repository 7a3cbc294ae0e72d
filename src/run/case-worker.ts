/**
 * One case of a run: read, predicted once there is room for it, written beside its place, put there, recorded.
 *
 * @module
 */
import { basename } from "node:path";
import { hasDType } from "../core/array.ts";
import { errorText, isNnvolError, throwIfAborted } from "../core/errors.ts";
import type { Plan, PlannedCase } from "../plan/plan.ts";
import { type Image, readImage } from "../preprocess/image.ts";
import { type Placement, restoreAxes } from "../preprocess/placement.ts";
import { statVolume } from "../volume/sections/presence.ts";
import type { CaseArrays } from "./case-arrays.ts";
import { type FileFacts, requireHeld, writeCase } from "./case-files.ts";
import { propertiesOf } from "./case-properties.ts";
import { type Checked, inputBytes } from "./checked.ts";
import type { Claims } from "./claims/claims.ts";
import { type Ledger, recordName, writeRecord } from "./ledger.ts";
import { ensureTable, objectTablePath, writeCaseTable, writtenSpacing } from "./object-table.ts";
import { bytesOfCase, type Engine, predictPlanned } from "./planned-case.ts";
import { withRetries } from "./retry.ts";
import { Room } from "./room.ts";
import type { RunOptions } from "./run-options.ts";
import { Stopwatch, type Timing } from "./timing.ts";
import { type AfterPass, afterPassOf, requireOwnAxes, valuesCase } from "./volume/after-pass.ts";
import { dropValues, makeObjects } from "./volume/make-objects.ts";
import { closeVolumeCase, isUnpackedElsewhere, type OpenVolumeCase, openVolumeCase } from "./volume/open-case.ts";
import { routeOf } from "./volume/route.ts";
import type { VolumeShare } from "./volume/run-facts.ts";
import { predictVolume } from "./volume/volume-case.ts";

/** Cases that take more than this together are predicted one after the other. */
const ROOM_BYTES = 256 * 2 ** 20;

/** Cases predicted side by side at most: tiles of the next are cut while those of one run; more would all end late. */
const PREDICTED = 2;

/** Files of so few bytes are read and written on the spot: a thread takes longer to begin. */
const SMALL_FILES = 16 * 2 ** 20;

function isSmall(one: Checked): boolean {
	return inputBytes(one) <= SMALL_FILES;
}

/** How many objects were made of a case, where they were. */
function objectNotes(id: string, objects: number | undefined): readonly string[] {
	if (objects === undefined) return [];
	if (objects > 0) return [`${id}: ${objects} object${objects === 1 ? "" : "s"}`];
	return [`${id}: no objects: nothing is left by the thresholds and sizes of inference.postprocessing.decoding`];
}

/** What became of a case: done here; in part here; done by another worker meanwhile, in another's hands, or another's share. */
export type CaseOutcome = {
	readonly state: "done" | "part" | "elsewhere" | "busy" | "other";
	readonly notes: readonly string[];
	readonly timing: Timing;
};

/** What is between workers on one case. */
export type CaseTurn = {
	readonly share: VolumeShare;
	/** One worker at a time: what is staged of inputs. */
	readonly fence: Claims | undefined;
	/** Does a case that one worker does, if it is this one's to do. */
	alone(one: Checked, work: () => Promise<CaseOutcome>): Promise<CaseOutcome>;
	/** Does what one worker does at a time, unless the output is finished by then. */
	unlessDone<T>(one: Checked, work: () => Promise<T>): Promise<T | "elsewhere">;
	/** True where the output has been finished since it was looked at. */
	isDone(one: Checked): Promise<boolean>;
};

/** What a volume is closed with. */
type Closing = {
	readonly after: AfterPass | undefined;
	/** The case of its values. */
	readonly values: PlannedCase;
	readonly open: OpenVolumeCase;
	readonly watch: Stopwatch;
};

/** Does the cases of one run; several may be under way. */
export class CaseWorker {
	readonly #plan: Plan;
	readonly #ledger: Ledger;
	readonly #engine: Engine;
	readonly #options: RunOptions;
	/** Notes that were told, without the names of their files. */
	readonly #told = new Set<string>();
	readonly #room = new Room(ROOM_BYTES);

	constructor(plan: Plan, ledger: Ledger, engine: Engine, options: RunOptions) {
		this.#plan = plan;
		this.#ledger = ledger;
		this.#engine = engine;
		this.#options = options;
	}

	/** Does one case, begun at the time `begun` (milliseconds), or one's part of it. @throws INPUT, VOLUME, RUNTIME, CANCELLED, ... */
	async work(one: Checked, begun: number, turn?: CaseTurn): Promise<CaseOutcome> {
		const route = await routeOf(one, this.#plan, this.#engine, this.#options);
		if (route.streamed) return this.#stream(one, begun, route.why, turn);
		return turn === undefined ? this.#predict(one, begun) : turn.alone(one, () => this.#predict(one, begun));
	}

	/** Predicts a case that is held in memory. */
	async #predict(one: Checked, begun: number): Promise<CaseOutcome> {
		const { entry } = one;
		const watch = new Stopwatch();
		const { signal, onEvent, tries, batchSize } = this.#options;
		const io = signal === undefined ? {} : { signal };
		const retry = <T>(work: () => Promise<T>) =>
			withRetries(work, {
				tries,
				...io,
				onRetry: (attempt, error) => onEvent?.({ kind: "retry", id: entry.id, attempt, error: errorText(error) }),
			});
		const read = () => readImage(entry.files, this.#engine.spec, this.#imageOptions());
		const image = await watch.measure("read", () => retry(read));
		this.#tell(image.notes);
		requireHeld(entry, image.rank, this.#plan.settings.output);
		const engines = [this.#engine, ...(this.#options.further ?? [])];
		const bytes = Math.max(bytesOfCase(image, this.#plan, engines), ROOM_BYTES / PREDICTED);
		const { values, ...arrays } = await this.#room.within(bytes, async () => {
			throwIfAborted(signal);
			return predictPlanned(entry, image, this.#plan, engines, {
				batchSize,
				watch,
				...io,
				...(onEvent === undefined ? {} : { onEvent }),
			});
		});
		throwIfAborted(signal);
		const notes = [...image.notes, ...objectNotes(entry.id, arrays.objects)];
		if (arrays.objects === 0) this.#tell(notes);
		const write = async () => {
			const facts = this.#facts(image, entry);
			const file = await writeCase(entry.output, arrays, facts);
			try {
				await this.#record(one, "writing", begun);
				await this.#writeTable(entry, values === undefined ? arrays : { ...arrays, values }, facts.placement);
				await file.commit();
				await this.#record(one, "done", begun);
			} finally {
				await file.discard();
			}
		};
		await watch.measure("write", () => retry(write));
		return { state: "done", notes, timing: watch.timing };
	}

	/** Writes the table of the objects that a case was found to have, where it is wanted. */
	async #writeTable({ output }: PlannedCase, arrays: CaseArrays, placement: Placement): Promise<void> {
		const { objectTable: format } = this.#options;
		if (format === undefined || arrays.objects === undefined) return;
		const array = restoreAxes(arrays.array, arrays.axes, placement);
		const values = arrays.values && restoreAxes(arrays.values, arrays.axes, placement);
		const own = { ...arrays, array, ...(values !== undefined && hasDType(values, "float32") ? { values } : {}) };
		await writeCaseTable(objectTablePath(output, format), own, writtenSpacing(placement));
	}

	/** Streams a case: alone, since it takes the memory that there is. */
	async #stream(one: Checked, begun: number, why: string, turn: CaseTurn | undefined): Promise<CaseOutcome> {
		const watch = new Stopwatch();
		const after = afterPassOf(this.#plan.settings);
		const streamed = after === undefined ? { ...one, plan: this.#plan } : valuesCase(one.entry, this.#plan, after);
		const { layout, ...rest } = this.#options;
		const options = after === undefined ? this.#options : rest; // the layout is the output's, not that of its values
		const share = turn?.share;
		const run = {
			plan: streamed.plan,
			ledger: this.#ledger,
			engine: this.#engine,
			options,
			why,
			...(share === undefined ? {} : { share }),
			...(turn === undefined ? {} : { isDone: () => turn.isDone(one) }),
		};
		const fence = turn?.fence;
		const waits = share?.others !== true || share.wait; // else there may be other cases
		const open = await watch
			.measure("read", () =>
				openVolumeCase(streamed.entry, streamed.plan, this.#engine.spec, options, {
					inline: isSmall(one),
					waits,
					...(fence === undefined ? {} : { fence }),
				}),
			)
			.catch((error: unknown) => {
				if (isUnpackedElsewhere(error)) return undefined;
				throw error;
			});
		if (open === undefined) return { state: "busy", notes: [], timing: watch.timing };
		try {
			this.#tell(open.image.notes);
			if (after !== undefined) requireOwnAxes(this.#plan.settings, open.image.placement.turn);
			const state = await this.#room.within(ROOM_BYTES, async () => {
				throwIfAborted(this.#options.signal);
				const begin = () => this.#record(one, "writing", begun);
				if ((await (turn === undefined ? begin() : turn.unlessDone(one, begin))) === "elsewhere") return "elsewhere";
				const { finished } = await predictVolume({ ...one, entry: streamed.entry }, open, run, watch);
				if (!finished) return "part";
				return this.#close(one, begun, { after, values: streamed.entry, open, watch }, turn);
			});
			return { state, notes: open.image.notes, timing: watch.timing };
		} finally {
			await closeVolumeCase(open);
		}
	}

	/** Makes of a volume whose blocks are done what is made of the whole, with other workers where there are some, and records it. */
	async #close(
		one: Checked,
		begun: number,
		{ after, values, open, watch }: Closing,
		turn: CaseTurn | undefined,
	): Promise<"done" | "elsewhere"> {
		if (after !== undefined) {
			const shared = turn === undefined ? {} : { claims: { lease: turn.share.lease } };
			const make = () => makeObjects(one.entry, values.output, after, open, { ...this.#options, ...shared });
			try {
				await watch.measure("export", make);
			} catch (error) {
				// what another worker has finished has no values any more
				if (isNnvolError(error, "CANCELLED") || (await turn?.isDone(one)) !== true) throw error;
				return "elsewhere";
			}
		}
		const end = async () => {
			if (after?.objects !== undefined) await ensureTable(one.entry, this.#options);
			await this.#record(one, "done", begun);
			if (after !== undefined) await dropValues(values, this.#plan.folder, this.#ledger);
			return "done" as const;
		};
		return turn === undefined ? end() : turn.unlessDone(one, end);
	}

	/** What holds for many files is told of the first; the report has it of each. */
	#tell(notes: readonly string[]): void {
		for (const text of notes) {
			const what = text.slice(text.indexOf(": ") + 1);
			if (!this.#told.has(what)) this.#options.onEvent?.({ kind: "note", text });
			this.#told.add(what);
		}
	}

	#imageOptions() {
		const { axes, spacing, dataset } = this.#plan.settings;
		const { signal } = this.#options;
		return {
			...(axes === undefined ? {} : { axes }),
			...(spacing === undefined ? {} : { spacing }),
			...(dataset === undefined ? {} : { dataset }),
			...(signal === undefined ? {} : { signal }),
		};
	}

	#facts(image: Image, entry: PlannedCase): FileFacts {
		const { format } = entry;
		const { output } = this.#plan.settings;
		const byValues = output.kind === "labels" && output.dtype === "by-values";
		const spacingFile = format === "tiff" && output.kind === "labels" && image.rank === 3;
		return {
			format,
			spacingFile,
			...(output.kind === "labels" && output.store !== undefined ? { store: output.store } : {}),
			attributes: { ...this.#options.attributes, plan: this.#plan.hash, input: basename(entry.files[0] ?? "") },
			properties: propertiesOf(image, this.#engine.spec),
			placement: byValues ? image.placement : { ...image.placement, labels: "by-values" },
			...(this.#options.signal === undefined ? {} : { signal: this.#options.signal }),
		};
	}

	async #record({ entry, inputs }: Checked, state: "writing" | "done", begun: number): Promise<void> {
		const found = state === "done" ? await statVolume(entry.output) : undefined;
		await writeRecord(this.#ledger, {
			version: 1,
			state,
			output: recordName(this.#ledger, entry.output),
			plan: this.#plan.hash,
			inputs,
			...(found === undefined ? {} : { seconds: (Date.now() - begun) / 1000, finished: new Date().toISOString() }),
			...(found === undefined || found.isDirectory() ? {} : { bytes: found.size }),
		});
	}
}
