/**
 * What `predict` is told.
 *
 * @module
 */
import type { MonitorFlags } from "./monitor-flags.ts";

/** Options of `predict` as the command line gives them. */
export type PredictFlags = MonitorFlags & {
	readonly folds?: string | undefined;
	readonly tta: boolean;
	readonly stepSize: string;
	readonly saveProbabilities?: boolean;
	/** How they are kept; giving one of these saves them. */
	readonly probabilitiesFormat?: string | undefined;
	readonly probabilitiesDtype?: string | undefined;
	readonly device: string;
	readonly batchSize: string;
	readonly threads?: string | undefined;
	readonly format?: string | undefined;
	readonly inputDataset?: string | undefined;
	readonly plans?: string | undefined;
	readonly dataset?: string | undefined;
	readonly checkpointName?: string | undefined;
	/** Further models: probabilities are averaged. */
	readonly with?: readonly string[];
	/** Folder of segmentations, or a model, of a cascade's previous stage. */
	readonly previousStage?: string | undefined;
	/** Share of the cases that this process takes. */
	readonly numParts?: string | undefined;
	readonly partId?: string | undefined;
	/** Files written among the outputs, by name. */
	readonly beside?: Readonly<Record<string, string>>;
	readonly overwrite?: boolean;
	readonly acceptExisting?: boolean | "complete";
	readonly memory?: string;
	/** Processes of this machine that share the work. */
	readonly workers?: string;
	readonly stream?: boolean;
	readonly json?: boolean;
	readonly quiet?: boolean;
	/** True where the output folder goes when the command ends. */
	readonly isTemporary?: boolean;
};
