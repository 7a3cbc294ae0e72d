/**
 * Samplers: which point is tried next.
 *
 * A sampler is a pure function of the seed, the trial's number and the trials before it, so a search that was cut off goes on
 * as if it had not been. A point that was tried, or that another process is trying, is never proposed again.
 *
 * @module
 */
import { randomStream } from "./random.ts";
import { drawPoint, type Point, pointAt, pointCount, pointKey, type Space } from "./space.ts";

/** A finished trial as samplers see it: the lower the loss, the better; undefined where the trial gave no score. */
export type Tried = { readonly point: Point; readonly loss: number | undefined };

/** What is known when a point is asked for. */
export type History = {
	/** Number of the trial that the point is for. */
	readonly trial: number;
	/** Finished trials, by number. */
	readonly tried: readonly Tried[];
	/** `pointKey` of every point that is finished or under way. */
	readonly taken: ReadonlySet<string>;
};

/** Gives the next point; undefined where the space has no more. */
export type Sampler = (history: History) => Point | undefined;

/** Draws of a point before the space is looked through for one that is left. */
const REDRAWS = 64;

/** Every point of a finite space, in order. */
export function gridSampler(space: Space): Sampler {
	const count = pointCount(space);
	let at = 0;
	return ({ taken }) => {
		while (at < count) {
			const point = pointAt(space, at);
			if (!taken.has(pointKey(point))) return point;
			at++;
		}
		return undefined;
	};
}

/** Points drawn evenly. */
export function randomSampler(space: Space, seed: number): Sampler {
	return ({ trial, taken }) => drawUntried(space, randomStream(seed, `trial ${trial}`), taken);
}

/** A point that is not taken, drawn evenly; undefined where all are. */
export function drawUntried(space: Space, random: () => number, taken: ReadonlySet<string>): Point | undefined {
	for (let n = 0; n < REDRAWS; n++) {
		const point = drawPoint(space, random);
		if (!taken.has(pointKey(point))) return point;
	}
	// nearly all points of a small space are taken: the first free one from a place that is drawn
	const count = pointCount(space);
	if (!Number.isFinite(count)) return drawPoint(space, random);
	const start = Math.floor(random() * count);
	for (let n = 0; n < count; n++) {
		const point = pointAt(space, (start + n) % count);
		if (!taken.has(pointKey(point))) return point;
	}
	return undefined;
}
