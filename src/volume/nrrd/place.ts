/**
 * Where an NRRD image lies in the world, as ITK takes it from the header.
 *
 * From the rules of ITK's NrrdImageIO and teem's nrrdSpacingCalculate and nrrdOriginCalculate: spaces known to be RAS or
 * LAS are turned to LPS, others stay as they are; the length of a direction is its axis' spacing.
 *
 * @module
 */
import type { Geometry } from "../../core/geometry.ts";
import { identity } from "../../core/geometry.ts";
import { demand } from "../flat/flaw.ts";
import { numbersIn, parseNumber } from "../flat/numbers.ts";

/** Signs that turn a space's first three axes to left, posterior, superior. */
const TO_LPS: Readonly<Record<string, readonly number[]>> = {
	"right-anterior-superior": [-1, -1, 1],
	ras: [-1, -1, 1],
	"left-anterior-superior": [1, -1, 1],
	las: [1, -1, 1],
};

const SPACES: Readonly<Record<string, number>> = {
	"right-anterior-superior": 3,
	ras: 3,
	"left-anterior-superior": 3,
	las: 3,
	"left-posterior-superior": 3,
	lps: 3,
	"scanner-xyz": 3,
	"3d-right-handed": 3,
	"3d-left-handed": 3,
	"right-anterior-superior-time": 4,
	rast: 4,
	"left-anterior-superior-time": 4,
	last: 4,
	"left-posterior-superior-time": 4,
	lpst: 4,
	"scanner-xyz-time": 4,
	"3d-right-handed-time": 4,
	"3d-left-handed-time": 4,
};

type Fields = ReadonlyMap<string, string>;

/**
 * The place of the axes `domain` (indices into `sizes`, fastest first). Entries that are missing are ITK's defaults:
 * spacing 1, origin 0, no turn. @throws a flaw
 */
export function nrrdGeometry(fields: Fields, sizes: readonly number[], domain: readonly number[]): Geometry {
	const name = fields.get("space")?.toLowerCase();
	const dimension = fields.get("space dimension");
	if (name === undefined && dimension === undefined) return withoutSpace(fields, sizes, domain);
	const n = name === undefined ? Number(dimension) : SPACES[name];
	demand(n !== undefined && (name === undefined || Object.hasOwn(SPACES, name)), `the space ${JSON.stringify(name)}`);
	demand(n === domain.length, `${domain.length} axes in a space of ${n} dimensions`);
	const signs = TO_LPS[name ?? ""] ?? [];
	return inSpace(fields, sizes.length, domain, signs);
}

function inSpace(fields: Fields, axes: number, domain: readonly number[], signs: readonly number[]): Geometry {
	const n = domain.length;
	demand(!fields.has("spacings"), "spacings besides a space, whose directions tell them");
	const vectors = vectorsOf(fields.get("space directions") ?? "");
	demand([0, axes].includes(vectors.length), `${vectors.length} directions for ${axes} axes`);
	const spacing = new Array<number>(n).fill(1);
	const direction = identity(n);
	for (const [column, axis] of domain.entries()) {
		const vector = vectors[axis];
		if (vector === undefined || vector.some(Number.isNaN)) continue;
		demand(vector.length === n, `a direction of ${vector.length} numbers in a space of ${n} dimensions`);
		const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
		spacing[column] = length;
		// teem multiplies by the reciprocal: the last bit depends on it
		for (const [row, value] of vector.entries()) direction[row * n + column] = value * (1 / length) * (signs[row] ?? 1);
	}
	const [given] = vectorsOf(fields.get("space origin") ?? "");
	demand(
		given === undefined || given.length === n,
		`an origin of ${given?.length} numbers in a space of ${n} dimensions`,
	);
	const known = given !== undefined && !Number.isNaN(given[0]);
	const origin = domain.map((_, row) => (known ? (given[row] ?? 0) * (signs[row] ?? 1) : 0));
	return { origin, spacing, direction };
}

/** Spacings and the first voxel's edge or centre a dimension, without a space. */
function withoutSpace(fields: Fields, sizes: readonly number[], domain: readonly number[]): Geometry {
	const list = (name: string): number[] => {
		const all = numbersIn(fields.get(name));
		return domain.map((axis) => all[axis] ?? Number.NaN);
	};
	const [spacings, mins, maxs] = [list("spacings"), list("axis mins"), list("axis maxs")];
	const centers = (fields.get("centers") ?? "").toLowerCase().split(/\s+/);
	const isPlaced =
		mins.some((min) => !Number.isNaN(min)) &&
		domain.every((_, i) => !Number.isNaN((spacings[i] ?? 0) + 0) || !Number.isNaN(maxs[i] ?? 0));
	const origin = domain.map((axis, i) => {
		const isNode = centers[axis] === "node";
		const extent = sizes[axis] ?? 1;
		const [spacing = 0, min = 0, max = 0] = [spacings[i], mins[i], maxs[i]];
		const step = Number.isNaN(spacing) ? (max - min) / (isNode ? extent - 1 : extent) : spacing;
		const first = isNode ? min : min + step / 2;
		return isPlaced && Number.isFinite(first) ? first : 0;
	});
	return {
		origin,
		spacing: spacings.map((value) => (Number.isNaN(value) ? 1 : value)),
		direction: identity(domain.length),
	};
}

/** The vectors of `(1,0,0) none (0,1,0)`; undefined for `none`. */
export function vectorsOf(text: string): (readonly number[] | undefined)[] {
	return Array.from(text.matchAll(/none|\(([^()]*)\)/gi), ([, inner]) => inner?.split(",").map(parseNumber));
}
