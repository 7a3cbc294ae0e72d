/**
 * Codecs of others, loaded at first use; the only file that imports them.
 *
 * Zstandard is native where there is a build for the machine, and runs beside the main thread; else WebAssembly. Blosc
 * is WebAssembly, for what `blosc.ts` does not do itself.
 *
 * @module
 */

/** Packing and unpacking without checks. */
export type Zstd = {
	readonly compress: (bytes: Uint8Array, level: number) => Promise<Uint8Array>;
	readonly decompress: (bytes: Uint8Array) => Promise<Uint8Array>;
};

let loading: Promise<Zstd> | undefined;

/** Zstandard. */
export function zstdLibrary(): Promise<Zstd> {
	loading ??= native().catch(webAssembly);
	return loading;
}

async function native(): Promise<Zstd> {
	const { compress, decompress } = await import("@mongodb-js/zstd");
	return {
		compress: (bytes, level) => compress(bufferOver(bytes), level),
		decompress: (bytes) => decompress(bufferOver(bytes)),
	};
}

async function webAssembly(): Promise<Zstd> {
	const { Zstd: codec } = await import("numcodecs");
	return {
		compress: async (bytes, level) => codec.fromConfig({ id: "zstd", level }).encode(bytes),
		decompress: async (bytes) => codec.fromConfig({ id: "zstd" }).decode(bytes),
	};
}

function bufferOver(bytes: Uint8Array): Buffer {
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Unpacks a blosc chunk of any kind whose header was checked: it reads past the end of what is cut short, silently. */
export async function bloscByLibrary(bytes: Uint8Array): Promise<Uint8Array> {
	const { Blosc } = await import("numcodecs");
	return Blosc.fromConfig({ id: "blosc" }).decode(bytes);
}
