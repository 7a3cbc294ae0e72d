/**
 * One pass over a label volume that measures its objects, in bounded memory: slabs, and a table of as many entries as there
 * are objects.
 *
 * While a slab is measured the next is read. Statistics of slabs are whole numbers or sums of fixed steps, so the table
 * does not depend on how the volume was cut.
 *
 * @module
 */
import { cut, hasDType, type NdArray } from "../../core/array.ts";
import { type Box, boxShape } from "../../core/box.ts";
import { NnvolError, throwIfAborted } from "../../core/errors.ts";
import { fromHalf } from "../../core/float16.ts";
import { sizeOf, type Zyx } from "../../core/shape.ts";
import { regionStats } from "../../image/region-stats.ts";
import { type SectionFrame, SurfaceAreas, steppedAreas } from "../../image/surface-area.ts";
import { isSeekable } from "../../volume/stage.ts";
import type { IoOptions } from "../../volume/volume.ts";
import { LabelRows } from "./label-rows.ts";
import { requireSameGrid, type SpaceReader } from "./label-volume.ts";
import { ObjectColumns } from "./object-columns.ts";
import type { ObjectTable } from "./object-table.ts";
import { columnsOf, planSlabs, slabsOf } from "./slabs.ts";

/** The volumes that are measured, on one grid. */
export type SurveyedVolumes = {
	readonly labels: SpaceReader;
	/** Whose mean over each object is told. */
	readonly probabilities?: SpaceReader;
	/** Whole numbers up to 65535; the class of an object is that of its first voxel. */
	readonly classes?: SpaceReader;
};

/** How a volume is surveyed. */
export type SurveyOptions = IoOptions & {
	/** Voxel size, z, y, x. */
	readonly spacing: Zyx;
	readonly unit?: string;
	/** Bytes that the process may take. */
	readonly memory: number;
	/** Measures surfaces too. Default true. */
	readonly surfaces?: boolean;
	/** Most voxels of a slab, in place of what memory allows. */
	readonly slabVoxels?: number;
	/** Voxels measured so far, of all. */
	readonly onProgress?: (done: number, total: number) => void;
};

/** Bytes a voxel takes beside the arrays that are read: rows, and what statistics keep of them. */
const WORK_BYTES = 16;

/** A slab in hand: the box it measures, and what was read for it (labels with the rows and columns before the box). */
type Slab = {
	readonly box: Box;
	readonly labels: NdArray;
	readonly probabilities: NdArray | undefined;
	readonly classes: NdArray | undefined;
};

/**
 * Measures every object of `volumes.labels`: any labels, connected or not, are one object each.
 *
 * @throws VOLUME where a volume cannot be read, holds no labels, or lies on another grid; CONFIG where memory is too small;
 * CANCELLED
 */
export async function surveyObjects(volumes: SurveyedVolumes, options: SurveyOptions): Promise<ObjectTable> {
	const { labels, probabilities, classes } = volumes;
	for (const other of [probabilities, classes]) if (other !== undefined) requireSameGrid(labels, other);
	const extents = extentsOf(volumes, options);
	const survey = new Survey(volumes, options);
	for (const tile of columnsOf(labels.shape, extents)) await survey.column(tile, extents[0]);
	return survey.finish();
}

function extentsOf({ labels, probabilities, classes }: SurveyedVolumes, options: SurveyOptions): Zyx {
	const read = [labels, probabilities, classes].reduce((sum, volume) => sum + 2 * (volume?.bytes ?? 0), 0);
	return planSlabs({
		shape: labels.shape,
		chunks: labels.chunks,
		perVoxel: read + WORK_BYTES + (probabilities === undefined ? 0 : 4),
		memory: options.memory,
		isSeekable: [labels, probabilities, classes].every((each) => each === undefined || isSeekable(each.info)),
		path: labels.info.path,
		...(options.slabVoxels === undefined ? {} : { voxels: options.slabVoxels }),
	});
}

class Survey {
	readonly #volumes: SurveyedVolumes;
	readonly #options: SurveyOptions;
	readonly #rows = new LabelRows();
	readonly #columns = new ObjectColumns();
	readonly #areas: Float64Array;
	#done = 0;

	constructor(volumes: SurveyedVolumes, options: SurveyOptions) {
		this.#volumes = volumes;
		this.#options = options;
		this.#areas = steppedAreas(options.spacing);
	}

