/**
 * Numbers that look random and are the same on every machine: a stream for each seed and name.
 *
 * Draws of a trial come from a stream of its own, so that nothing has to be kept between runs to go on as before.
 * The generator is sfc32 (Doty-Humphrey, PractRand), its state SHA-256 of seed and name.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** Draws that mix the state before the first is given out. */
const WARM_UP = 12;

/** Numbers in [0, 1) of 32 bits, the same for the same `seed` and `name`. */
export function randomStream(seed: number, name: string): () => number {
	const hash = createHash("sha256").update(`${seed}/${name}`).digest();
	let [a, b, c, counter] = [hash.readInt32LE(0), hash.readInt32LE(4), hash.readInt32LE(8), hash.readInt32LE(12)];
	const next = (): number => {
		const sum = (((a + b) | 0) + counter) | 0;
		counter = (counter + 1) | 0;
		a = b ^ (b >>> 9);
		b = (c + (c << 3)) | 0;
		c = ((c << 21) | (c >>> 11)) + sum;
		return (sum >>> 0) / 2 ** 32;
	};
	for (let n = 0; n < WARM_UP; n++) next();
	return next;
}

/** A draw from the normal distribution of mean 0 and deviation 1 (Box and Muller 1958). */
export function normalDraw(random: () => number): number {
	return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
