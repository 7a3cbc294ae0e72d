/**
 * Unpacking `compressed_segmentation`: blocks of labels as tables and indices of few bits.
 *
 * A channel is a list of 32-bit words. For each block, x fastest, two words tell where its table lies (24 bits), how many
 * bits an index has (8 bits), and where its indices lie; indices are packed low bits first, x fastest, over the whole block
 * even where the volume cuts it. Format: neuroglancer's "compressed_segmentation" page.
 *
 * @module
 */
import { viewAs } from "../../core/dtype.ts";
import type { Zyx } from "../../core/shape.ts";

/** Bits of an index. */
const WIDTHS: readonly number[] = [0, 1, 2, 4, 8, 16, 32];

/**
 * Labels as 32-bit words, C order of c, z, y, x: one word each for uint32, two (low, high) for uint64.
 *
 * @param shape z, y, x of one channel
 * @param words words a label: 1 or 2
 * @returns a text that tells what is wrong where the data is damaged
 */
export function decodeSegmentation(
	bytes: Uint8Array,
	channels: number,
	shape: Zyx,
	block: Zyx,
	words: 1 | 2,
): Uint32Array<ArrayBuffer> | string {
	if (bytes.length % 4 !== 0) return `${bytes.length} bytes are no whole words`;
	const data = viewAs("uint32", bytes);
	const size = shape[0] * shape[1] * shape[2] * words;
	const target = new Uint32Array(channels * size);
	for (let channel = 0; channel < channels; channel++) {
		const start = data[channel] ?? 0;
		if (start < channels || start > data.length) return `channel ${channel} begins outside the data`;
		const fault = decodeChannel(
			data.subarray(start),
			target.subarray(channel * size, (channel + 1) * size),
			shape,
			block,
			words,
		);
		if (fault !== undefined) return fault;
	}
	return target;
}

function decodeChannel(
	data: Uint32Array,
	target: Uint32Array,
	shape: Zyx,
	block: Zyx,
	words: 1 | 2,
): string | undefined {
	const [nz, ny, nx] = shape;
	const count = Math.ceil(nz / block[0]) * Math.ceil(ny / block[1]) * Math.ceil(nx / block[2]);
	if (data.length < 2 * count) return `${data.length} words cannot hold the heads of ${count} blocks`;
	let head = 0;
	for (let z = 0; z < nz; z += block[0]) {
		for (let y = 0; y < ny; y += block[1]) {
			for (let x = 0; x < nx; x += block[2], head += 2) {
				if (!decodeBlock(data, head, target, shape, block, [z, y, x], words)) return `block ${head / 2} is damaged`;
			}
		}
	}
	return undefined;
}

/** Where the parts of a block lie, in words of the channel. */
type BlockHead = { readonly table: number; readonly indices: number; readonly width: number; readonly words: 1 | 2 };

/** False where the block reaches out of the data. */
function decodeBlock(
	data: Uint32Array,
	at: number,
	target: Uint32Array,
	[nz, ny, nx]: Zyx,
	[bz, by, bx]: Zyx,
	[z0, y0, x0]: Zyx,
	words: 1 | 2,
): boolean {
	const first = data[at] ?? 0;
	const head = { table: first & 0xffffff, width: first >>> 24, indices: data[at + 1] ?? 0, words };
	if (!WIDTHS.includes(head.width)) return false;
	const [zStop, yStop] = [Math.min(z0 + bz, nz), Math.min(y0 + by, ny)];
	const count = Math.min(bx, nx - x0);
	for (let z = z0; z < zStop; z++) {
		for (let y = y0; y < yStop; y++) {
			const voxel = ((z - z0) * by + (y - y0)) * bx;
			const to = ((z * ny + y) * nx + x0) * words;
			const row = { target, to, count };
			if (!(head.width === 0 ? fillRow(data, head, row) : decodeRow(data, head, voxel, row))) return false;
		}
	}
	return true;
}

/** Where `count` labels go: from word `to` on. */
type Row = { readonly target: Uint32Array; readonly to: number; readonly count: number };

/** A row of a block of one label. */
function fillRow(data: Uint32Array, { table, words }: BlockHead, { target, to, count }: Row): boolean {
	if (table + words > data.length) return false;
	const low = data[table] ?? 0;
	const end = to + count * words;
	if (words === 1) {
		for (let i = to; i < end; i++) target[i] = low;
		return true;
	}
	const high = data[table + 1] ?? 0;
	for (let i = to; i < end; i += 2) {
		target[i] = low;
		target[i + 1] = high;
	}
	return true;
}

/** A row whose first voxel is the block's `voxel`-th. */
function decodeRow(data: Uint32Array, head: BlockHead, voxel: number, row: Row): boolean {
	const { table, indices, width, words } = head;
	const { target, count } = row;
	const last = indices + Math.floor(((voxel + count - 1) * width) / 32);
	if (last >= data.length) return false;
	const mask = width === 32 ? 0xffffffff : 2 ** width - 1;
	let most = 0;
	for (let i = 0, bit = voxel * width, to = row.to; i < count; i++, bit += width, to += words) {
		const index = (((data[indices + (bit >>> 5)] ?? 0) >>> (bit & 31)) & mask) >>> 0;
		if (index > most) most = index;
		const from = table + index * words;
		target[to] = data[from] ?? 0;
		if (words === 2) target[to + 1] = data[from + 1] ?? 0;
	}
	return table + (most + 1) * words <= data.length;
}