	/** Measures the column over `tile` (y, x), in slabs of `step` sections. */
	async column(tile: Box, step: number): Promise<void> {
		const slabs = [...slabsOf(0, this.#volumes.labels.shape[0], step)].map(([from, to]) => ({
			start: [from, ...tile.start],
			stop: [to, ...tile.stop],
		}));
		const areas = this.#hasSurfaces
			? new SurfaceAreas(frameOf(tile, this.#volumes.labels.shape), this.#areas)
			: undefined;
		let reading = this.#read(slabs[0]);
		for (const [n] of slabs.entries()) {
			const slab = await reading;
			throwIfAborted(this.#options.signal);
			reading = this.#read(slabs[n + 1]);
			reading.catch(() => undefined);
			if (slab !== undefined) this.#measure(slab, areas);
		}
		areas?.close(this.#columns.surfaces(this.#rows.count));
	}

	/** The table of what was measured. */
	finish(): ObjectTable {
		const { probabilities, classes, labels } = this.#volumes;
		const { spacing, unit } = this.#options;
		return this.#columns.finish(this.#rows.ids, {
			shape: labels.shape,
			spacing,
			...(unit === undefined ? {} : { unit }),
			hasProbability: probabilities !== undefined,
			hasClasses: classes !== undefined,
			hasSurfaces: this.#hasSurfaces,
		});
	}

	get #hasSurfaces(): boolean {
		return this.#options.surfaces !== false;
	}

	async #read(box: Box | undefined): Promise<Slab | undefined> {
		if (box === undefined) return undefined;
		const { labels, probabilities, classes } = this.#volumes;
		const io: IoOptions = this.#options.signal === undefined ? {} : { signal: this.#options.signal };
		const framed = this.#hasSurfaces ? withBefore(box) : box;
		const [own, chance, kind] = await Promise.all([
			labels.read(framed, io),
			probabilities?.read(box, io),
			classes?.read(box, io),
		]);
		return { box, labels: own, probabilities: chance, classes: kind };
	}

	#measure({ box, labels, probabilities, classes }: Slab, areas: SurfaceAreas | undefined): void {
		const { path } = this.#volumes.labels.info;
		const framed = { dtype: "uint32" as const, shape: labels.shape, data: this.#rows.rowsOf(labels, path) };
		const [depth = 1, height = 1, width = 1] = labels.shape;
		if (areas !== undefined) {
			const sums = this.#columns.surfaces(this.#rows.count);
			for (let z = 0; z < depth; z++) areas.add(framed.data, z * height * width, sums);
		}
		const shape = boxShape(box);
		const own = sizeOf(shape) === framed.data.length ? framed : cut(framed, lastOf(framed.shape, shape));
		const [z = 0, y = 0, x = 0] = box.start;
		const values = probabilities && floatsOf(probabilities);
		const kinds = classes && classesOf(classes, this.#volumes.classes?.info.path ?? "");
		this.#columns.add(regionStats(own.data, shape, [z, y, x], this.#volumes.labels.shape, values, kinds));
		this.#done += sizeOf(shape);
		this.#options.onProgress?.(this.#done, sizeOf(this.#volumes.labels.shape));
	}
}

/** `box` with the row and the column before it, where there are any: the cells between belong to it. */
function withBefore({ start: [z = 0, y = 0, x = 0], stop }: Box): Box {
	return { start: [z, Math.max(0, y - 1), Math.max(0, x - 1)], stop };
}

/** The box of extents `shape` at the end of an array of extents `whole`. */
function lastOf(whole: readonly number[], shape: readonly number[]): Box {
	return { start: whole.map((extent, axis) => extent - (shape[axis] ?? 0)), stop: [...whole] };
}

function frameOf({ start: [y = 0, x = 0], stop: [toY = 1, toX = 1] }: Box, [, height, width]: Zyx): SectionFrame {
	return {
		height: toY - Math.max(0, y - 1),
		width: toX - Math.max(0, x - 1),
		afterRow: y > 0,
		afterColumn: x > 0,
		endsRows: toY === height,
		endsColumns: toX === width,
	};
}

/** Any numbers as float32. */
function floatsOf(array: NdArray): Float32Array {
	if (hasDType(array, "float32")) return array.data;
	if (hasDType(array, "float16")) return Float32Array.from(array.data, fromHalf);
	return Float32Array.from(array.data, Number);
}

/** @throws VOLUME for values that are no classes */
function classesOf(array: NdArray, path: string): Uint8Array | Uint16Array {
	if (hasDType(array, "uint8") || hasDType(array, "uint16")) return array.data;
	const expected = "expected classes (uint8 or uint16)";
	throw new NnvolError("VOLUME", `${path}: ${expected}, found ${array.dtype}; convert it with --dtype`, {
		fields: { path },
	});
}
