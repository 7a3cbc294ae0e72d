/**
 * nnU-Net's sliding window written down again, voxel by voxel in float64, to compare with.
 *
 * @module
 */
import type { Settings } from "../../src/plan/settings.ts";
import type { Subject } from "../../src/preprocess/subject.ts";
import { constantWeights, gaussianWeights } from "../../src/tiling/gaussian.ts";
import type { ItemNetwork } from "./fake-session.ts";

/** Half to even, as numpy's round. */
function round(value: number): number {
	const low = Math.floor(value);
	if (value - low !== 0.5) return Math.round(value);
	return low % 2 === 0 ? low : low + 1;
}

function starts(size: number, tile: number, step: number): number[] {
	const count = Math.ceil((size - tile) / (tile * step)) + 1;
	const spacing = count > 1 ? (size - tile) / (count - 1) : 0;
	return Array.from({ length: count }, (_, i) => round(spacing * i));
}

/** Blended values [heads, Z, Y, X] of two heads. */
export function naivePrediction(subject: Subject, settings: Settings, network: ItemNetwork): Float64Array {
	return naiveBlend(subject, settings, 2, (tile, patch) => combined(tile, subject.channels, patch, settings, network));
}

/** What `valuesOf` gives for each tile, [channels, ...patch], blended: [channels, Z, Y, X]. */
export function naiveBlend(
	subject: Subject,
	settings: Settings,
	channels: number,
	valuesOf: (tile: Float32Array, patch: Patch) => ArrayLike<number>,
): Float64Array {
	const patch = settings.patch.length === 2 ? [1, ...settings.patch] : settings.patch;
	const [pz = 1, py = 1, px = 1] = patch;
	const [sz, sy, sx] = subject.shape;
	const pad = subject.shape.map((size, axis) => Math.max(0, (patch[axis] ?? 1) - size));
	const [bz = 0, by = 0, bx = 0] = pad.map((d) => Math.floor(d / 2));
	const grid = subject.shape.map((size, axis) =>
		starts(size + (pad[axis] ?? 0), patch[axis] ?? 1, patch[axis] === 1 ? 1 : settings.step),
	);
	const weights = settings.blending === "gaussian" ? gaussianWeights(settings.patch) : constantWeights(settings.patch);
	const voxels = sz * sy * sx;
	const sums = new Float64Array(channels * voxels);
	const totals = new Float64Array(voxels);
	const at = (c: number, z: number, y: number, x: number) =>
		z < 0 || y < 0 || x < 0 || z >= sz || y >= sy || x >= sx
			? 0
			: (subject.data[((c * sz + z) * sy + y) * sx + x] ?? 0);
	for (const z0 of grid[0] ?? []) {
		for (const y0 of grid[1] ?? []) {
			for (const x0 of grid[2] ?? []) {
				const tile = new Float32Array(subject.channels * pz * py * px);
				visit(subject.channels, [pz, py, px], (c, z, y, x, i) => {
					tile[i] = at(c, z0 + z - bz, y0 + y - by, x0 + x - bx);
				});
				const value = valuesOf(tile, [pz, py, px]);
				visit(channels, [pz, py, px], (head, z, y, x, i) => {
					const [vz, vy, vx] = [z0 + z - bz, y0 + y - by, x0 + x - bx];
					if (vz < 0 || vy < 0 || vx < 0 || vz >= sz || vy >= sy || vx >= sx) return;
					const voxel = (vz * sy + vy) * sx + vx;
					const weight = weights[(z * py + y) * px + x] ?? 0;
					sums[head * voxels + voxel] = (sums[head * voxels + voxel] ?? 0) + weight * (value[i] ?? 0);
					if (head === 0) totals[voxel] = (totals[voxel] ?? 0) + weight;
				});
			}
		}
	}
	return sums.map((sum, i) => sum / (totals[i % voxels] ?? 0));
}

export type Patch = readonly [number, number, number];

function visit(
	channels: number,
	[pz, py, px]: Patch,
	at: (c: number, z: number, y: number, x: number, i: number) => void,
): void {
	let i = 0;
	for (let c = 0; c < channels; c++) {
		for (let z = 0; z < pz; z++) for (let y = 0; y < py; y++) for (let x = 0; x < px; x++) at(c, z, y, x, i++);
	}
}

/** [channels, ...patch] with axes of the patch (z, y, x) mirrored. */
export function mirrored(
	values: ArrayLike<number>,
	channels: number,
	patch: Patch,
	axes: readonly number[],
): Float32Array {
	const [pz, py, px] = patch;
	const out = new Float32Array(values.length);
	visit(channels, patch, (c, z, y, x, i) => {
		const [mz, my, mx] = [
			axes.includes(0) ? pz - 1 - z : z,
			axes.includes(1) ? py - 1 - y : y,
			axes.includes(2) ? px - 1 - x : x,
		];
		out[i] = values[((c * pz + mz) * py + my) * px + mx] ?? 0;
	});
	return out;
}

/** The views of one tile, mirrored, predicted, mirrored back and joined. */
function combined(
	tile: Float32Array,
	channels: number,
	patch: Patch,
	settings: Settings,
	network: ItemNetwork,
): number[] {
	const shift = 3 - settings.patch.length;
	const views = settings.views.map((view) => {
		const axes = view.map((axis) => axis + shift);
		const logits = network(mirrored(tile, channels, patch, axes), [channels, ...settings.patch]);
		const values = settings.ensemble === "mean-logits" ? logits : activated(logits, settings);
		return mirrored(values, 2, patch, axes);
	});
	return Array.from({ length: views[0]?.length ?? 0 }, (_, i) => {
		const values = views.map((view) => view[i] ?? 0);
		if (settings.ensemble === "min") return Math.min(...values);
		if (settings.ensemble === "max") return Math.max(...values);
		return values.reduce((a, b) => a + b, 0) / values.length;
	});
}

/** Two heads after their activations. */
function activated(logits: Float32Array, { activations }: Settings): number[] {
	const voxels = logits.length / 2;
	return Array.from(logits, (value, i) => {
		const head = Math.floor(i / voxels);
		const other = logits[(i + voxels) % (2 * voxels)] ?? 0;
		if (activations[head] === "softmax") return 1 / (1 + Math.exp(other - value));
		return activations[head] === "sigmoid" ? 1 / (1 + Math.exp(-value)) : value;
	});
}
