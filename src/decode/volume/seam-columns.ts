/**
 * What a block shares with the blocks before it, as columns.
 *
 * @module
 */
import { type Columns, uint32Column } from "./packed-tables.ts";
import type { SeamPairs } from "./seams.ts";

/** The pairs of a block and a neighbour. `axis` is that of the seam, where the two share a face. */
export type Seam = { readonly neighbour: number; readonly axis: number; readonly pairs: SeamPairs };

/** Seams as columns. */
export function columnsOfSeams(seams: readonly Seam[]): Columns {
	const joined = (part: keyof SeamPairs) => Uint32Array.from(seams.flatMap(({ pairs }) => [...pairs[part]]));
	return {
		neighbours: Uint32Array.from(seams, ({ neighbour }) => neighbour),
		axes: Uint32Array.from(seams, ({ axis }) => axis),
		counts: Uint32Array.from(seams, ({ pairs }) => pairs.here.length),
		here: joined("here"),
		there: joined("there"),
		faces: joined("faces"),
	};
}

/** Seams from columns. @throws RangeError where one is missing */
export function seamsIn(columns: Columns): Seam[] {
	const [axes, counts] = [uint32Column(columns, "axes"), uint32Column(columns, "counts")];
	const [here, there] = [uint32Column(columns, "here"), uint32Column(columns, "there")];
	const faces = uint32Column(columns, "faces");
	let from = 0;
	return Array.from(uint32Column(columns, "neighbours"), (neighbour, n) => {
		const to = from + (counts[n] ?? 0);
		const pairs = { here: here.slice(from, to), there: there.slice(from, to), faces: faces.slice(from, to) };
		from = to;
		return { neighbour, axis: axes[n] ?? 0, pairs };
	});
}
