/**
 * A volume whose objects are known exactly: balls in the cells of a lattice, tubes along z that wander through columns of
 * cells, some cut, some joined in pairs at one end only.
 *
 * Objects keep a distance of two voxels. Everything follows from the place: any slab can be painted by itself.
 *
 * @module
 */

/** Voxels of a cell's edge. */
const CELL = 64;

/** Extents z, y, x; multiples of 64. */
export type Extents = readonly [number, number, number];

/** A number of 0 to 2^32 - 1 that three numbers determine. */
function hash(a: number, b: number, c: number): number {
	let h = Math.imul(a, 0x9e3779b1) ^ Math.imul(b + 0x7f4a7c15, 0x85ebca6b) ^ Math.imul(c + 0x165667b1, 0xc2b2ae35);
	h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
	h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
	return (h ^ (h >>> 15)) >>> 0;
}

/** Columns of cells that hold tubes: every second one in every second row. */
const isTube = (cy: number, cx: number) => cy % 2 === 1 && cx % 2 === 1;

/** True where the tube of a column is joined with the next one in its row, at the last cell. */
const isBridge = (cy: number, cx: number, columns: number) =>
	isTube(cy, cx) && cx + 2 < columns && cx % 4 === 1 && hash(cy, cx, 77) % 2 === 0;

/** True where a tube has a gap in the cell; never in the first and last one. */
const isGap = (cz: number, cy: number, cx: number, layers: number) =>
	cz > 0 && cz < layers - 1 && hash(cz, cy, cx + 1000) % 9 === 0;

/** The number of the tube's piece that the cell belongs to; pieces end at gaps, and joined tubes share their last. */
function tubeId(cz: number, cy: number, cx: number, [depth, , width]: Extents): number {
	const [layers, columns] = [depth / CELL, width / CELL];
	let end = cz;
	while (end < layers - 1 && !isGap(end, cy, cx, layers)) end++;
	if (end < layers - 1 || isGap(end, cy, cx, layers)) return id(1, end, cy, cx);
	const owner = cx % 4 === 3 && isBridge(cy, cx - 2, columns) ? cx - 2 : cx;
	return id(1, layers - 1, cy, owner);
}

/** Cells have up to 1024 an axis. */
const id = (kind: number, cz: number, cy: number, cx: number) => ((kind * 1024 + cz) * 1024 + cy) * 1024 + cx + 1;

/** Paints the objects of sections `from` to `to` (multiples of 64) of a volume: numbers of objects, 0 outside. */
export function paintSlab(shape: Extents, from: number, to: number): Uint32Array {
	const [, height, width] = shape;
	const slab = new Uint32Array((to - from) * height * width);
	for (let cz = from / CELL; cz < to / CELL; cz++) {
		for (let cy = 0; cy < height / CELL; cy++) {
			for (let cx = 0; cx < width / CELL; cx++) paintCell(slab, shape, from, cz, cy, cx);
		}
	}
	return slab;
}

function paintCell(slab: Uint32Array, shape: Extents, from: number, cz: number, cy: number, cx: number): void {
	const [depth, , width] = shape;
	const [layers, columns] = [depth / CELL, width / CELL];
	if (isTube(cy, cx)) {
		paintTube(slab, shape, from, cz, cy, cx);
		return;
	}
	if (cz === layers - 1 && cx > 0 && isBridge(cy, cx - 1, columns)) {
		paintBridge(slab, shape, from, cz, cy, cx);
		return;
	}
	const code = hash(cz, cy, cx);
	if (code % 4 === 0) return;
	const radius = 2 + ((code >>> 3) % 26);
	const room = CELL - 4 - 2 * radius;
	const at = (n: number) => 2 + radius + (hash(code, n, 5) % (room + 1));
	paintBall(slab, shape, [cz * CELL + at(0) - from, cy * CELL + at(1), cx * CELL + at(2)], radius, id(0, cz, cy, cx));
}

function paintBall(
	slab: Uint32Array,
	[, height, width]: Extents,
	[z, y, x]: Extents,
	radius: number,
	value: number,
): void {
	for (let dz = -radius; dz <= radius; dz++) {
		for (let dy = -radius; dy <= radius; dy++) {
			const rest = radius * radius - dz * dz - dy * dy;
			if (rest < 0) continue;
			const half = Math.floor(Math.sqrt(rest));
			const row = ((z + dz) * height + y + dy) * width + x;
			slab.fill(value, row - half, row + half + 1);
		}
	}
}

/** A disc in every section whose centre wanders by less than a voxel a section; none in the middle of a gap. */
function paintTube(slab: Uint32Array, shape: Extents, from: number, cz: number, cy: number, cx: number): void {
	const [depth, height, width] = shape;
	const gap = isGap(cz, cy, cx, depth / CELL);
	const below = gap ? tubeId(cz + 1, cy, cx, shape) : 0;
	const own = tubeId(cz, cy, cx, shape);
	for (let n = 0; n < CELL; n++) {
		if (gap && n >= 30 && n < 34) continue;
		const value = gap && n >= 34 ? below : own;
		const z = cz * CELL + n;
		const y = cy * CELL + 32 + Math.round(15 * Math.sin(z / 37 + cx));
		const x = cx * CELL + 32 + Math.round(15 * Math.cos(z / 41 + cy));
		paintDisc(slab, ((z - from) * height + y) * width + x, width, 10, value);
	}
}

function paintDisc(slab: Uint32Array, centre: number, width: number, radius: number, value: number): void {
	for (let dy = -radius; dy <= radius; dy++) {
		const half = Math.floor(Math.sqrt(radius * radius - dy * dy));
		slab.fill(value, centre + dy * width - half, centre + dy * width + half + 1);
	}
}

/** A bar through the cell between two tubes, from the middle of one to that of the other. */
function paintBridge(slab: Uint32Array, shape: Extents, from: number, cz: number, cy: number, cx: number): void {
	const [, height, width] = shape;
	const value = tubeId(cz, cy, cx - 1, shape);
	for (let n = 40; n < 44; n++) {
		for (let y = cy * CELL + 8; y < cy * CELL + 56; y++) {
			const row = ((cz * CELL + n - from) * height + y) * width;
			slab.fill(value, row + (cx - 1) * CELL + 8, row + (cx + 2) * CELL - 8);
		}
	}
}

/** Values as a network might give them: from 160 inside, up to 96 outside. */
export function valueAt(index: number, isInside: boolean): number {
	const noise = (Math.imul(index | 0, 0x9e3779b1) >>> 26) & 63;
	return isInside ? 192 + noise : noise;
}
