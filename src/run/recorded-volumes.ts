/**
 * The volumes that a streamed run has written, opened to be compared with their records.
 *
 * @module
 */
import { type NdArray, ndarray } from "../core/array.ts";
import { contains, wholeBox } from "../core/box.ts";
import { errorText, isNnvolError } from "../core/errors.ts";
import { sameShape, shapeText } from "../core/shape.ts";
import { openVolume } from "../volume/formats.ts";
import { joinPath } from "../volume/stores/open-store.ts";
import type { IoOptions, VolumeReader } from "../volume/volume.ts";
import type { SavedFacts } from "./block-facts.ts";
import type { WrittenPart } from "./block-record.ts";
import { checksumOf } from "./checksum.ts";

type SavedProduct = SavedFacts["products"][number];

/** A volume of the run, and the element type that its blocks were recorded in. */
type Recorded = { readonly reader: VolumeReader; readonly dtype: string };

/** The volumes of a run, by name. */
export class RecordedVolumes {
	/** Those that cannot be read at all. */
	readonly unreadable: { readonly path: string; readonly error: string }[] = [];
	readonly #volumes = new Map<string, Recorded>();

	/** Opens those that can be read: where they lie when the run is `finished`, else in their staging. */
	static async open(folder: string, facts: SavedFacts, finished: boolean): Promise<RecordedVolumes> {
		const volumes = new RecordedVolumes();
		for (const product of facts.products) await volumes.#add(folder, product, finished);
		return volumes;
	}

	async #add(folder: string, product: SavedProduct, finished: boolean): Promise<void> {
		const inPlace = finished || product.staged === undefined;
		const path = joinPath(folder, inPlace ? product.path : (product.staged ?? product.path));
		try {
			const dataset = inPlace ? product.dataset : undefined;
			const reader = await openVolume(path, dataset === undefined ? {} : { dataset });
			const { dtype, shape } = reader.info;
			if (isTypeOf(product.dtype, dtype) && sameShape(shape, product.shape)) {
				this.#volumes.set(product.name, { reader, dtype: product.dtype });
				return;
			}
			await reader.close();
			const wanted = `${product.dtype} ${shapeText(product.shape)}`;
			const error = `expected ${wanted}, found ${dtype} ${shapeText(shape)}; another file has its place`;
			this.unreadable.push({ path, error });
		} catch (error) {
			this.unreadable.push({ path, error: errorText(error) });
		}
	}

	/** What is wrong with a part of a block; undefined where it reads as it was written. @throws CANCELLED */
	async faultOf({ name, box, checksum }: WrittenPart, options: IoOptions): Promise<string | undefined> {
		const volume = this.#volumes.get(name);
		if (volume === undefined) return `${name} cannot be read`;
		const { reader, dtype } = volume;
		const whole = wholeBox(reader.info.shape);
		if (box.start.length !== whole.start.length || !contains(whole, box)) {
			return `its record of ${name} names voxels that are not there`;
		}
		try {
			const array = asRecorded(await reader.read(box, options), dtype);
			return checksumOf(array) === checksum ? undefined : `${name} is not what was written`;
		} catch (error) {
			if (isNnvolError(error, "CANCELLED")) throw error;
			return `${name} cannot be read: ${errorText(error)}`;
		}
	}

	async close(): Promise<void> {
		for (const { reader } of this.#volumes.values()) await reader.close();
	}
}

/** Types that labels may have in a file: it is chosen by the highest label, once all blocks are done. */
const LABEL_TYPES = ["uint8", "uint16", "uint32"];

function isTypeOf(recorded: string, found: string): boolean {
	return recorded === found || (LABEL_TYPES.includes(recorded) && LABEL_TYPES.includes(found));
}

/** The voxels in the type that they were recorded in. */
function asRecorded(array: NdArray, dtype: string): NdArray {
	if (dtype === array.dtype || array.data instanceof BigUint64Array || array.data instanceof BigInt64Array)
		return array;
	switch (dtype) {
		case "uint8":
			return ndarray("uint8", array.shape, new Uint8Array(array.data));
		case "uint16":
			return ndarray("uint16", array.shape, new Uint16Array(array.data));
		case "uint32":
			return ndarray("uint32", array.shape, new Uint32Array(array.data));
		default:
			return array;
	}
}
