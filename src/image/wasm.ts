/**
 * The kernels that are compiled to WebAssembly (`kernels/`), and memory for what they work on.
 *
 * A thread has one instance of its own. Arrays are copied into its memory and results out of it: a piece at a time where a
 * kernel goes over an array once, so that pieces stay in the processor's cache. Views of the memory are valid until it
 * grows, which only `room` does. It never shrinks: who may have needed much of it calls `letGo` at the end.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { builtFile } from "../core/built-file.ts";

/** Functions of `kernels/index.ts`; numbers that are addresses count bytes of `memory`. */
export type Kernels = {
	readonly argmaxOfTwo: (values: number, pitch: number, voxels: number, labels: number) => void;
	readonly argmax: (values: number, channels: number, pitch: number, voxels: number, labels: number) => void;
	readonly rangeSums: (voxels: number, count: number, result: number) => void;
	readonly scanMask: ScanRows<[wantZero: number, bits: number]>;
	readonly scanLabels8: ScanRows;
	readonly scanLabels16: ScanRows;
	readonly scanLabels32: ScanRows;
	readonly joinRows: (
		row: number,
		rows: number,
		height: number,
		offsets: number,
		runs: number,
		connectivity: number,
		isLabelled: number,
	) => void;
	readonly startQuads: (
		bits: number,
		depth: number,
		height: number,
		words: number,
		starts: number,
		before: number,
	) => number;
	readonly joinQuads: (
		bits: number,
		depth: number,
		height: number,
		words: number,
		starts: number,
		before: number,
		parents: number,
	) => void;
	readonly numberQuads: (
		offsets: number,
		runs: number,
		depth: number,
		height: number,
		words: number,
		starts: number,
		before: number,
		parents: number,
		labels: number,
		count: number,
	) => number;
	readonly numberRuns: (runs: number, count: number) => number;
	readonly measureRuns: (runs: number, count: number, sizes: number) => void;
	readonly runsOfBits: SquareRuns;
	readonly runsOfLabels: SquareRuns;
	readonly acrossRows: (
		values: number,
		labels: number,
		rows: number,
		width: number,
		squares: number,
		square: number,
		isBounded: number,
		out: number,
		left: number,
		envelope: number,
	) => void;
	readonly squareRoots: (values: number, count: number) => void;
};

/** Of `kernels/distance.ts`. */
type SquareRuns = (
	labels: number,
	rows: number,
	width: number,
	squares: number,
	values: number,
	isBounded: number,
) => void;

/** Of `kernels/runs.ts`. */
type ScanRows<More extends readonly number[] = []> = (
	voxels: number,
	row: number,
	rows: number,
	width: number,
	offsets: number,
	runs: number,
	...more: More
) => void;

const PAGE = 65536;

/** A memory that grew beyond so many bytes is not kept. */
const KEPT_BYTES = 64 << 20;

/** Bytes at the beginning that nothing is put in: address 0 is none. */
const RESERVED = 1024;

let memory = new WebAssembly.Memory({ initial: 1 });
let module: WebAssembly.Module | undefined;
let instance: Kernels | undefined;

/** The kernels of this thread, compiled at the first call. */
export function kernels(): Kernels {
	instance ??= instantiate();
	return instance;
}

/**
 * The address of `bytes` bytes, a multiple of 16; what was there before is overwritten. The memory may be another one after
 * it. Asked for more by the same caller, it is the same address, and what the caller put there is there still.
 */
export function room(bytes: number): number {
	const missing = RESERVED + bytes - memory.buffer.byteLength;
	if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
	return RESERVED;
}

/** Gives the memory back where it has become large. For the end of a kernel's work: addresses and views are void after it. */
export function letGo(): void {
	if (memory.buffer.byteLength <= KEPT_BYTES) return;
	memory = new WebAssembly.Memory({ initial: 1 });
	instance = undefined;
}

/** `length` bytes of the memory from `address` on. */
export function bytesAt(address: number, length: number): Uint8Array<ArrayBuffer> {
	return new Uint8Array(memory.buffer, address, length);
}

/** `length` float32 from `address` on. */
export function floatsAt(address: number, length: number): Float32Array<ArrayBuffer> {
	return new Float32Array(memory.buffer, address, length);
}

/** `length` uint32 from `address` on. */
export function wordsAt(address: number, length: number): Uint32Array<ArrayBuffer> {
	return new Uint32Array(memory.buffer, address, length);
}

function instantiate(): Kernels {
	module ??= new WebAssembly.Module(readFileSync(builtFile("image/kernels.wasm")));
	const { exports } = new WebAssembly.Instance(module, { env: { memory } });
	const kernel = (name: keyof Kernels) => {
		const found = exports[name];
		if (typeof found !== "function") throw new TypeError(`kernels.wasm has no ${name}; run npm run build`);
		return (...numbers: readonly number[]) => {
			const result: unknown = found(...numbers);
			return typeof result === "number" ? result : 0;
		};
	};
	return {
		argmaxOfTwo: kernel("argmaxOfTwo"),
		argmax: kernel("argmax"),
		rangeSums: kernel("rangeSums"),
		scanMask: kernel("scanMask"),
		scanLabels8: kernel("scanLabels8"),
		scanLabels16: kernel("scanLabels16"),
		scanLabels32: kernel("scanLabels32"),
		joinRows: kernel("joinRows"),
		startQuads: kernel("startQuads"),
		joinQuads: kernel("joinQuads"),
		numberQuads: kernel("numberQuads"),
		numberRuns: kernel("numberRuns"),
		measureRuns: kernel("measureRuns"),
		runsOfBits: kernel("runsOfBits"),
		runsOfLabels: kernel("runsOfLabels"),
		acrossRows: kernel("acrossRows"),
		squareRoots: kernel("squareRoots"),
	};
}
