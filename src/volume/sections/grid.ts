/**
 * Where each file of a stack lies: sections along z, each cut into rows and columns of tiles (mostly one of each).
 *
 * @module
 */
import { volumeError } from "../fault.ts";
import type { Found, FoundFiles } from "./find.ts";
import type { Field } from "./pattern.ts";

/** Places of a stack: `files[(z * rows + row) * columns + column]`; undefined where there is no file. */
export type Grid = {
	readonly depth: number;
	readonly rows: number;
	readonly columns: number;
	readonly files: readonly (string | undefined)[];
	/** The place of a file that is missing, as its name would count it; undefined for a grid without gaps. */
	readonly missing?: { readonly count: number; readonly first: string };
};

/** Places there are at most for one file that is there: more is a slip in the pattern. */
const MOST_PLACES = 10;

/**
 * The grid of `found`. Files without a z in their name are sections in their order; numbers count from the smallest there is.
 *
 * @throws VOLUME where two files have one place, or nearly all places are empty
 */
export function gridOf(name: string, { files, fields }: FoundFiles): Grid {
	const numbered = fields.has("z") || fields.has("y") || fields.has("x");
	const placed: readonly Found[] = numbered ? files : files.map((file, z) => ({ ...file, numbers: { z } }));
	const [z, y, x] = [span(placed, "z"), span(placed, "y"), span(placed, "x")];
	const [depth, rows, columns] = [z.count, y.count, x.count];
	if (depth * rows * columns > MOST_PLACES * files.length + 64) {
		const found = `z ${z.first} to ${z.last}, row ${y.first} to ${y.last}, column ${x.first} to ${x.last}`;
		throw volumeError(
			name,
			`expected numbers without large gaps, found ${files.length} files at ${found}; check the pattern`,
		);
	}
	const places = new Array<string | undefined>(depth * rows * columns).fill(undefined);
	for (const { path, numbers } of placed) {
		const [dz, dy, dx] = [(numbers.z ?? 0) - z.first, (numbers.y ?? 0) - y.first, (numbers.x ?? 0) - x.first];
		const place = (dz * rows + dy) * columns + dx;
		const other = places[place];
		if (other !== undefined)
			throw volumeError(name, `${other} and ${path} have the same place; make the pattern narrower`);
		places[place] = path;
	}
	const count = places.length - files.length;
	if (count === 0) return { depth, rows, columns, files: places };
	const at = places.indexOf(undefined);
	const where = [
		...(fields.has("z") ? [`z ${z.first + Math.floor(at / (rows * columns))}`] : []),
		...(fields.has("y") ? [`row ${y.first + (Math.floor(at / columns) % rows)}`] : []),
		...(fields.has("x") ? [`column ${x.first + (at % columns)}`] : []),
	];
	return { depth, rows, columns, files: places, missing: { count, first: where.join(", ") } };
}

type Span = { readonly first: number; readonly last: number; readonly count: number };

function span(files: readonly Found[], field: Field): Span {
	let [first, last] = [Number.POSITIVE_INFINITY, 0];
	for (const { numbers } of files) {
		const value = numbers[field] ?? 0;
		first = Math.min(first, value);
		last = Math.max(last, value);
	}
	return { first, last, count: last - first + 1 };
}
