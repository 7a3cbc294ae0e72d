/**
 * One picture of many: each image beside its overlay, two such pairs a row.
 *
 * @module
 */

/** Largest extents of one picture in the montage, pixels. */
const CELL = { height: 402, width: 614 };
const GAP = 8;
const BACKGROUND = 24;
const PAIRS_A_ROW = 2;

/** RGB pictures in pairs to one RGB picture. */
export function montage(pairs) {
	const small = pairs.map((pair) => pair.map(fit));
	const rows = [];
	for (let n = 0; n < small.length; n += PAIRS_A_ROW) rows.push(small.slice(n, n + PAIRS_A_ROW).flat());
	const across = Math.max(...rows.map((row) => row.length));
	const height = rows.length * (CELL.height + GAP) + GAP;
	const width = across * (CELL.width + GAP) + GAP;
	const picture = { data: new Uint8Array(3 * height * width).fill(BACKGROUND), shape: [height, width, 3] };
	for (const [r, row] of rows.entries()) {
		for (const [c, one] of row.entries()) {
			const spare = [CELL.height - one.shape[0], CELL.width - one.shape[1]];
			const top = GAP + r * (CELL.height + GAP) + Math.floor(spare[0] / 2);
			const left = GAP + c * (CELL.width + GAP) + Math.floor(spare[1] / 2);
			place(one, picture, top, left);
		}
	}
	return picture;
}

function place(one, picture, top, left) {
	const row = 3 * one.shape[1];
	for (let y = 0; y < one.shape[0]; y++) {
		picture.data.set(one.data.subarray(y * row, (y + 1) * row), 3 * ((top + y) * picture.shape[1] + left));
	}
}

/** Made smaller to fit a cell, each pixel the mean of the area it stands for; never made larger. */
function fit(picture) {
	const [height, width] = picture.shape;
	const scale = Math.max(height / CELL.height, width / CELL.width, 1);
	if (scale === 1) return picture;
	const shape = [Math.floor(height / scale), Math.floor(width / scale), 3];
	const data = new Uint8Array(shape[0] * shape[1] * 3);
	const down = spans(height, shape[0]);
	const right = spans(width, shape[1]);
	for (let y = 0; y < shape[0]; y++) {
		for (let x = 0; x < shape[1]; x++) {
			for (let c = 0; c < 3; c++) data[3 * (y * shape[1] + x) + c] = mean(picture, down[y], right[x], c);
		}
	}
	return { data, shape };
}

/** Which of `from` lines each of `to` lines stands for, with their weights. */
function spans(from, to) {
	return Array.from({ length: to }, (_, n) => {
		const [start, stop] = [(n * from) / to, ((n + 1) * from) / to];
		const lines = [];
		for (let at = Math.floor(start); at < Math.min(Math.ceil(stop - 1e-9), from); at++) {
			lines.push([at, Math.min(stop, at + 1) - Math.max(start, at)]);
		}
		return lines;
	});
}

function mean({ data, shape }, lines, columns, channel) {
	let sum = 0;
	let weight = 0;
	for (const [y, down] of lines) {
		for (const [x, right] of columns) {
			sum += down * right * data[3 * (y * shape[1] + x) + channel];
			weight += down * right;
		}
	}
	return Math.round(sum / weight);
}
