/**
 * Resampling of logits where a plane needs all others: splines of order 2 and above along z, or clipped to the whole volume's range.
 *
 * @module
 */
import { sizeOf, type Zyx } from "../core/shape.ts";
import { type AxisTables, type Clip, resampledExtents, resampleVolume } from "../image/resample-volume.ts";
import { bandsOf, type PlaneResampler, requireAll, requireExpected } from "./resample-band.ts";
import type { Receivers } from "./resample-stream.ts";

/**
 * A resampler that gathers all planes. It holds the logits of all heads before resampling, then head by head those after: at
 * most the larger of both, and one head more. Planes are freed as they come.
 */
export function gatherPlanes(
	heads: number,
	shape: Zyx,
	axes: AxisTables,
	clip: Clip,
	receivers: Receivers,
): PlaneResampler {
	const [depth, height, width] = shape;
	const area = height * width;
	const volumes = Array.from({ length: heads }, () => new Float32Array(depth * area));
	let received = 0;
	return {
		push(plane) {
			requireExpected(plane, received, heads, shape);
			for (const [head, volume] of volumes.entries()) {
				volume.set(plane.subarray(head * area, (head + 1) * area), received * area);
			}
			received++;
			receivers.onFree(plane);
		},
		finish() {
			requireAll(received, depth);
			const size = resampledExtents(shape, axes);
			for (const [head, volume] of volumes.entries()) {
				const target = new Float32Array(sizeOf(size));
				resampleVolume(volume, shape, axes, clip, target);
				volumes[head] = target;
			}
			giveBands(volumes, size, receivers);
		},
	};
}

function giveBands(volumes: readonly Float32Array[], [depth, height, width]: Zyx, receivers: Receivers): void {
	const bands = bandsOf(height, volumes.length * width * 4, receivers.bandBytes);
	const buffer = new Float32Array(volumes.length * (bands[0]?.[1] ?? 0) * width);
	for (let z = 0; z < depth; z++) {
		for (const [y, rows] of bands) {
			const from = (z * height + y) * width;
			const values = buffer.subarray(0, volumes.length * rows * width);
			for (const [head, volume] of volumes.entries()) {
				values.set(volume.subarray(from, from + rows * width), head * rows * width);
			}
			receivers.onBand({ z, y, rows, values });
		}
	}
}
