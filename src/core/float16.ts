/**
 * IEEE 754 half precision as raw bits: Node 20 has no `Float16Array`.
 *
 * @module
 */

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** Bits of the half-precision number nearest to `value` as float32 (ties to even; too large becomes infinity), as torch converts. */
export function toHalf(value: number): number {
	float[0] = value;
	const f = bits[0] ?? 0;
	const sign = (f >>> 16) & 0x8000;
	const magnitude = f & 0x7fffffff;
	if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
	if (magnitude >= 0x47800000) return sign | 0x7c00; // 65536 and up, infinity
	if (magnitude < 0x38800000) return sign | subnormalHalf(Math.fround(value));
	const rounded = magnitude - 0x38000000;
	return sign | ((rounded + 0xfff + ((rounded >>> 13) & 1)) >>> 13);
}

/** Bits without the sign of a number below 2^-14, in steps of 2^-24, ties to even. */
function subnormalHalf(value: number): number {
	const steps = Math.abs(value) * 2 ** 24;
	const low = Math.floor(steps);
	const rest = steps - low;
	return rest > 0.5 || (rest === 0.5 && low % 2 === 1) ? low + 1 : low;
}

/** The number that half-precision bits stand for. */
export function fromHalf(half: number): number {
	const sign = half & 0x8000 ? -1 : 1;
	const exponent = (half >>> 10) & 0x1f;
	const mantissa = half & 0x3ff;
	if (exponent === 0x1f) return mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY;
	if (exponent === 0) return sign * mantissa * 2 ** -24;
	return sign * (1024 + mantissa) * 2 ** (exponent - 25);
}
