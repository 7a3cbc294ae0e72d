/**
 * The entropy of probabilities in nnU-Net's ID.npz, where one class lies behind the other: each class is read by a reader
 * of its own, all of them from front to back, so that a few sections of every class are held and never the volume.
 *
 * @module
 */
import { type Box, boxShape } from "../../core/box.ts";
import { throwIfAborted } from "../../core/errors.ts";
import { sizeOf, type Zyx, zyx } from "../../core/shape.ts";
import { entropy } from "../../image/entropy.ts";
import type { IoOptions } from "../../volume/volume.ts";
import { openProbabilities, type ProbabilityFile } from "../probability-file.ts";
import { requireWhole, type ScoreSource } from "./score-source.ts";

/** Values passed over at a time. */
const SKIPPED = 1 << 20;

/** Opens the file. @throws VOLUME where it is damaged */
export async function openNpzEntropy(path: string, exclusive: boolean): Promise<ScoreSource> {
	const first = await openProbabilities(path);
	const { shape } = first;
	await first.close();
	const source = new NpzEntropy(path, shape, exclusive);
	return source;
}

class NpzEntropy implements ScoreSource {
	readonly path: string;
	readonly shape: Zyx;
	readonly width: number;
	readonly isForward = true;
	readonly #exclusive: boolean;
	/** One reader a class, all before section `#next`. */
	#files: ProbabilityFile[] = [];
	#next = 0;

	constructor(path: string, [classes = 1, ...space]: readonly number[], exclusive: boolean) {
		this.path = path;
		this.width = classes;
		this.shape = zyx(space);
		this.#exclusive = exclusive && classes > 1;
	}

	/** Boxes before the last one begin again at the front of the file. */
	async read(box: Box, { signal }: IoOptions = {}): Promise<Float32Array<ArrayBuffer>> {
		const [from = 0] = box.start;
		const [to = 0] = box.stop;
		const plane = this.shape[1] * this.shape[2];
		if (from < this.#next || this.#files.length === 0) await this.#begin(signal);
		const voxels = sizeOf(boxShape(box));
		const all = new Float32Array(this.width * voxels);
		for (const [n, file] of this.#files.entries()) {
			await skip(file, (from - this.#next) * plane, signal);
			for (let z = from, at = n * voxels; z < to; z++) at = place(all, at, await file.take(plane), box, this.shape[2]);
		}
		this.#next = to;
		if (this.#exclusive) requireWhole(this.path, all, this.width);
		return entropy(all, this.width, this.#exclusive);
	}

	async close(): Promise<void> {
		for (const file of this.#files) await file.close();
		this.#files = [];
	}

	async #begin(signal: AbortSignal | undefined): Promise<void> {
		await this.close();
		for (let n = 0; n < this.width; n++) {
			const file = await openProbabilities(this.path);
			this.#files.push(file);
			await skip(file, n * sizeOf(this.shape), signal);
		}
		this.#next = 0;
	}
}

/** Puts what of a section lies in `box` behind `at`; gives where the next goes. */
function place(target: Float32Array, at: number, plane: ArrayLike<number>, box: Box, width: number): number {
	const [, y0 = 0, x0 = 0] = box.start;
	const [, y1 = 0, x1 = 0] = box.stop;
	let to = at;
	for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) target[to++] = plane[y * width + x] ?? 0;
	return to;
}

async function skip(file: ProbabilityFile, count: number, signal: AbortSignal | undefined): Promise<void> {
	for (let left = count; left > 0; left -= SKIPPED) {
		throwIfAborted(signal);
		await file.take(Math.min(left, SKIPPED));
	}
}
