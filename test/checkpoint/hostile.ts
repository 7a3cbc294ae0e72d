/**
 * Hostile and damaged checkpoints, each with what its error must say besides the file's name.
 *
 * @module
 */
import { fakes } from "./hostile-fakes.ts";
import { pickles } from "./hostile-pickles.ts";
import { archives } from "./hostile-zips.ts";

/** One file that must be refused: by opening it, or by reading its weights. */
export type Hostile = {
	readonly name: string;
	readonly bytes: () => Uint8Array;
	/** What the message says is wrong. */
	readonly expect: RegExp;
};

/** All of them. */
export const HOSTILE_CHECKPOINTS: readonly Hostile[] = [...fakes, ...archives, ...pickles];
