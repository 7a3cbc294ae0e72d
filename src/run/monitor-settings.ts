/**
 * What watches a run: plain data, so that a job carries it to every worker.
 *
 * @module
 */

/** Where a run is written down for others to watch. Each process writes files of its own. */
export type MonitorSettings = {
	/** Folder of TensorBoard's event files. */
	readonly tensorboard?: string;
	/** `HOST:PORT` or `:PORT` to be asked at, or a file that is written anew every interval. */
	readonly prometheus?: string;
	/** File, or folder of files, of JSON lines: every event. */
	readonly events?: string;
	/** Seconds between points of curves. */
	readonly interval: number;
	/** Most pictures of finished cases; 0 for none. */
	readonly images: number;
};

/** Seconds between points, where it is not said. */
export const INTERVAL = 10;

/** Pictures of a run, where it is not said. */
export const IMAGES = 20;
