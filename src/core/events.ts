/**
 * What a run tells about itself: plain, immutable data. Only `cli/` turns it into text.
 *
 * @module
 */
import type { Box } from "./box.ts";

/** What is done to a volume before and after the network. */
export type Phase =
	| "unpacking"
	| "measuring"
	| "resampling"
	| "assembling"
	/** Passes that make objects: masks, pieces of each block, across blocks, from seeds, into the output. */
	| "masking"
	| "labelling"
	| "joining"
	| "flooding"
	/** Coarser scales. */
	| "scaling"
	| "writing";

/** Seconds of parts of the work, by name: read, preprocess, network, export, write. */
export type PartSeconds = Readonly<Record<string, number>>;

/** One thing that happened in a run. */
export type RunEvent =
	| { readonly kind: "started"; readonly total: number; readonly skipped: number; readonly remaining: number }
	| { readonly kind: "case-started"; readonly id: string }
	/** Tiles of a case; `voxels`: how many the case has, where it is held whole. */
	| {
			readonly kind: "tile";
			readonly id: string;
			readonly done: number;
			readonly total: number;
			readonly voxels?: number;
	  }
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
			/** Seconds of each part of the work on the volume, so far. */
			readonly timing?: PartSeconds;
	  }
	/** One block is written and recorded. */
	| {
			readonly kind: "block-done";
			readonly id: string;
			readonly block: number;
			readonly voxels: number;
			readonly seconds: number;
			readonly worker: string;
	  }
	/** One block could not be done, however often it was tried. */
	| {
			readonly kind: "block-failed";
			readonly id: string;
			readonly block: number;
			readonly box: Box;
			readonly error: string;
			readonly code?: string;
			readonly attempts: number;
			readonly worker: string;
	  }
	| { readonly kind: "retry"; readonly id: string; readonly attempt: number; readonly error: string }
	| {
			readonly kind: "case-done";
			readonly id: string;
			readonly output: string;
			readonly seconds: number;
			readonly timing?: PartSeconds;
	  }
	| { readonly kind: "case-failed"; readonly id: string; readonly error: string; readonly code?: string }
	| { readonly kind: "note"; readonly text: string }
	| { readonly kind: "warning"; readonly text: string }
	| {
			readonly kind: "finished";
			readonly done: number;
			readonly failed: number;
			readonly skipped: number;
			/** Most that this process held, bytes. */
			readonly peakMemory?: number;
			/** Most that it held on the graphics card, where that could be asked. */
			readonly peakGpuMemory?: number;
	  };

/** Receives events; must not throw. */
export type OnEvent = (event: RunEvent) => void;
