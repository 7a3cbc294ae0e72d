/**
 * Boxes, rates and durations in words.
 *
 * @module
 */
import type { Box } from "../core/box.ts";

const AXES = ["c", "z", "y", "x"];

/** `z 0-64, y 512-1024, x 0-512`: first voxel and the one after the last. */
export function boxText({ start, stop }: Box): string {
	const names = start.length <= AXES.length ? AXES.slice(AXES.length - start.length) : [];
	return start.map((first, axis) => `${names[axis] ?? axis} ${first}-${stop[axis] ?? first}`).join(", ");
}

/** `1.2 M voxels/s`. */
export function rateText(voxels: number): string {
	const [divisor, unit] =
		voxels >= 1e9 ? [1e9, " G"] : voxels >= 1e6 ? [1e6, " M"] : voxels >= 1e3 ? [1e3, " k"] : [1, ""];
	return `${(voxels / divisor).toPrecision(3)}${unit} voxels/s`;
}

/** `45 s`, `12 min`, `3 h 20 min`, `2 d 4 h`. */
export function durationText(seconds: number): string {
	if (seconds < 90) return `${Math.ceil(seconds)} s`;
	const minutes = Math.round(seconds / 60);
	if (minutes < 90) return `${minutes} min`;
	const hours = Math.floor(minutes / 60);
	return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
