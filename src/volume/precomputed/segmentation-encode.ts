/**
 * Packing labels as `compressed_segmentation` (see `segmentation-decode.ts` for the format).
 *
 * Tables that are equal are kept once a channel, so that large regions of one label cost two words a block. The result is
 * a pure function of the labels.
 *
 * @module
 */
import type { Zyx } from "../../core/shape.ts";

/** Tables of more labels are not looked for among the earlier ones: they hardly ever repeat. */
const SHARED_TABLE = 64;

/** A table's place has 24 bits. */
const MOST_WORDS = 2 ** 24;

/**
 * The packed words.
 *
 * @param labels 32-bit words in C order of c, z, y, x: one a label for uint32, two (low, high) for uint64
 * @param shape z, y, x of one channel
 * @returns a text that tells what is wrong where the chunk is too large for the format
 */
export function encodeSegmentation(
	labels: Uint32Array,
	channels: number,
	shape: Zyx,
	block: Zyx,
	words: 1 | 2,
): Uint32Array<ArrayBuffer> | string {
	const size = shape[0] * shape[1] * shape[2] * words;
	const out = new Words();
	for (let channel = 0; channel < channels; channel++) out.push(0);
	for (let channel = 0; channel < channels; channel++) {
		out.data[channel] = out.length;
		const encoder = new ChannelEncoder(out, shape, block, words);
		const fault = encoder.encode(labels.subarray(channel * size, (channel + 1) * size));
		if (fault !== undefined) return fault;
	}
	return out.data.slice(0, out.length);
}

/** A list of words that grows. */
class Words {
	data = new Uint32Array(1 << 12);
	length = 0;

	push(word: number): void {
		if (this.length === this.data.length) this.#grow(this.length + 1);
		this.data[this.length++] = word;
	}

	/** Appends `count` zeros. */
	extend(count: number): void {
		if (this.length + count > this.data.length) this.#grow(this.length + count);
		this.length += count;
	}

	#grow(needed: number): void {
		const next = new Uint32Array(Math.max(needed, this.data.length * 2));
		next.set(this.data);
		this.data = next;
	}
}

class ChannelEncoder {
	readonly #out: Words;
	readonly #shape: Zyx;
	readonly #block: Zyx;
	readonly #words: 1 | 2;
	readonly #start: number;
	readonly #table: LabelTable;
	/** Places of short tables, by their labels. */
	readonly #known = new Map<string, number>();
	/** Index of each voxel of the block, x fastest, over the whole block. */
	readonly #indices: Uint32Array;

	constructor(out: Words, shape: Zyx, block: Zyx, words: 1 | 2) {
		this.#out = out;
		this.#shape = shape;
		this.#block = block;
		this.#words = words;
		this.#start = out.length;
		const voxels = block[0] * block[1] * block[2];
		this.#indices = new Uint32Array(voxels);
		this.#table = new LabelTable(voxels);
	}

	encode(labels: Uint32Array): string | undefined {
		const [nz, ny, nx] = this.#shape;
		const [bz, by, bx] = this.#block;
		let head = this.#start;
		this.#out.extend(2 * Math.ceil(nz / bz) * Math.ceil(ny / by) * Math.ceil(nx / bx));
		for (let z = 0; z < nz; z += bz) {
			for (let y = 0; y < ny; y += by) {
				for (let x = 0; x < nx; x += bx, head += 2) {
					this.#gather(labels, z, y, x);
					if (!this.#write(head)) return "its labels need more than 64 MiB a channel; choose smaller chunks";
				}
			}
		}
		return undefined;
	}

	/** Fills the table and the indices of the block at z, y, x. */
	#gather(labels: Uint32Array, z0: number, y0: number, x0: number): void {
		const [nz, ny, nx] = this.#shape;
		const [bz, by, bx] = this.#block;
		this.#table.clear();
		this.#indices.fill(0);
		const [zStop, yStop] = [Math.min(z0 + bz, nz), Math.min(y0 + by, ny)];
		const count = Math.min(bx, nx - x0);
		for (let z = z0; z < zStop; z++) {
			for (let y = y0; y < yStop; y++) {
				this.#gatherRow(labels, (z * ny + y) * nx + x0, ((z - z0) * by + (y - y0)) * bx, count);
			}
		}
	}

