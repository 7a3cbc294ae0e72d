/**
 * Values outside a mask.
 *
 * @module
 */

/** Sets every value to 0 where `mask` is 0, in place; `values` holds one or more channels over the mask's shape. */
export function blankOutside(values: Float32Array | Uint16Array | Uint8Array, mask: Uint8Array): void {
	for (let i = 0; i < values.length; i++) {
		if (mask[i % mask.length] === 0) values[i] = 0;
	}
}
