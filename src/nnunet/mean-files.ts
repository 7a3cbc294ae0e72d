/**
 * Files of probabilities read side by side, and their mean.
 *
 * @module
 */
import { throwIfAborted } from "../core/errors.ts";
import { sameShape, shapeText, sizeOf } from "../core/shape.ts";
import { meanOf, type RunningLabels } from "../image/running-labels.ts";
import { volumeError } from "../volume/fault.ts";
import { openProbabilities, type ProbabilityFile } from "./probability-file.ts";

/** Voxels of a channel that are averaged at a time. */
const PIECE = 1 << 18;

/** Several files of one shape, read in step. */
export class MeanFiles {
	readonly #files: readonly ProbabilityFile[];

	private constructor(files: readonly ProbabilityFile[]) {
		this.#files = files;
	}

	/** @throws VOLUME where a file cannot be read or the shapes differ */
	static async open(paths: readonly string[]): Promise<MeanFiles> {
		const files: ProbabilityFile[] = [];
		const mean = new MeanFiles(files);
		try {
			for (const path of paths) {
				const file = await openProbabilities(path);
				files.push(file);
				requireShape(file, mean);
			}
			return mean;
		} catch (error) {
			await mean.close();
			throw error;
		}
	}

	/** Of the first file. */
	get path(): string {
		return this.#files[0]?.path ?? "";
	}

	/** Classes or regions, z, y, x. */
	get shape(): readonly number[] {
		return this.#files[0]?.shape ?? [];
	}

	/** The mean as float32 bytes in C order; each piece goes to `labels` first. To be read once. */
	async *bytes({ take }: RunningLabels, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
		const [channels = 0, ...space] = this.shape;
		const voxels = sizeOf(space);
		for (let channel = 0; channel < channels; channel++) {
			for (let offset = 0; offset < voxels; offset += PIECE) {
				throwIfAborted(signal);
				const count = Math.min(PIECE, voxels - offset);
				const values = meanOf(await Promise.all(this.#files.map((file) => file.take(count))));
				if (values.includes(Number.NaN)) {
					throw volumeError(
						this.path,
						`it, or the file of its name in another folder, holds NaN in channel ${channel}`,
					);
				}
				take(channel, offset, values);
				yield new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
			}
		}
		for (const file of this.#files) await file.finish();
	}

	async close(): Promise<void> {
		for (const file of this.#files) await file.close();
	}
}

function requireShape(file: ProbabilityFile, mean: MeanFiles): void {
	if (sameShape(file.shape, mean.shape)) return;
	throw volumeError(
		file.path,
		`expected the shape of ${mean.path}, ${shapeText(mean.shape)}, found ${shapeText(file.shape)}; are they of one image?`,
	);
}
