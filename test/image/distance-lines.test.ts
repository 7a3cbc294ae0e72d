import { expect, it } from "vitest";
import { acrossLines, type LineAxis } from "../../src/image/distance-lines.ts";

/** Numbers from 0 to 1. */
function randomFrom(seed: number): () => number {
	let state = seed;
	return () => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return state / 2 ** 32;
	};
}

it("what becomes of a line is the same to the last bit whichever lines lie beside it", () => {
	const random = randomFrom(1);
	const [length, count] = [300, 7];
	// the most steps that a line's squares are of: short lines are searched, long ones have an envelope; whole steps tie often
	const far = [6, 300, 12, 25, 40, 12, 300];
	for (let n = 0; n < 100; n++) {
		const spacing = 0.1 + 5 * random();
		const squared = Float32Array.from({ length: length * count }, (_, i) => {
			return (Math.ceil((far[i % count] ?? 1) * random() ** 0.3) * spacing) ** 2;
		});
		const axis = (stride: number): LineAxis => ({ length, stride, spacing, bounded: n % 2 === 0 });
		const single = Array.from({ length: count }, (_, column) => {
			const line = Float32Array.from({ length }, (_, i) => squared[i * count + column] ?? 0);
			acrossLines(undefined, line, axis(1), true);
			return line;
		});
		acrossLines(undefined, squared, axis(count), true);
		expect(squared).toEqual(Float32Array.from(squared, (_, i) => single[i % count]?.[Math.floor(i / count)] ?? 0));
	}
});
