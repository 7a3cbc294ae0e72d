/**
 * What one model of the comparison is, as the Python side and nnvol's side read it from `case.json`, `plans.json` and
 * `dataset.json`.
 *
 * @module
 */

/** Anything JSON can say. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json };

/** z, y, x. */
export type Triple = readonly [number, number, number];

/** One case to predict: a phantom is made from it. Axes z, y, x, as nnU-Net's arrays have them. */
export type ParityInput = {
	readonly id: string;
	readonly shape: Triple;
	/** Ignored by formats that keep none. */
	readonly spacing: Triple;
	/** ITK's direction matrix, rows of x, y, z. */
	readonly direction: readonly number[];
	/** ITK's origin x, y, z. */
	readonly origin: readonly number[];
	readonly dtype: "uint8" | "int16" | "uint16" | "float32" | "float64";
	/** Voxels of zeros at the low and the high end of each axis. */
	readonly border: readonly (readonly [number, number])[];
	/** Zeros inside, enclosed and not. */
	readonly holes: boolean;
	/** Dimensions of the file: 2 for images, 3 for volumes. */
	readonly dimensions: 2 | 3;
	readonly seed: number;
};

/** How the model is run. */
export type ParityCase = {
	readonly name: string;
	/** What it is there for, in a few words: a cell of the table. */
	readonly shows: string;
	readonly configuration: string;
	readonly trainer: string;
	readonly folds: readonly (number | "all")[];
	readonly mirrorAxes: readonly number[] | null;
	readonly seed: number;
	readonly step: number;
	readonly mirror: boolean;
	/** The model whose predictions are this one's second input. */
	readonly previous: string | null;
	/** Whether the logits are resampled: probabilities then have the wider tolerance. */
	readonly resampled: boolean;
	readonly inputs: readonly ParityInput[];
};

/** All that is committed of a model. */
export type ParityModel = { readonly case: ParityCase; readonly plans: JsonObject; readonly dataset: JsonObject };
