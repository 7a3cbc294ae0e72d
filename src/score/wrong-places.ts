/**
 * Where a prediction is most wrong: windows of sections, by their wrong voxels.
 *
 * Sections are cut into windows that cover them; volumes are read box by box, so that nothing large is held.
 *
 * @module
 */
import { type Box, boxShape } from "../core/box.ts";
import { throwIfAborted } from "../core/errors.ts";
import type { Zyx } from "../core/shape.ts";
import type { IoOptions } from "../volume/volume.ts";
import { Contingency } from "./contingency.ts";
import type { LabelVolume } from "./label-volume.ts";
import { type LabelWords, labelWords } from "./label-words.ts";
import { scoreBoxes } from "./score-boxes.ts";

/** A window of a section, and how many of its voxels are wrong. */
export type WrongPlace = { readonly box: Box; readonly wrong: number };

/** Longest side of a window, voxels. */
const WINDOW = 640;

/** The `count` worst windows, no two of one section, the worst first; none that are right throughout. */
export async function wrongPlaces(
	truth: LabelVolume,
	found: LabelVolume,
	isRight: (truth: bigint, found: bigint) => boolean,
	count: number,
	options: IoOptions & { readonly boxVoxels?: number } = {},
): Promise<readonly WrongPlace[]> {
	const grid = windowGrid(truth.shape);
	const wrong = new Float64Array(truth.shape[0] * grid.rows * grid.columns);
	for (const box of scoreBoxes(truth.shape, [truth.chunks, found.chunks], options.boxVoxels)) {
		throwIfAborted(options.signal);
		const [a, b] = await Promise.all([truth.read(box, options), found.read(box, options)]);
		const words = [labelWords(a, truth.path), labelWords(b, found.path)] as const;
		for (const [place, voxels] of wrongInBox(words, box, grid, isRight)) wrong[place] = (wrong[place] ?? 0) + voxels;
	}
	return worstOf(wrong, grid, count);
}

/** Windows of a section: all of one size, but for what is left at the ends. */
type WindowGrid = {
	readonly shape: Zyx;
	readonly rows: number;
	readonly columns: number;
	readonly height: number;
	readonly width: number;
};

function windowGrid(shape: Zyx): WindowGrid {
	const [, height, width] = shape;
	const rows = Math.ceil(height / WINDOW);
	const columns = Math.ceil(width / WINDOW);
	return { shape, rows, columns, height: Math.ceil(height / rows), width: Math.ceil(width / columns) };
}

/** Wrong voxels of a box by window. */
function wrongInBox(
	[truth, found]: readonly [LabelWords, LabelWords],
	box: Box,
	grid: WindowGrid,
	isRight: (truth: bigint, found: bigint) => boolean,
): Map<number, number> {
	const tables = new Map<number, Contingency>();
	const [depth = 0, height = 0, width = 0] = boxShape(box);
	const [z0 = 0, y0 = 0, x0 = 0] = box.start;
	for (let row = 0; row < depth * height; row++) {
		const [z, y] = [z0 + Math.floor(row / height), y0 + (row % height)];
		const line = (z * grid.rows + Math.floor(y / grid.height)) * grid.columns;
		for (let x = 0; x < width; ) {
			const column = Math.floor((x0 + x) / grid.width);
			const end = Math.min(width, (column + 1) * grid.width - x0);
			const table = tables.get(line + column) ?? new Contingency();
			tables.set(line + column, table);
			table.add(truth, found, row * width + end, row * width + x);
			x = end;
		}
	}
	return new Map([...tables].map(([place, table]) => [place, wrongOf(table, isRight)]));
}

function wrongOf(table: Contingency, isRight: (truth: bigint, found: bigint) => boolean): number {
	let wrong = 0;
	for (const { truth, found, voxels } of table.meetings()) if (!isRight(truth, found)) wrong += voxels;
	return wrong;
}

function worstOf(wrong: Float64Array, grid: WindowGrid, count: number): WrongPlace[] {
	const { shape, rows, columns, height, width } = grid;
	const bySection = Array.from({ length: shape[0] }, (_, z) => {
		let best = { place: 0, wrong: 0 };
		for (let place = 0; place < rows * columns; place++) {
			const voxels = wrong[z * rows * columns + place] ?? 0;
			if (voxels > best.wrong) best = { place, wrong: voxels };
		}
		const [y, x] = [Math.floor(best.place / columns) * height, (best.place % columns) * width];
		const stop = [z + 1, Math.min(shape[1], y + height), Math.min(shape[2], x + width)];
		return { box: { start: [z, y, x], stop }, wrong: best.wrong };
	});
	return bySection
		.filter((place) => place.wrong > 0)
		.sort((a, b) => b.wrong - a.wrong)
		.slice(0, count);
}
