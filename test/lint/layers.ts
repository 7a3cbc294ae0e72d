/**
 * The table of docs/architecture.md: the folders of src/ in order, and what each may import.
 *
 * @module
 */

/** From the bottom to the top. */
export const ORDER = [
	"core",
	"config",
	"tiling",
	"checkpoint",
	"model",
	"graph",
	"runtime",
	"volume",
	"image",
	"preprocess",
	"export",
	"decode",
	"score",
	"nnunet",
	"plan",
	"run",
	"tune",
	"monitor",
	"launch",
	"cli",
	"viewer",
] as const;

/** A folder of src/. */
export type Layer = (typeof ORDER)[number];

/** Folders that may import less than all above them. */
const NARROW: Partial<Record<Layer, readonly Layer[]>> = {
	core: [],
	config: ["core"],
	tiling: ["core"],
	checkpoint: ["core"],
	model: ["core", "checkpoint"],
	graph: ["core", "model"],
	runtime: ["core"],
	volume: ["core"],
	image: ["core"],
};

/** Folders that `layer` may import, itself not among them. */
export function allowedFor(layer: Layer): readonly Layer[] {
	return NARROW[layer] ?? ORDER.slice(0, ORDER.indexOf(layer));
}

/** Folders that `layer` may not import. */
export function forbiddenFor(layer: Layer): readonly Layer[] {
	const allowed = allowedFor(layer);
	return ORDER.filter((other) => other !== layer && !allowed.includes(other));
}

/** True for the name of a folder in the table. */
export function isLayer(name: string): name is Layer {
	return ORDER.some((layer) => layer === name);
}
