/**
 * Lists of tiles in JSON as PyTorch Connectomics keeps them (`TileDataset`): extents of the volume and of a tile, and for
 * each section a pattern of its tiles' names.
 *
 * @module
 */
import { stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { isDType } from "../../core/dtype.ts";
import { NnvolError } from "../../core/errors.ts";
import type { Shape } from "../../core/shape.ts";
import { readTextFile } from "../../core/text-file.ts";
import { fileError, volumeError } from "../fault.ts";
import type { Grid } from "./grid.ts";
import { compileParts, fillPart } from "./pattern.ts";

const whole = z.number().int().nonnegative();
const extent = z.number().int().positive();

const TileList = z.object({
	dtype: z.string().refine(isDType),
	depth: extent,
	height: extent,
	width: extent,
	tile_size: z.union([extent, z.tuple([extent, extent])]),
	tile_ratio: z.number().default(1),
	tile_st: z.tuple([whole, whole]).default([0, 0]),
	image: z.union([z.string(), z.array(z.string()).nonempty()]),
	/** What tiles that are missing read as: there 128, whatever the type. */
	background: z.number().default(128),
});

/** Tiles of a list: the grid, the volume's and the tiles' extents, the value where there is no tile. */
export type Tiles = {
	readonly grid: Grid;
	readonly dtype: string;
	readonly shape: Shape;
	/** Rows and columns of a tile; those at the far edges may reach over the volume's end. */
	readonly tile: readonly [number, number];
	readonly background: number;
};

/** Places a list has at most. */
const MOST_PLACES = 1 << 24;

/** Reads the list `path`; names of tiles are taken relative to it. @throws VOLUME, UNBUILT (tiles of another resolution) */
export async function readTileList(path: string): Promise<Tiles> {
	const list = await parse(path);
	if (list.tile_ratio !== 1) {
		throw new NnvolError(
			"UNBUILT",
			`${path}: "tile_ratio" ${list.tile_ratio} is not built; make a list of tiles at ratio 1`,
			{
				fields: { path },
			},
		);
	}
	const size = list.tile_size;
	const tile: readonly [number, number] = typeof size === "number" ? [size, size] : size;
	const [rows, columns] = [Math.ceil(list.height / tile[0]), Math.ceil(list.width / tile[1])];
	const patterns = typeof list.image === "string" ? new Array<string>(list.depth).fill(list.image) : list.image;
	if (patterns.length !== list.depth) {
		throw volumeError(
			path,
			`expected ${list.depth} entries in "image", one a section ("depth"), found ${patterns.length}`,
		);
	}
	if (list.depth * rows * columns > MOST_PLACES) {
		throw volumeError(path, `${list.depth}x${rows}x${columns} tiles are more than a list may have (${MOST_PLACES})`);
	}
	const names = patterns.flatMap((pattern, n) => tileNames(path, pattern, n, { rows, columns, start: list.tile_st }));
	const files = await there(names.map((name) => resolve(dirname(path), name)));
	const count = files.filter((file) => file === undefined).length;
	if (count === files.length) {
		throw volumeError(
			path,
			`none of its ${count} tiles is there, the first being ${names[0]}; paths are taken relative to the list`,
		);
	}
	const first = names[files.indexOf(undefined)] ?? "";
	return {
		grid: { depth: list.depth, rows, columns, files, ...(count === 0 ? {} : { missing: { count, first } }) },
		dtype: list.dtype,
		shape: [list.depth, list.height, list.width],
		tile,
		background: list.background,
	};
}

async function parse(path: string): Promise<z.infer<typeof TileList>> {
	const text = await readTextFile(path).catch((cause) => {
		throw fileError(path, "read", cause);
	});
	let data: unknown;
	try {
		data = JSON.parse(text);
	} catch (cause) {
		throw volumeError(path, "expected a list of tiles in JSON; mend it", cause);
	}
	const parsed = TileList.safeParse(data);
	if (parsed.success) return parsed.data;
	const [issue] = parsed.error.issues;
	const where = issue?.path.join(".") ?? "";
	throw volumeError(
		path,
		`expected a list of tiles (depth, height, width, dtype, tile_size, image): ${where}: ${issue?.message}`,
	);
}

type Layout = { readonly rows: number; readonly columns: number; readonly start: readonly [number, number] };

function tileNames(path: string, pattern: string, z: number, { rows, columns, start }: Layout): string[] {
	const parts = compileParts(pattern.split("/"));
	const names: string[] = [];
	for (let row = 0; row < rows; row++) {
		for (let column = 0; column < columns; column++) {
			const numbers = { z, y: row + start[0], x: column + start[1] };
			const filled = parts.map((part) => fillPart(part, numbers));
			if (filled.includes(undefined)) throw volumeError(path, `"image": ${pattern} is no name with {row} and {column}`);
			names.push(filled.join("/"));
		}
	}
	return names;
}

/** Files looked up at a time. */
const LOOK_UPS = 64;

async function there(files: readonly string[]): Promise<(string | undefined)[]> {
	const found: (string | undefined)[] = [];
	for (let from = 0; from < files.length; from += LOOK_UPS) {
		const some = files.slice(from, from + LOOK_UPS);
		found.push(
			...(await Promise.all(
				some.map((file) =>
					stat(file).then(
						() => file,
						() => undefined,
					),
				),
			)),
		);
	}
	return found;
}
