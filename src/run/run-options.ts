/**
 * How a plan is carried out.
 *
 * @module
 */
import type { OnEvent } from "../core/events.ts";
import type { Layout } from "../volume/volume.ts";
import type { MonitorSettings } from "./monitor-settings.ts";
import type { Engine } from "./planned-case.ts";

/** One of several workers on one plan. */
export type WorkerShare = {
	/** Which of `count`, from 0. */
	readonly index: number;
	readonly count: number;
	/** True: what others have not begun is done as well, as claims tell. False: this share alone. */
	readonly claims: boolean;
	/** After so many milliseconds without a sign of life what a worker claims is free. */
	readonly lease: number;
	/** Whether volumes are put together whose last block this worker does. */
	readonly finish: boolean;
	/** What failed since then (ISO 8601) is not tried again. */
	readonly since: string;
	/** Nothing is predicted: volumes whose blocks are done are put together. */
	readonly only?: "finish";
};

/** How a plan is carried out. */
export type RunOptions = {
	readonly overwrite: boolean;
	/** Takes outputs of unknown origin for done; `complete`: only where the probabilities that are wanted lie beside them. */
	readonly acceptExisting: boolean | "complete";
	/** Makes outputs anew that were made otherwise, instead of refusing to: for those that no user asked for. */
	readonly remakeForeign?: boolean;
	readonly stopOnError: boolean;
	/** Cases held at a time; big ones are predicted one after the other all the same. */
	readonly casesHeld: number;
	/** Held at a time where all inputs are small: their time goes in waiting for the disk. Default: `casesHeld`. */
	readonly smallCasesHeld?: number;
	/** Tiles and views in one run of the network. */
	readonly batchSize: number;
	readonly tries: number;
	/** The report is written every so many cases, and at the end. */
	readonly reportEvery: number;
	/** Ending of the report's name where several processes share the inputs: "-0-of-4". */
	readonly share: string;
	/** Most bytes that the run may hold, all its processes together; half of the machine where it is not said. */
	readonly memory?: number;
	/** Whether volumes are streamed block by block; by their size where it is `auto` or not said. */
	readonly stream?: "auto" | boolean;
	/** The command that makes the run again. */
	readonly invocation?: { readonly argv: readonly string[]; readonly cwd: string };
	/** A table of objects beside each output that numbers them. */
	readonly objectTable?: "csv" | "parquet";
	/** How chunked outputs are laid out, z, y, x; by the format where it is not said. */
	readonly layout?: Layout;
	readonly attributes: Readonly<Record<string, string | number | boolean>>;
	/** Models that the plan's own is averaged with, in the order of `plan.further`. */
	readonly further?: readonly Engine[];
	/** The share of this process, where it is one of several. */
	readonly worker?: WorkerShare;
	/** Other processes make objects of the same volumes: blocks are shared. `lease` in milliseconds. */
	readonly claims?: { readonly lease: number };
	/** What watches the run: who carries it out opens it, workers each their own. */
	readonly monitor?: MonitorSettings;
	/** Called once nothing stands in the way of the run, before the first case: provenance is written then. */
	readonly onBegin?: () => Promise<void>;
	readonly signal?: AbortSignal;
	readonly onEvent?: OnEvent;
};

/** True for a worker, whose report is one of several. */
export function isOneOfSeveral({ worker }: Pick<RunOptions, "worker">): boolean {
	return worker !== undefined && worker.only !== "finish";
}
