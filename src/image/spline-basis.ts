/**
 * B-splines of order 0 to 5: their values at a point, and the poles of the filter that makes an interpolation of them.
 *
 * Source: Unser, Aldroubi and Eden, "Fast B-spline transforms", IEEE PAMI 13 (1991); the pieces are the polynomials of
 * `scipy.ndimage`, in its order of additions, so that exact ties stay ties.
 *
 * @module
 */

/** Orders there are. */
export type SplineOrder = 0 | 1 | 2 | 3 | 4 | 5;

/** Poles of the prefilter; orders 0 and 1 interpolate as they are. */
export function splinePoles(order: SplineOrder): readonly number[] {
	switch (order) {
		case 2:
			return [-0.1715728752538099];
		case 3:
			return [-0.2679491924311227];
		case 4:
			return [-0.36134122590022016, -0.013725429297339121];
		case 5:
			return [-0.4305753470999738, -0.04309628820326465];
		default:
			return [];
	}
}

/** Weights of the `order + 1` coefficients around a point that lies `x` behind the middle knot (in voxels). */
export function splineWeights(order: SplineOrder, x: number): number[] {
	const weights = firstWeights(order, x);
	// They add up to 1: the last one is what is missing.
	let last = 1;
	for (const weight of weights) last -= weight;
	return [...weights, last];
}

function firstWeights(order: SplineOrder, x: number): number[] {
	switch (order) {
		case 0:
			return [];
		case 1:
			return [1 - x];
		case 2:
			return [0.5 * (0.5 - x) * (0.5 - x), 0.75 - x * x];
		case 3:
			return [cubicTail(1 - x), cubicHead(x), cubicHead(1 - x)];
		case 4:
			return [quarticTail(0.5 - x), quarticSide(1 + x), quarticHead(x), quarticSide(1 - x)];
		case 5:
			return [quinticTail(1 - x), quinticSide(1 + x), quinticHead(x), quinticHead(1 - x), quinticSide(2 - x)];
	}
}

function cubicTail(t: number): number {
	return (t * t * t) / 6;
}

function cubicHead(t: number): number {
	return (t * t * (t - 2) * 3 + 4) / 6;
}

function quarticTail(t: number): number {
	return (t * t * (t * t)) / 24;
}

function quarticSide(t: number): number {
	return t * (t * ((t * (5 - t)) / 6 - 1.25) + 5 / 24) + 55 / 96;
}

function quarticHead(t: number): number {
	return t * t * (t * t * 0.25 - 0.625) + 115 / 192;
}

function quinticTail(t: number): number {
	return (t * (t * t) * (t * t)) / 120;
}

function quinticSide(t: number): number {
	return t * (t * (t * (t * (t / 24 - 0.375) + 1.25) - 1.75) + 0.625) + 0.425;
}

function quinticHead(t: number): number {
	return t * t * (t * t * (0.25 - t / 12) - 0.5) + 0.55;
}
