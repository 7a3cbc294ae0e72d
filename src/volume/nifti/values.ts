/**
 * From stored voxels to numbers: scaling as ITK or as nibabel does it.
 *
 * Both compute in float64. They differ where the slope is 0 (ITK takes 1 and still adds the intercept, nibabel does
 * neither), in wide integers (ITK rounds them to float32 first), and in values that are no numbers (ITK takes 0).
 *
 * @module
 */
import type { NdArray } from "../../core/array.ts";
import { allocate, DTYPES, type DType, type NumberDType } from "../../core/dtype.ts";
import { volumeError } from "../fault.ts";

/** By whose rules values are scaled. */
export type Dialect = "itk" | "nibabel";

/** How stored values become those that are read. */
export type Scaling = {
	readonly dialect: Dialect;
	/** Both undefined: values are taken as they are. */
	readonly linear?: { readonly slope: number; readonly inter: number };
	/** Element type that is read. */
	readonly dtype: DType;
};

/** The scaling that a header's numbers mean. @throws VOLUME where nibabel cannot make sense of them */
export function scalingOf(path: string, stored: DType, slope: number, inter: number, dialect: Dialect): Scaling {
	const linear = dialect === "itk" ? itkLinear(slope, inter) : nibabelLinear(path, slope, inter);
	if (linear === undefined) return { dialect, dtype: stored };
	const isWide = stored === "float64" || (dialect === "nibabel" && DTYPES[stored].bytes > 2 && stored !== "float32");
	return { dialect, linear, dtype: isWide ? "float64" : "float32" };
}

function itkLinear(slope: number, inter: number): Scaling["linear"] {
	// numbers that are not finite count as 0 there, and a slope of 0 as 1
	const factor = Number.isFinite(slope) && Math.abs(slope) > Number.EPSILON ? slope : 1;
	const offset = Number.isFinite(inter) ? inter : 0;
	const isPlain = Math.abs(factor - 1) <= Number.EPSILON && Math.abs(offset) <= Number.EPSILON;
	return isPlain ? undefined : { slope: factor, inter: offset };
}

function nibabelLinear(path: string, slope: number, inter: number): Scaling["linear"] {
	if (slope === 0 || !Number.isFinite(slope)) return undefined;
	if (!Number.isFinite(inter)) throw volumeError(path, `damaged NIfTI: its slope is ${slope}, its intercept ${inter}`);
	return slope === 1 && inter === 0 ? undefined : { slope, inter };
}

/** Applies `scaling` to an array of stored values; the array itself (changed) where it stays of its type. */
export function scaled(array: NdArray, { linear, dtype, dialect }: Scaling): NdArray {
	const { data } = array;
	if (dialect === "itk" && (data instanceof Float32Array || data instanceof Float64Array)) zeroNonFinite(data);
	if (linear === undefined) return array;
	const values = allocate(dtype, data.length);
	if (!(values instanceof Float32Array || values instanceof Float64Array)) return array;
	if (data instanceof BigInt64Array || data instanceof BigUint64Array) scaleBig(data, values, linear, dialect);
	else scaleNumbers(data, values, linear, dialect === "itk" && DTYPES[array.dtype].kind !== "float");
	return { dtype, shape: array.shape, data: values };
}

type Linear = { readonly slope: number; readonly inter: number };
type Floats = Float32Array | Float64Array;
type Numbers = InstanceType<(typeof DTYPES)[NumberDType]["array"]>;

function scaleNumbers(data: Numbers, values: Floats, { slope, inter }: Linear, narrow: boolean): void {
	for (let i = 0; i < data.length; i++) {
		const value = data[i] ?? 0;
		values[i] = (narrow ? Math.fround(value) : value) * slope + inter;
	}
}

function scaleBig(data: BigInt64Array | BigUint64Array, values: Floats, linear: Linear, dialect: Dialect): void {
	for (let i = 0; i < data.length; i++) {
		const value = Number(data[i] ?? 0n);
		values[i] = (dialect === "itk" ? Math.fround(value) : value) * linear.slope + linear.inter;
	}
}

function zeroNonFinite(data: Floats): void {
	for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) data[i] = 0;
}
