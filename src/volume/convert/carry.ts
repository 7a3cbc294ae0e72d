/**
 * What of a volume goes over to its copy: type, axes, voxel size and place, moved where only a part is copied.
 *
 * @module
 */
import type { Box } from "../../core/box.ts";
import type { DType } from "../../core/dtype.ts";
import type { Affine, Geometry } from "../../core/geometry.ts";
import { asZyx } from "../../core/shape.ts";
import type { FormatName, Layout, VolumeInfo, VolumeSpec } from "../volume.ts";

/** Wishes of the user. */
export type CarryOptions = {
	readonly dtype?: DType;
	/** Voxel size in z, y, x, in place of the input's. */
	readonly spacing?: readonly number[];
	readonly dataset?: string;
	readonly layout?: Layout;
};

/** Letters of axes that a file leaves out, by rank. */
const USUAL_AXES: Readonly<Record<number, string>> = { 1: "x", 2: "yx", 3: "zyx", 4: "czyx" };

/** The axes of a volume: what it says, else the usual ones of its rank, else "". */
export function axesOf({ axes, shape }: Pick<VolumeInfo, "axes" | "shape">): string {
	return axes === "" ? (USUAL_AXES[shape.length] ?? "") : axes;
}

/** The unit of lengths of formats that have one for all files. */
const FIXED_UNITS: Readonly<Partial<Record<FormatName, string>>> = {
	nifti: "millimeter",
	nrrd: "millimeter",
	metaimage: "millimeter",
	gipl: "millimeter",
	precomputed: "nanometer",
};

/** Nanometers in units that files name. */
const UNITS: Readonly<Record<string, number>> = {
	angstrom: 0.1,
	nanometer: 1,
	micrometer: 1e3,
	millimeter: 1e6,
	centimeter: 1e7,
	meter: 1e9,
};

/** The unit of a volume's voxel size: as the file says, or as its format has it; undefined where nobody tells. */
export function unitOf({ unit, format }: Pick<VolumeInfo, "unit" | "format">): string | undefined {
	return unit ?? FIXED_UNITS[format];
}

/** Nanometers in a unit that files name; undefined for one that is not known. */
export function nanometersIn(unit: string): number | undefined {
	return UNITS[unit];
}

/** What a copy of the voxels of `box` in `format` is to hold. */
export function carried(info: VolumeInfo, box: Box, options: CarryOptions, format: FormatName): VolumeSpec {
	const axes = axesOf(info);
	const first = [..."xyz"].map((letter) => box.start[axes.indexOf(letter)] ?? 0);
	const geometry = info.geometry && placed(info.geometry, first, options.spacing);
	const affine = format === "nifti" && !sameMatrix(info.geometry, info.affine) ? info.affine : undefined;
	return {
		dtype: options.dtype ?? info.dtype,
		shape: box.stop.map((stop, axis) => stop - (box.start[axis] ?? 0)),
		axes,
		...(affine === undefined ? sizesFor(format, info, options.spacing) : sizesOf(info, options.spacing)),
		...(geometry === undefined ? {} : { geometry }),
		...(affine === undefined ? {} : { affine: movedAffine(affine, first, options.spacing) }),
		...(options.dataset === undefined ? {} : { dataset: options.dataset }),
		...(options.layout === undefined ? {} : { layout: options.layout }),
	};
}

type Sizes = Pick<VolumeSpec, "spacing" | "unit">;

/** The voxel size as the input has it, or as the user wants it. */
function sizesOf(info: VolumeInfo, wanted: readonly number[] | undefined): Sizes {
	const spacing = wanted ?? info.spacing;
	if (spacing === undefined) return {};
	return { spacing, ...(info.unit === undefined ? {} : { unit: info.unit }) };
}

/** The voxel size in the unit of `format`, where both units are known. What the user wants is in the copy's own unit. */
function sizesFor(format: FormatName, info: VolumeInfo, wanted: readonly number[] | undefined): Sizes {
	const sizes = sizesOf(info, wanted);
	const unit = FIXED_UNITS[format];
	if (sizes.spacing === undefined || unit === undefined) return sizes;
	if (wanted !== undefined) return { spacing: wanted, unit };
	const factor = (UNITS[sizes.unit ?? unit] ?? 1) / (UNITS[unit] ?? 1);
	if (unit === "millimeter" && info.geometry !== undefined)
		return { spacing: info.geometry.spacing.toReversed(), unit };
	return { spacing: factor === 1 ? sizes.spacing : sizes.spacing.map((length) => rounded(length * factor)), unit };
}

/** Without the last bits that a factor of ten puts in. */
function rounded(length: number): number {
	return Number(length.toPrecision(12));
}

