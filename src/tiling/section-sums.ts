/**
 * Weighted sums of overlapping tiles that are one section deep: what lies in one tile alone is handed on at once, the rest
 * when its section is whole.
 *
 * Law: the bits of `PlaneSums`. Only the strips where tiles overlap are stored, so that most voxels are never copied to
 * a plane and back.
 *
 * @module
 */
import { type Box, wholeBox } from "../core/box.ts";
import { sizeOf, type Zyx, zyx } from "../core/shape.ts";
import { addPlane, createPlane, type PlaneBuffer, type TilePlane } from "./blend.ts";
import { type AxisCoverage, coverageOf } from "./coverage.ts";
import type { PlaneSpec } from "./plane-sums.ts";

/** Finished rows of section `z`, from row `y` and column `x` of the box on: float32 [channels, rows, width], valid during the call. */
export type Piece = {
	readonly z: number;
	readonly y: number;
	readonly x: number;
	readonly rows: number;
	readonly width: number;
	readonly values: Float32Array<ArrayBuffer>;
};

/** Bytes of a piece: it stays in the processor's cache while it is turned into results. */
const PIECE_BYTES = 1 << 18;

/** The sums under way. */
export class SectionSums {
	readonly #spec: PlaneSpec;
	readonly #onPiece: (piece: Piece) => void;
	readonly #start: Zyx;
	readonly #stop: Zyx;
	readonly #y: AxisCoverage;
	readonly #x: AxisCoverage;
	/** Rows and columns where several tiles lie. */
	readonly #shared: readonly Box[];
	#plane: PlaneBuffer | undefined;
	/** The section that is being summed up. */
	#z: number;
	/** What the first section was made of; the others are alike. */
	#first: { readonly weights: Float32Array<ArrayBuffer>; readonly reached: number } | undefined;
	#scratch = new Float32Array(0);

