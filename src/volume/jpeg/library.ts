/**
 * libjpeg-turbo in WebAssembly. The only file that imports `@cwasm/jpeg-turbo`.
 *
 * @module
 */

/** Decodes a whole JPEG to red, green, blue, alpha; grey has its value three times. @throws Error for a damaged file */
export async function decodeRgba(file: Uint8Array): Promise<Uint8ClampedArray> {
	const { default: library } = await import("@cwasm/jpeg-turbo");
	return library.decode(file).data;
}
