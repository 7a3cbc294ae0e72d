/**
 * Resampling of logits as they come: of the planes before, only those are held that the next plane is made of, two at most.
 *
 * @module
 */
import type { Zyx } from "../core/shape.ts";
import { type AxisPairs, bandWriter, pairsOf } from "../image/resample-band.ts";
import type { AxisTables } from "../image/resample-volume.ts";
import { type Band, bandsOf, type PlaneResampler, requireAll, requireExpected } from "./resample-band.ts";

/** Where bands and planes go. */
export type Receivers = {
	readonly onBand: (band: Band) => void;
	readonly onFree: (plane: Float32Array<ArrayBuffer>) => void;
	/** Bytes of a band. */
	readonly bandBytes: number;
};

/** The planes that come, and what each axis makes of them. */
export type PlanePairs = {
	readonly heads: number;
	/** Extents of one head (z, y, x) before. */
	readonly shape: Zyx;
	readonly z: AxisPairs;
	readonly y: AxisPairs;
	readonly x: AxisPairs;
	/** What bands call their first plane and row: 0, 0 for a whole volume. */
	readonly first: readonly [number, number];
};

/** A resampler for axes whose outputs are made of one or two voxels each. `shape` is that of one head before. */
export function streamPlanes(heads: number, shape: Zyx, axes: AxisTables, receivers: Receivers): PlaneResampler {
	const [depth, height, width] = shape;
	const z = pairsOf(axes[0], depth);
	const y = pairsOf(axes[1], height);
	return streamPairs({ heads, shape, z, y, x: pairsOf(axes[2], width), first: [0, 0] }, receivers);
}

/** As `streamPlanes`, for pairs that may be those of a part. */
export function streamPairs({ heads, shape, z, y, x, first }: PlanePairs, receivers: Receivers): PlaneResampler {
	const [depth, height, width] = shape;
	const newDepth = z.low.length;
	const newHeight = y.low.length;
	const newWidth = x.low.length;
	const layout = { heads, height, width, y, x };
	const isPlaneSame = layout.y.isSame && layout.x.isSame;
	const write = bandWriter(layout);
	const bands = bandsOf(newHeight, heads * newWidth * 4, receivers.bandBytes);
	const held = new Map<number, Float32Array<ArrayBuffer>>();
	let buffer: Float32Array<ArrayBuffer> | undefined;
	let received = 0;
	let next = 0;

	const give = (k: number) => {
		const low = planeAt(held, z.low[k] ?? 0);
		const high = planeAt(held, z.high[k] ?? 0);
		if (isPlaneSame && low === high && z.low[k + 1] !== z.low[k]) {
			receivers.onBand({ z: first[0] + k, y: first[1], rows: newHeight, values: low });
			return;
		}
		const planes = { low, high, lowWeight: z.lowWeight[k] ?? 0, highWeight: z.highWeight[k] ?? 0 };
		buffer ??= new Float32Array(heads * (bands[0]?.[1] ?? 0) * newWidth);
		for (const [row, rows] of bands) {
			const values = buffer.subarray(0, heads * rows * newWidth);
			write(planes, row, rows, values);
			receivers.onBand({ z: first[0] + k, y: first[1] + row, rows, values });
		}
	};

	return {
		push(plane) {
			requireExpected(plane, received, heads, shape);
			held.set(received, plane);
			while (next < newDepth && (z.high[next] ?? 0) <= received) give(next++);
			received++;
			freeBefore(held, next < newDepth ? (z.low[next] ?? 0) : depth, receivers.onFree);
		},
		finish() {
			requireAll(received, depth);
		},
	};
}

/** Frees the planes that come before plane `first`. */
function freeBefore(
	held: Map<number, Float32Array<ArrayBuffer>>,
	first: number,
	free: (plane: Float32Array<ArrayBuffer>) => void,
): void {
	for (const [at, plane] of held) {
		if (at >= first) continue;
		held.delete(at);
		free(plane);
	}
}

function planeAt(held: ReadonlyMap<number, Float32Array<ArrayBuffer>>, at: number): Float32Array<ArrayBuffer> {
	const plane = held.get(at);
	if (plane === undefined) throw new RangeError(`resampling: plane ${at} is not held`);
	return plane;
}