	/** @throws RangeError where tiles are not one section deep */
	constructor(spec: Omit<PlaneSpec, "sparse">, onPiece: (piece: Piece) => void) {
		if (spec.grid.patch[0] !== 1) throw new RangeError("blending: tiles are not one section deep");
		const { start, stop } = spec.box ?? wholeBox(spec.shape);
		this.#spec = spec;
		this.#onPiece = onPiece;
		this.#start = zyx(start);
		this.#stop = zyx(stop);
		const along = (axis: 1 | 2) => {
			const before = spec.before[axis] ?? 0;
			return coverageOf(spec.grid, axis, this.#start[axis] + before, this.#stop[axis] + before);
		};
		[this.#y, this.#x] = [along(1), along(2)];
		this.#shared = sharedBoxes(this.#y, this.#x);
		this.#z = this.#start[0];
	}

	/** Adds a tile, float32 [channels, ...patch], whose first voxel is `start` of the padded volume. @throws RangeError where sizes do not fit */
	add(values: Float32Array, start: readonly number[]): void {
		const { before, grid, weights, channels } = this.#spec;
		const size = sizeOf(grid.patch);
		if (values.length !== channels * size || weights.length !== size)
			throw new RangeError(
				`blending: ${values.length} elements and ${weights.length} weights for ${channels} x ${size}`,
			);
		const [, height = 1, width = 1] = grid.patch;
		const [z = 0, y = 0, x = 0] = start.map((first, axis) => first - (before[axis] ?? 0));
		this.#endUpTo(z);
		if (z !== this.#z || z >= this.#stop[0]) return;
		this.#plane ??= this.#makePlane();
		const place = { size, height, width, at: 0, y: y - this.#start[1], x: x - this.#start[2] };
		addPlane(this.#plane, { ...place, values, weights }, this.#takeAlone);
	}

	/** Hands on what is left. @throws RangeError where a voxel was reached by no tile */
	finish(): void {
		this.#endUpTo(this.#stop[0]);
	}

	#makePlane(): PlaneBuffer {
		return createPlane(this.#spec.channels, this.#y, this.#x, true, {}, this.#first?.weights);
	}

	/** Ends sections before `z`. */
	#endUpTo(z: number): void {
		for (; this.#z < Math.min(z, this.#stop[0]); this.#z++) {
			const plane = this.#plane;
			if (plane === undefined) throw unreached();
			this.#requireReached(plane);
			for (const { start, stop } of this.#shared) this.#giveShared(plane, start, stop);
			const spare = { data: plane.data };
			this.#first ??= { weights: plane.weights, reached: plane.reached };
			this.#plane = createPlane(plane.channels, this.#y, this.#x, true, spare, this.#first.weights);
		}
	}

	/** The first section shows that every voxel is reached; the others have as many voxels of tiles. */
	#requireReached({ weights, reached }: PlaneBuffer): void {
		if (this.#first === undefined) {
			if (weights.includes(0)) throw unreached();
		} else if (reached !== this.#first.reached) throw unreached();
	}

	/** Hands on rows and columns of a tile that lies there alone. */
	readonly #takeAlone = (
		{ isWeighed, weights }: PlaneBuffer,
		tile: TilePlane,
		[first, last]: readonly [number, number],
		[low, high]: readonly [number, number],
	): void => {
		const pitch = this.#x.once.length;
		if (!isWeighed) for (let y = first; y < last; y++) weights.fill(1, y * pitch + low, y * pitch + high);
		const width = high - low;
		this.#eachPiece(first, last, low, width, (values, y, rows) => {
			for (let channel = 0; channel < this.#spec.channels; channel++) {
				const from = channel * tile.size + (y - tile.y) * tile.width + low - tile.x;
				copyRows(tile.values, from, tile.width, values, channel * rows * width, rows, width);
			}
		});
	};

	#giveShared({ data, weights, channels }: PlaneBuffer, start: readonly number[], stop: readonly number[]): void {
		const [top = 0, low = 0] = start;
		const [bottom = 0, high = 0] = stop;
		const pitch = this.#x.once.length;
		this.#eachPiece(top, bottom, low, high - low, (values, y, rows) => {
			for (let channel = 0; channel < channels; channel++) {
				for (let row = 0; row < rows; row++) {
					const at = (y + row) * pitch + low;
					const to = (channel * rows + row) * (high - low);
					divideInto(values, to, data, channel * weights.length + at, weights, at, high - low);
				}
			}
		});
	}

	/** Fills pieces of rows and hands them on. */
	#eachPiece(
		first: number,
		last: number,
		x: number,
		width: number,
		fill: (values: Float32Array<ArrayBuffer>, y: number, rows: number) => void,
	): void {
		const { channels } = this.#spec;
		const most = Math.max(1, Math.floor(PIECE_BYTES / (4 * channels * width)));
		for (let y = first; y < last; y += most) {
			const rows = Math.min(most, last - y);
			const values = this.#memory(channels * rows * width);
			fill(values, y, rows);
			const [, top, left] = this.#start;
			this.#onPiece({ z: this.#z, y: top + y, x: left + x, rows, width, values });
		}
	}

	#memory(length: number): Float32Array<ArrayBuffer> {
		if (this.#scratch.length < length) this.#scratch = new Float32Array(length);
		return this.#scratch.subarray(0, length);
	}
}

/** Rows and columns (y, x) where several tiles lie, as boxes that do not overlap. */
function sharedBoxes(y: AxisCoverage, x: AxisCoverage): Box[] {
	const width = x.once.length;
	const found: Box[] = [];
	let row = 0;
	const strips = (stop: number) => {
		if (stop > row) for (const [from, to] of x.shared) found.push({ start: [row, from], stop: [stop, to] });
	};
	for (const [from, to] of y.shared) {
		strips(from);
		found.push({ start: [from, 0], stop: [to, width] });
		row = to;
	}
	strips(y.once.length);
	return found;
}

function copyRows(
	source: Float32Array,
	from: number,
	pitch: number,
	target: Float32Array,
	to: number,
	rows: number,
	width: number,
): void {
	if (pitch === width) {
		target.set(source.subarray(from, from + rows * width), to);
		return;
	}
	for (let row = 0; row < rows; row++) {
		target.set(source.subarray(from + row * pitch, from + row * pitch + width), to + row * width);
	}
}

function divideInto(
	target: Float32Array,
	t: number,
	sums: Float32Array,
	s: number,
	weights: Float32Array,
	w: number,
	count: number,
): void {
	for (let i = 0; i < count; i++) target[t + i] = (sums[s + i] ?? 0) / (weights[w + i] ?? 1);
}

function unreached(): RangeError {
	return new RangeError("blending: a voxel of the box was reached by no tile");
}