/** What the copy's format takes for granted of the input's voxel size, for people. */
export function assumed(info: VolumeInfo, spec: VolumeSpec, format: FormatName): string[] {
	const unit = FIXED_UNITS[format];
	if (unit === undefined || spec.spacing === undefined || info.unit !== undefined || spec.spacing !== info.spacing)
		return [];
	return [`the input tells no unit of its voxel size; in the copy it counts as ${unit}`];
}

/** The place of the part that begins at voxel `first` (x, y, z). */
function placed(
	{ origin, spacing, direction }: Geometry,
	first: readonly number[],
	sizes: readonly number[] | undefined,
): Geometry {
	const n = spacing.length;
	const moved = origin.map((at, row) =>
		spacing.reduce(
			(sum, length, column) => sum + (direction[row * n + column] ?? 0) * length * (first[column] ?? 0),
			at,
		),
	);
	const wanted = sizes?.toReversed();
	return { origin: moved, spacing: spacing.map((length, axis) => wanted?.[axis] ?? length), direction };
}

/** The matrix of the part that begins at voxel `first` (x, y, z), its columns as long as `sizes` (z, y, x) where given. */
function movedAffine(affine: Affine, first: readonly number[], sizes: readonly number[] | undefined): number[] {
	const out = [...affine];
	for (let row = 0; row < 3; row++) {
		for (let column = 0; column < 3; column++) {
			out[row * 4 + 3] = (out[row * 4 + 3] ?? 0) + (affine[row * 4 + column] ?? 0) * (first[column] ?? 0);
		}
	}
	const wanted = sizes?.toReversed() ?? [];
	for (const [column, size] of wanted.slice(0, 3).entries()) {
		const length = Math.hypot(...[0, 4, 8].map((row) => affine[row + column] ?? 0));
		for (const row of [0, 4, 8]) out[row + column] = ((affine[row + column] ?? 0) * size) / (length === 0 ? 1 : length);
	}
	return out;
}

/** True where ITK's place and nibabel's matrix tell the same, up to float32. */
function sameMatrix(geometry: Geometry | undefined, affine: Affine | undefined): boolean {
	if (geometry === undefined || affine === undefined || geometry.spacing.length !== 3) return affine === undefined;
	const most = Math.max(...affine.map(Math.abs));
	return affine.slice(0, 12).every((value, i) => {
		const [row, column] = [Math.floor(i / 4), i % 4];
		const sign = row < 2 ? -1 : 1;
		const wanted =
			column === 3
				? (geometry.origin[row] ?? 0)
				: (geometry.direction[row * 3 + column] ?? 0) * (geometry.spacing[column] ?? 1);
		return Math.abs(value - sign * wanted) <= 1e-5 * most;
	});
}

/** What the copy `found` does not tell of what `spec` asked for, for people; empty where nothing is lost. */
export function lostIn(spec: VolumeSpec, found: VolumeInfo): string[] {
	const lost: string[] = [];
	if (spec.spacing !== undefined && !near(asZyx(spec.spacing), found.spacing && asZyx(found.spacing))) {
		const stead = found.spacing === undefined ? "" : ` (the copy says ${found.spacing.join(" x ")})`;
		lost.push(`the voxel size ${spec.spacing.join(" x ")}${stead}`);
	} else if (spec.unit !== undefined && found.unit !== spec.unit) lost.push(`the unit of its voxel size, ${spec.unit}`);
	const { geometry, affine } = spec;
	const isKept = affine === undefined ? samePlace(geometry, found.geometry) : near(affine, found.affine);
	if (!isKept) lost.push("its place in the world (origin and directions)");
	if (found.axes !== spec.axes && spec.axes !== USUAL_AXES[spec.shape.length]) lost.push(`its axes, "${spec.axes}"`);
	return lost;
}

/** A place at the origin without a turn says nothing beyond the voxel size. */
function samePlace(wanted: Geometry | undefined, found: Geometry | undefined): boolean {
	if (wanted === undefined) return true;
	const n = wanted.spacing.length;
	const isPlain =
		wanted.origin.every((at) => at === 0) && wanted.direction.every((v, i) => v === (i % (n + 1) === 0 ? 1 : 0));
	if (found === undefined) return isPlain;
	return near(wanted.origin, found.origin) && near(wanted.direction, found.direction);
}

/** Equal up to what float32 keeps. */
function near(wanted: readonly number[], found: readonly number[] | undefined): boolean {
	if (found === undefined || found.length !== wanted.length) return false;
	const most = Math.max(...wanted.map(Math.abs), 1e-30);
	return wanted.every((value, i) => Math.abs(value - (found[i] ?? 0)) <= 1e-5 * most);
}