	/** Looks up `count` labels from the `first`-th on; labels repeat, so the table is asked only where they change. */
	#gatherRow(labels: Uint32Array, first: number, to: number, count: number): void {
		const words = this.#words;
		let [low, high, index] = [0, 0, -1];
		for (let i = 0, from = first * words; i < count; i++, from += words) {
			const nextLow = labels[from] ?? 0;
			const nextHigh = words === 2 ? (labels[from + 1] ?? 0) : 0;
			if (index < 0 || nextLow !== low || nextHigh !== high) {
				low = nextLow;
				high = nextHigh;
				index = this.#table.indexOf(low, high);
			}
			this.#indices[to + i] = index;
		}
	}

	/** Appends the block that was gathered; false where its table lies too far. */
	#write(head: number): boolean {
		const out = this.#out;
		const width = widthFor(this.#table.size);
		const indices = out.length - this.#start;
		if (width > 0) {
			const first = out.length;
			out.extend(Math.ceil((this.#indices.length * width) / 32));
			pack(this.#indices, width, out.data, first);
		}
		const table = this.#place();
		if (table >= MOST_WORDS) return false;
		out.data[head] = ((width << 24) | table) >>> 0;
		out.data[head + 1] = indices;
		return true;
	}

	/** Where the block's table lies, appended where it is new. */
	#place(): number {
		const key = this.#table.size > SHARED_TABLE ? undefined : this.#table.text();
		const known = key === undefined ? undefined : this.#known.get(key);
		if (known !== undefined) return known;
		const at = this.#out.length - this.#start;
		this.#table.appendTo(this.#out, this.#words);
		if (key !== undefined) this.#known.set(key, at);
		return at;
	}
}

/** The labels of one block in the order they were met: a hash table by open addressing, emptied by counting rounds. */
class LabelTable {
	size = 0;
	readonly #low: Uint32Array;
	readonly #high: Uint32Array;
	/** Entry at a place of the hash table, and the round it is of. */
	readonly #slots: Uint32Array;
	readonly #rounds: Uint32Array;
	readonly #mask: number;
	#round = 0;

	constructor(voxels: number) {
		const slots = 2 ** Math.ceil(Math.log2(Math.max(2, 2 * voxels)));
		this.#low = new Uint32Array(voxels);
		this.#high = new Uint32Array(voxels);
		this.#slots = new Uint32Array(slots);
		this.#rounds = new Uint32Array(slots);
		this.#mask = slots - 1;
	}

	clear(): void {
		this.size = 0;
		this.#round++;
	}

	indexOf(low: number, high: number): number {
		let slot = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1);
		slot = (slot ^ (slot >>> 15)) & this.#mask;
		for (; this.#rounds[slot] === this.#round; slot = (slot + 1) & this.#mask) {
			const entry = this.#slots[slot] ?? 0;
			if (this.#low[entry] === low && this.#high[entry] === high) return entry;
		}
		this.#rounds[slot] = this.#round;
		this.#slots[slot] = this.size;
		this.#low[this.size] = low;
		this.#high[this.size] = high;
		return this.size++;
	}

	text(): string {
		return `${this.#low.subarray(0, this.size).join()};${this.#high.subarray(0, this.size).join()}`;
	}

	appendTo(out: Words, words: 1 | 2): void {
		for (let entry = 0; entry < this.size; entry++) {
			out.push(this.#low[entry] ?? 0);
			if (words === 2) out.push(this.#high[entry] ?? 0);
		}
	}
}

/** The fewest bits that tell `labels` apart, of those the format has. */
function widthFor(labels: number): number {
	for (const width of [0, 1, 2, 4, 8, 16]) if (2 ** width >= labels) return width;
	return 32;
}

/** Packs indices of `width` bits, low bits first. */
function pack(indices: Uint32Array, width: number, out: Uint32Array, first: number): void {
	for (let i = 0, bit = 0; i < indices.length; i++, bit += width) {
		const word = first + Math.floor(bit / 32);
		out[word] = ((out[word] ?? 0) | ((indices[i] ?? 0) << (bit % 32))) >>> 0;
	}
}
