/**
 * Options that several commands share, as the parser gives them.
 *
 * @module
 */

/** Options of the modes that read a configuration. */
export type VolumeFlags = {
	readonly config?: string;
	readonly checkpoint?: string;
	readonly overwrite?: boolean;
	readonly acceptExisting?: boolean;
	readonly memory?: string;
	readonly stream?: boolean;
	readonly json?: boolean;
	readonly quiet?: boolean;
};
