/**
 * The beams that distances are measured in, and the chunks of what lies between their passes.
 *
 * A pure function of the volume's shape, so that processes of other memory measure the same beams.
 *
 * @module
 */
import { sizeOf, type Zyx, zyx } from "../../core/shape.ts";
import { type BlockGrid, blockGrid } from "../../tiling/blocks.ts";

/** Most voxels of a beam, as long as chunks may be smaller. */
const MOST_VOXELS = 2 ** 24;

/** Extents of chunks, at first and at least, and the fewest sections that are measured at once before lines along x and y are by themselves. */
const CHUNK = 64;
const LEAST_CHUNK = 8;
const LEAST_SECTIONS = 16;

/** One pass: x is scanned where it is the first, then lines along `across` (0 is z). */
export type BeamPass = { readonly grid: BlockGrid; readonly across: readonly (0 | 1)[] };

/** Passes in order, and the extents of chunks, of which beams are multiples. */
export type Beams = { readonly passes: readonly BeamPass[]; readonly chunk: Zyx };

/** The beams of a volume of `shape`; flat ones measure in each section by itself. */
export function beamsOf(shape: Zyx, flat: boolean, most = MOST_VOXELS): Beams {
	const [depth, height, width] = shape;
	const sections = Math.floor(most / (height * width));
	const wanted = Math.min(depth, flat ? 1 : LEAST_SECTIONS);
	return sections >= wanted ? bySections(shape, flat, sections, most) : byLines(shape, flat, most);
}

/** Whole sections, then columns. */
function bySections(shape: Zyx, flat: boolean, sections: number, most: number): Beams {
	const [depth, height, width] = shape;
	const thick = Math.min(depth, CHUNK, powerOfTwo(sections));
	let side = CHUNK;
	const column = () => depth * Math.min(side, height) * Math.min(side, width);
	while (!flat && side > LEAST_CHUNK && column() > most) side /= 2;
	const chunk = cut([thick, side, side], shape);
	const passes: BeamPass[] = [{ grid: blockGrid(shape, [thick, height, width]), across: [1] }];
	if (!flat) passes.push({ grid: blockGrid(shape, [depth, chunk[1], chunk[2]]), across: [0] });
	return { passes, chunk };
}

/** Lines of one axis after the other. */
function byLines(shape: Zyx, flat: boolean, most: number): Beams {
	const [depth, height, width] = shape;
	const chunk = cut(chunkFor(Math.max(height, width), flat ? 1 : depth, most), shape);
	const [z, y, x] = chunk;
	const passes: BeamPass[] = [
		{ grid: blockGrid(shape, [z, y, width]), across: [] },
		{ grid: blockGrid(shape, [z, height, x]), across: [1] },
	];
	if (!flat) passes.push({ grid: blockGrid(shape, [depth, y, x]), across: [0] });
	return { passes, chunk };
}

/** The largest chunk, and of several the one nearest to a cube, whose beams have room along lines in sections and through them. */
function chunkFor(longest: number, depth: number, most: number): Zyx {
	let best: Zyx = [1, LEAST_CHUNK, LEAST_CHUNK];
	for (let side = LEAST_CHUNK; side <= 2 * CHUNK && side * side * depth <= most; side *= 2) {
		for (let thick = 1; thick <= CHUNK && thick * side * longest <= most; thick *= 2) {
			const voxels = thick * side * side;
			const isCloser = voxels === sizeOf(best) && Math.abs(thick - side) < Math.abs(best[0] - best[1]);
			if (voxels <= CHUNK ** 3 && (voxels > sizeOf(best) || isCloser)) best = [thick, side, side];
		}
	}
	return best;
}

function cut(extents: readonly number[], shape: Zyx): Zyx {
	return zyx(extents.map((extent, axis) => Math.min(extent, shape[axis] ?? 1)));
}

/** The largest that is not larger. */
function powerOfTwo(number: number): number {
	return 2 ** Math.floor(Math.log2(number));
}
