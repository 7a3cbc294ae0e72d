/**
 * The extents of a stack and of its files: those of one tile, those at the far edges, and what a file must be.
 *
 * @module
 */
import type { DType } from "../../core/dtype.ts";
import { type Shape, shapeText } from "../../core/shape.ts";
import { volumeError } from "../fault.ts";
import type { VolumeInfo } from "../volume.ts";
import { findFiles } from "./find.ts";
import { type Grid, gridOf } from "./grid.ts";
import { openImage } from "./images.ts";
import { isList, stackPattern } from "./name.ts";
import { readTileList } from "./tile-list.ts";

/** A stack whose extents are known. */
export type Stack = {
	readonly name: string;
	readonly grid: Grid;
	/** The first file that is there: all are like it. */
	readonly first: VolumeInfo;
	readonly dtype: DType;
	/** z, y, x, and colours where the files have them. */
	readonly shape: Shape;
	/** Rows and columns of a tile that does not lie at a far edge. */
	readonly tile: readonly [number, number];
	/** True where tiles at the far edges may reach over the end. */
	readonly overhang: boolean;
	/** What a place without a file reads as. */
	readonly background: number;
};

/** Finds the files of `name` and looks at one of each kind. @throws VOLUME, CONFIG, UNBUILT */
export async function findStack(name: string): Promise<Stack> {
	const pattern = stackPattern(name);
	return isList(pattern) ? fromList(name, pattern) : fromFiles(name);
}

async function fromFiles(name: string): Promise<Stack> {
	const grid = gridOf(name, await findFiles(name));
	const { rows, columns, depth } = grid;
	const at = async (holds: (row: number, column: number) => boolean) => lookAt(name, firstOf(grid, holds));
	const first = await at(() => true);
	// a tile's rows are those of any tile that is not in the last row, and so on
	const [height = 0] = (await at((row) => rows === 1 || row < rows - 1)).shape;
	const [, width = 0] = (await at((_, column) => columns === 1 || column < columns - 1)).shape;
	const [lastHeight = 0] = (await at((row) => row === rows - 1)).shape;
	const [, lastWidth = 0] = (await at((_, column) => column === columns - 1)).shape;
	const [totalHeight, totalWidth] = [(rows - 1) * height + lastHeight, (columns - 1) * width + lastWidth];
	return {
		name,
		grid,
		first,
		dtype: first.dtype,
		shape: [depth, totalHeight, totalWidth, ...first.shape.slice(2)],
		tile: [height, width],
		overhang: false,
		background: 0,
	};
}

async function fromList(name: string, path: string): Promise<Stack> {
	const { grid, dtype, shape, tile, background } = await readTileList(path);
	const first = await lookAt(
		name,
		firstOf(grid, () => true),
	);
	if (first.dtype !== dtype || first.axes !== "yx") {
		const found = `${first.path} holds ${shapeText(first.shape)} of ${first.dtype}`;
		throw volumeError(path, `expected grey tiles of type ${dtype}, found that ${found}; mend the list or the tiles`);
	}
	return { name, grid, first, dtype: first.dtype, shape, tile, overhang: true, background };
}

/** The first file whose place `holds`; else the first that is there. */
function firstOf(grid: Grid, holds: (row: number, column: number) => boolean): string {
	const { rows, columns, files } = grid;
	const at = files.findIndex((file, n) => file !== undefined && holds(Math.floor(n / columns) % rows, n % columns));
	return files[at] ?? files.find((file) => file !== undefined) ?? "";
}

/** Opens one file for its facts. @throws VOLUME where it is no single image */
async function lookAt(name: string, path: string): Promise<VolumeInfo> {
	const reader = await openImage(path);
	await reader.close();
	requireImage(name, reader.info);
	return reader.info;
}

function requireImage(name: string, { path, axes, shape }: VolumeInfo): void {
	if (axes === "yx" || axes === "yxc") return;
	throw volumeError(
		name,
		`expected files of one image each, found that ${path} holds ${shapeText(shape)} (${axes || "?"})`,
	);
}

/** Rows and columns that the tile at `row`, `column` covers of the volume. */
export function tileExtent({ tile, shape }: Stack, row: number, column: number): readonly [number, number] {
	const [, height = 0, width = 0] = shape;
	return [Math.min(tile[0], height - row * tile[0]), Math.min(tile[1], width - column * tile[1])];
}

/** @throws VOLUME naming both files where the one at `row`, `column` is unlike the first */
export function requireAlike(stack: Stack, found: VolumeInfo, row: number, column: number): void {
	const extent = tileExtent(stack, row, column);
	const samples = stack.shape.slice(3);
	const [height = 0, width = 0, ...others] = found.shape;
	const [rows, columns] = extent;
	const fits = stack.overhang
		? height >= rows && width >= columns && height <= stack.tile[0] && width <= stack.tile[1]
		: height === rows && width === columns;
	if (fits && found.dtype === stack.dtype && others.join() === samples.join()) return;
	const is = `${shapeText(found.shape)} of ${found.dtype}`;
	const wanted = `${shapeText([...extent, ...samples])} of ${stack.dtype}`;
	throw volumeError(
		stack.name,
		`${found.path} is ${is}; expected ${wanted}, to go with ${stack.first.path} (${shapeText(stack.first.shape)} of ${stack.first.dtype}); replace one of them or leave it out`,
	);
}
