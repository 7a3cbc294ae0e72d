/**
 * The objects that a label volume was found to hold, numbered in the order they are met: labels of any size and any gaps
 * become rows of a table.
 *
 * @module
 */
import type { NdArray } from "../../core/array.ts";
import { DTYPES } from "../../core/dtype.ts";
import { NnvolError } from "../../core/errors.ts";
import { bigUint64s, grown, uint32s } from "./grown.ts";

/** Labels below it are looked up in an array, the others in a map. */
const DENSE = 1 << 24;

/** Rows are numbered from 1; 0 is background. */
export class LabelRows {
	#count = 0;
	#ids = new BigUint64Array(64);
	#dense = new Uint32Array(1024);
	readonly #sparse = new Map<number, number>();
	readonly #wide = new Map<bigint, number>();

	/** Rows so far. */
	get count(): number {
		return this.#count;
	}

	/** The label of each row; entry 0 is row 1. */
	get ids(): BigUint64Array<ArrayBuffer> {
		return this.#ids.slice(0, this.#count);
	}

	/**
	 * The row of each voxel; labels not met before get the next rows.
	 *
	 * @param where names the volume in errors
	 * @throws VOLUME for a negative label, or an array that is not of whole numbers
	 */
	rowsOf(labels: NdArray, where: string): Uint32Array<ArrayBuffer> {
		const { data, dtype } = labels;
		if (DTYPES[dtype].kind === "float") throw notLabels(where, `${dtype} values; decode them to objects first`);
		const isWide = data instanceof BigUint64Array || data instanceof BigInt64Array;
		return isWide ? this.#wideRows(data, where) : this.#narrowRows(data, where);
	}

	/** Voxels come in runs of one label: each is looked up once a run. */
	#narrowRows(data: ArrayLike<number>, where: string): Uint32Array<ArrayBuffer> {
		const rows = new Uint32Array(data.length);
		let [last, row] = [0, 0];
		for (let i = 0; i < rows.length; i++) {
			const label = data[i] ?? 0;
			if (label !== last) {
				if (label < 0) throw notLabels(where, `the label ${label}`);
				[last, row] = [label, label === 0 ? 0 : this.#rowOf(label)];
			}
			rows[i] = row;
		}
		return rows;
	}

	#wideRows(data: BigUint64Array | BigInt64Array, where: string): Uint32Array<ArrayBuffer> {
		const rows = new Uint32Array(data.length);
		let [last, row] = [0n, 0];
		for (let i = 0; i < rows.length; i++) {
			const label = data[i] ?? 0n;
			if (label !== last) {
				if (label < 0n) throw notLabels(where, `the label ${label}`);
				[last, row] = [label, label === 0n ? 0 : this.#wideRow(label)];
			}
			rows[i] = row;
		}
		return rows;
	}

	#wideRow(label: bigint): number {
		if (label <= 0xffffffffn) return this.#rowOf(Number(label));
		const known = this.#wide.get(label);
		if (known !== undefined) return known;
		const row = this.#add(label);
		this.#wide.set(label, row);
		return row;
	}

	#rowOf(label: number): number {
		if (label >= DENSE) {
			const known = this.#sparse.get(label);
			if (known !== undefined) return known;
			const row = this.#add(BigInt(label));
			this.#sparse.set(label, row);
			return row;
		}
		this.#dense = grown(this.#dense, label + 1, uint32s);
		const known = this.#dense[label] ?? 0;
		if (known !== 0) return known;
		const row = this.#add(BigInt(label));
		this.#dense[label] = row;
		return row;
	}

	#add(id: bigint): number {
		this.#ids = grown(this.#ids, this.#count + 1, bigUint64s);
		this.#ids[this.#count] = id;
		this.#count += 1;
		return this.#count;
	}
}

function notLabels(where: string, found: string): NnvolError {
	return new NnvolError("VOLUME", `${where}: expected labels (whole numbers, 0 is background), found ${found}`, {
		fields: { path: where },
	});
}
