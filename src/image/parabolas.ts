/**
 * The lower envelope of parabolas along a line (Felzenszwalb and Huttenlocher 2012, "Distance transforms of sampled functions").
 *
 * @module
 */

/** Room for the envelope of one line. */
export type Envelope = {
	/** Where the parabolas have their lowest points, in voxels from the beginning of the run. */
	readonly places: Int32Array;
	/** Their lowest values. */
	readonly values: Float64Array;
	/** From where on each is the lowest. */
	readonly starts: Float64Array;
};

/** Whether background lies before the first and after the last voxel of a run. */
export type RunEnds = { readonly before: boolean; readonly after: boolean };

/** Room for lines of `length` voxels. */
export function envelopeFor(length: number): Envelope {
	const room = length + 2;
	return { places: new Int32Array(room), values: new Float64Array(room), starts: new Float64Array(room + 1) };
}

/**
 * Replaces the values f of a run of `count` voxels, `stride` apart from `from` on, by the minimum over all j of
 * f(j) + (spacing (i - j))^2, where the voxels before and after the run count as 0 as far as `ends` says.
 */
export function lowerRun(
	values: Float32Array,
	from: number,
	count: number,
	stride: number,
	spacing: number,
	ends: RunEnds,
	envelope: Envelope,
): void {
	const square = spacing * spacing;
	let size = ends.before ? push(envelope, 0, -1, 0, square) : 0;
	for (let i = 0, at = from; i < count; i++, at += stride) {
		const value = values[at] ?? 0;
		if (value !== Number.POSITIVE_INFINITY) size = push(envelope, size, i, value, square);
	}
	if (ends.after) size = push(envelope, size, count, 0, square);
	if (size === 0) return;
	const { places, values: lowest, starts } = envelope;
	starts[size] = Number.POSITIVE_INFINITY;
	for (let i = 0, at = from, k = 0; i < count; i++, at += stride) {
		while ((starts[k + 1] ?? 0) < i) k++;
		const away = i - (places[k] ?? 0);
		values[at] = (lowest[k] ?? 0) + square * away * away;
	}
}

/** Adds a parabola right of all others and takes away those that it hides; returns how many there are. */
function push(
	{ places, values, starts }: Envelope,
	size: number,
	place: number,
	value: number,
	square: number,
): number {
	let start = Number.NEGATIVE_INFINITY;
	let last = size - 1;
	for (; last >= 0; last--) {
		const other = places[last] ?? 0;
		const rise = (value - (values[last] ?? 0)) / square;
		start = (rise / (place - other) + place + other) / 2;
		if (start > (starts[last] ?? 0)) break;
	}
	if (last < 0) start = Number.NEGATIVE_INFINITY;
	places[last + 1] = place;
	values[last + 1] = value;
	starts[last + 1] = start;
	return last + 2;
}
