/**
 * As what label volumes are compared: classes, foreground, or objects; and what decides it where nobody does.
 *
 * @module
 */
import type { DType } from "../core/dtype.ts";
import { entries, type Table } from "./table.ts";

/** Ids are classes; everything but 0 is one class; ids are objects, whose numbers need not agree. */
export const COMPARISONS = ["classes", "foreground", "instances"] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** What a user may ask for. */
export type Compare = Comparison | "auto";

/** What was decided, and what a user should know of it. */
export type Decision = { readonly comparison: Comparison; readonly notes: readonly string[] };

/** What is known of one side, over all cases together: ids other than 0, and whether it is stored as objects are. */
export type KnownSide = { readonly ids: ReadonlySet<bigint>; readonly isWide: boolean };

/** What predictions are known to be, where it is known how they were made. */
export type Predicted = "objects" | "mask";

/** Element types that only ids of objects need. */
const WIDE: ReadonlySet<DType> = new Set(["uint32", "int32", "uint64", "int64"]);

/** Value of a mask stored as a picture. */
const MASK = 255n;

/** What is known of both sides of `cases`. */
export function knownSides(
	cases: readonly { readonly table: Table; readonly dtypes: { readonly truth: DType; readonly found: DType } }[],
): { readonly labels: KnownSide; readonly predictions: KnownSide } {
	const side = (name: "truth" | "found"): KnownSide => ({
		ids: new Set(cases.flatMap(({ table }) => table[name].ids).filter((id) => id !== 0n)),
		isWide: cases.some(({ dtypes }) => WIDE.has(dtypes[name])),
	});
	return { labels: side("truth"), predictions: side("found") };
}

/**
 * Decides for `asked`.
 *
 * `auto`: objects where predictions are known as such or have 32 or 64 bits a voxel, and neither side is a mask (one value, 1 or
 * 255); foreground where both sides are masks, or one is whose value the other side does not hold; else classes.
 */
export function decide(asked: Compare, labels: KnownSide, predictions: KnownSide, predicted?: Predicted): Decision {
	const masks = { labels: isMask(labels), predictions: isMask(predictions) || predicted === "mask" };
	if (asked === "instances") return { comparison: asked, notes: maskNotes(masks) };
	if (asked !== "auto") return { comparison: asked, notes: [] };
	if (masks.labels && masks.predictions) return { comparison: "foreground", notes: [] };
	const isObjects = predicted === "objects" || predictions.isWide || (labels.isWide && !masks.labels);
	if (!masks.labels && !masks.predictions) return { comparison: isObjects ? "instances" : "classes", notes: [] };
	const isMixed = isObjects || predicted === "mask" || !fits(masks.labels ? labels : predictions, labels, predictions);
	if (!isMixed) return { comparison: "classes", notes: [] };
	return { comparison: "foreground", notes: [mixedText(masks.labels ? "label" : "prediction")] };
}

/** True where both sides hold the value of the mask. */
function fits(mask: KnownSide, labels: KnownSide, predictions: KnownSide): boolean {
	return [...mask.ids].every((id) => labels.ids.has(id) && predictions.ids.has(id));
}

/** What is said where ids are compared as classes and hardly agree. */
export const DISAGREE =
	"compared as classes, but where both sides have foreground their ids seldom agree: if they are objects, give --instances (score.compare=instances)";

/** True where less than half of the voxels that are foreground on both sides have equal ids. */
export function idsDisagree(tables: readonly Table[]): boolean {
	let [both, equal] = [0, 0];
	for (const table of tables) {
		for (const [truth, found, voxels] of entries(table)) {
			if (truth !== 0n && found !== 0n) both += voxels;
			if (truth !== 0n && truth === found) equal += voxels;
		}
	}
	return 2 * equal < both;
}

function mixedText(mask: "label" | "prediction"): string {
	const [one, other] = mask === "label" ? ["labels", "predictions"] : ["predictions", "labels"];
	return `the ${one} are masks, the ${other} hold several ids: compared as foreground. To compare objects, give --instances --components ${mask} (score.compare=instances score.components=[${mask}]), which takes the masks' connected components`;
}

function maskNotes({ labels, predictions }: { readonly labels: boolean; readonly predictions: boolean }): string[] {
	const text = (name: string, side: string) =>
		`all ${name} hold one value, taken for one object each; if they are masks, --components ${side} (score.components=[${side}]) takes their connected components as objects`;
	return [...(labels ? [text("labels", "label")] : []), ...(predictions ? [text("predictions", "prediction")] : [])];
}

function isMask({ ids }: KnownSide): boolean {
	const [only] = ids;
	return ids.size === 1 && (only === 1n || only === MASK);
}
