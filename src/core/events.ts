/**
 * What a run tells about itself: plain, immutable data. Only `cli/` turns it into text.
 *
 * @module
 */

/** What is done to a volume before and after the network. */
export type Phase =
	| "unpacking"
	| "measuring"
	| "resampling"
	| "assembling"
	/** Passes that make objects: of each block, across blocks, from seeds, into the output. */
	| "labelling"
	| "joining"
	| "flooding"
	| "writing";

/** One thing that happened in a run. */
export type RunEvent =
	| { readonly kind: "started"; readonly total: number; readonly skipped: number; readonly remaining: number }
	| { readonly kind: "case-started"; readonly id: string }
	| { readonly kind: "tile"; readonly id: string; readonly done: number; readonly total: number }
	/** A pass over a volume, other than the network's: `done` of `total` voxels. */
	| {
			readonly kind: "phase";
			readonly id: string;
			readonly phase: Phase;
			readonly done: number;
			readonly total: number;
	  }
	/** Blocks of a streamed volume that are done and that failed, those of earlier runs among them. */
	| {
			readonly kind: "block";
			readonly id: string;
			readonly done: number;
			readonly total: number;
			readonly failed: number;
	  }
	| { readonly kind: "retry"; readonly id: string; readonly attempt: number; readonly error: string }
	| { readonly kind: "case-done"; readonly id: string; readonly output: string; readonly seconds: number }
	| { readonly kind: "case-failed"; readonly id: string; readonly error: string }
	| { readonly kind: "note"; readonly text: string }
	| { readonly kind: "warning"; readonly text: string }
	| { readonly kind: "finished"; readonly done: number; readonly failed: number; readonly skipped: number };

/** Receives events; must not throw. */
export type OnEvent = (event: RunEvent) => void;
