import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { argmax, regionsToLabels } from "../../src/image/argmax.ts";
import { meanOf, type RunningLabels, runningArgmax, runningRegions } from "../../src/image/running-labels.ts";

/** Multiples of one eighth, so that ties and exact halves occur. */
const eighth = fc.integer({ min: 0, max: 8 }).map((n) => n / 8);

const scene = fc
	.record({
		channels: fc.integer({ min: 1, max: 4 }),
		voxels: fc.integer({ min: 1, max: 30 }),
		piece: fc.integer({ min: 1, max: 9 }),
	})
	.chain((sizes) =>
		fc.record({
			sizes: fc.constant(sizes),
			values: fc.array(eighth, { minLength: sizes.channels * sizes.voxels, maxLength: sizes.channels * sizes.voxels }),
		}),
	);

/** Hands over channel after channel, `piece` voxels at a time. */
function feed({ take }: RunningLabels, data: Float32Array, voxels: number, piece: number): void {
	for (let channel = 0; channel < data.length / voxels; channel++) {
		for (let offset = 0; offset < voxels; offset += piece) {
			const start = channel * voxels + offset;
			take(channel, offset, data.slice(start, Math.min(start + piece, (channel + 1) * voxels)));
		}
	}
}

describe("running labels", () => {
	it("are those of all channels at once, whatever the pieces", () => {
		fc.assert(
			fc.property(scene, ({ sizes: { channels, voxels, piece }, values }) => {
				const data = Float32Array.from(values);
				const labels = runningArgmax(channels, voxels);
				feed(labels, data, voxels, piece);
				expect(labels.labels).toEqual(argmax(data, channels));
				const order = [3, 300, 1, 2].slice(0, channels);
				const regions = runningRegions(order, voxels);
				feed(regions, data, voxels, piece);
				expect(regions.labels).toEqual(regionsToLabels(data, order));
			}),
		);
	});
});

describe("meanOf", () => {
	it("adds in float32, in order, and divides once", () => {
		const [a, b] = [Float32Array.of(0.1, 1e8), Float32Array.of(0.2, 1)];
		expect(meanOf([a, b, b])).toEqual(
			Float32Array.of(Math.fround(Math.fround(Math.fround(0.1 + Math.fround(0.2)) + Math.fround(0.2)) / 3), 1e8 / 3),
		);
		expect([...a]).toEqual([Math.fround(0.1), 1e8]);
	});

	it("adds float64 in float64 and rounds the sum", () => {
		expect(meanOf([Float32Array.of(1), Float64Array.of(2 ** -24 + 2 ** -40)])).toEqual(
			Float32Array.of((1 + 2 ** -23) / 2),
		);
	});
});
