/**
 * The kernels that are compiled to WebAssembly (`kernels/`), and memory for what they work on.
 *
 * A thread has one instance of its own. Arrays are copied into its memory and results out of it: a piece at a time where a
 * kernel goes over an array once, so that pieces stay in the processor's cache. Views of the memory are valid until it
 * grows, which only `room` does.
 *
 * @module
 */
import { readFileSync } from "node:fs";

/** Functions of `kernels/index.ts`; numbers that are addresses count bytes of `memory`. */
export type Kernels = {
	readonly argmaxOfTwo: (values: number, pitch: number, voxels: number, labels: number) => void;
	readonly argmax: (values: number, channels: number, pitch: number, voxels: number, labels: number) => void;
	readonly rangeSums: (voxels: number, count: number, result: number) => void;
};

const PAGE = 65536;

/** Bytes at the beginning that nothing is put in: address 0 is none. */
const RESERVED = 1024;

const memory = new WebAssembly.Memory({ initial: 1 });
let instance: Kernels | undefined;

/** The kernels of this thread, compiled at the first call. */
export function kernels(): Kernels {
	instance ??= instantiate();
	return instance;
}

/** The address of `bytes` bytes, a multiple of 16; what was there before is overwritten. The memory may be another one after it. */
export function room(bytes: number): number {
	const missing = RESERVED + bytes - memory.buffer.byteLength;
	if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
	return RESERVED;
}

/** `length` bytes of the memory from `address` on. */
export function bytesAt(address: number, length: number): Uint8Array<ArrayBuffer> {
	return new Uint8Array(memory.buffer, address, length);
}

/** `length` float32 from `address` on. */
export function floatsAt(address: number, length: number): Float32Array<ArrayBuffer> {
	return new Float32Array(memory.buffer, address, length);
}

function instantiate(): Kernels {
	const module = new WebAssembly.Module(readFileSync(builtFile()));
	const { exports } = new WebAssembly.Instance(module, { env: { memory } });
	const kernel = (name: keyof Kernels) => {
		const found = exports[name];
		if (typeof found !== "function") throw new TypeError(`kernels.wasm has no ${name}; run npm run build`);
		return (...numbers: readonly number[]) => {
			found(...numbers);
		};
	};
	return {
		argmaxOfTwo: kernel("argmaxOfTwo"),
		argmax: kernel("argmax"),
		rangeSums: kernel("rangeSums"),
	};
}

/** The built module, also where this file runs from source. */
function builtFile(): URL {
	const built = import.meta.url.endsWith(".ts") ? "../../dist/image/kernels.wasm" : "./kernels.wasm";
	return new URL(built, import.meta.url);
}
