/**
 * Indices into a palette to colours.
 *
 * @module
 */

/** RGB triples of `palette` for each index; black beyond its end, as Pillow has it. */
export function painted(palette: Uint8Array, indices: Uint8Array | Uint16Array): Uint8Array<ArrayBuffer> {
	const target = new Uint8Array(indices.length * 3);
	for (let pixel = 0; pixel < indices.length; pixel++) {
		const colour = 3 * (indices[pixel] ?? 0);
		for (let c = 0; c < 3; c++) target[3 * pixel + c] = palette[colour + c] ?? 0;
	}
	return target;
}
