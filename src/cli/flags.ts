/**
 * Options that several commands share, as the parser gives them.
 *
 * @module
 */
import type { ConfigSource } from "../config/load.ts";
import type { MonitorFlags } from "./monitor-flags.ts";

/** Options of the modes that read a configuration. */
export type VolumeFlags = MonitorFlags & {
	readonly config?: string;
	/** A file laid over the configuration: best parameters of a search. */
	readonly params?: string;
	readonly checkpoint?: string;
	/** Predictions that `test` scores instead of making its own. */
	readonly predictions?: string;
	readonly overwrite?: boolean;
	readonly acceptExisting?: boolean;
	readonly memory?: string;
	/** Processes of this machine that share the work. */
	readonly workers?: string;
	readonly stream?: boolean;
	readonly json?: boolean;
	readonly quiet?: boolean;
};

/** The files that a configuration is composed of. */
export function sourceOf({
	config,
	params,
}: Pick<VolumeFlags, "config" | "params">): Pick<ConfigSource, "file" | "params"> {
	return { ...(config === undefined ? {} : { file: config }), ...(params === undefined ? {} : { params }) };
}
