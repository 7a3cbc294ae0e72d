/**
 * What resampling along one axis needs, worked out once for all lines: which voxels each output takes, and by what weights.
 *
 * Coordinates are those of the voxels' centres: output k lies at `(k + 0.5) * from / to - 0.5`. Sources: `scipy.ndimage`
 * (`zoom` in grid mode, `map_coordinates`), both with `mode="nearest"`: coordinates end at the border for orders 0 and 1; above,
 * the line is continued by 12 equal voxels before it is filtered. torch: `F.interpolate`, whose coordinates are float32.
 *
 * @module
 */
import { type SplineOrder, splinePoles, splineWeights } from "./spline-basis.ts";

/** One axis. Its line of `from` voxels gets `pad` copies of the first voxel in front, as many of the last behind. */
export type AxisTable = {
	readonly from: number;
	readonly to: number;
	readonly pad: number;
	/** Poles of the filter that runs over the padded line first; none for orders 0 and 1. */
	readonly poles: readonly number[];
	/** Voxels that an output takes. */
	readonly taps: number;
	/** Of each output, the first of them, counted in the padded line. */
	readonly start: Int32Array;
	/** `taps` numbers an output. */
	readonly weights: Float64Array;
};

/** How torch's interpolation is called: what it gives along one axis. */
export type TorchMode = "linear" | "nearest" | "nearest-exact";

/** Equal voxels that scipy puts at both ends of a line before it filters it. */
const SPLINE_PAD = 12;

/** The axis as scipy resamples it with splines of `order`. */
export function splineTable(from: number, to: number, order: SplineOrder): AxisTable {
	const pad = order > 1 ? SPLINE_PAD : order;
	const odd = order % 2 === 1;
	const scale = from / to;
	return fillTable({ from, to, pad, poles: splinePoles(order), taps: order + 1 }, (k) => {
		const centre = scale * (k + 0.5) - 0.5;
		const at = order > 1 ? centre + pad : Math.min(Math.max(centre, 0), from - 1);
		const knot = Math.floor(odd ? at : at + 0.5);
		const first = knot - (order >> 1) + (order === 1 ? pad : 0);
		return [first, ...splineWeights(order, at - knot)];
	});
}

/** The axis as torch resamples it (`align_corners=False`, sizes given, float32). */
export function torchTable(from: number, to: number, mode: TorchMode): AxisTable {
	const scale = Math.fround(from / to);
	const rounded = Math.fround;
	if (mode === "linear") {
		return fillTable({ from, to, pad: 1, poles: [], taps: 2 }, (k) => {
			const at = Math.max(0, rounded(rounded(scale * rounded(k + 0.5)) - 0.5));
			const low = Math.min(Math.floor(at), from - 1);
			const high = rounded(Math.min(at - low, 1));
			return [low + 1, rounded(1 - high), high];
		});
	}
	const half = mode === "nearest" ? 0 : 0.5;
	return fillTable({ from, to, pad: 0, poles: [], taps: 1 }, (k) => {
		const at = Math.floor(rounded((k + half) * scale));
		return [Math.min(at, from - 1), 1];
	});
}

function fillTable(
	axis: Omit<AxisTable, "start" | "weights">,
	entry: (k: number) => readonly [number, ...number[]],
): AxisTable {
	const start = new Int32Array(axis.to);
	const weights = new Float64Array(axis.to * axis.taps);
	for (let k = 0; k < axis.to; k++) {
		const [first, ...values] = entry(k);
		start[k] = first;
		weights.set(values, k * axis.taps);
	}
	return { ...axis, start, weights };
}
