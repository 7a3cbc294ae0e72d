/**
 * The inputs of a model, drawn at random: shape, spacing, direction, type, borders of zeros.
 *
 * @module
 */
import type { ParityInput, Triple } from "./model.ts";
import type { Choices } from "./random.ts";
import type { Recipe } from "./recipe.ts";

const NO_DIRECTION = [1, 0, 0, 0, 1, 0, 0, 0, 1] as const;

/** Draws one input for each spacing of `recipe`. */
export function drawInputs(recipe: Recipe, choices: Choices): readonly ParityInput[] {
	const dtype = recipe.dtype ?? choices.pick(["int16", "uint8", "uint16", "float32"]);
	return recipe.spacings.map((spacing, index) => {
		const shape = drawShape(recipe, spacing, choices);
		return {
			id: `case_${"abc"[index]}`,
			shape,
			spacing,
			direction: drawDirection(recipe.direction ?? choices.pick(["identity", "oblique", "permuted"]), choices),
			origin: [0, 1, 2].map(() => choices.between(-90, 90)),
			dtype,
			border: [0, 1, 2].map((axis) => drawBorder(recipe, shape[axis] ?? 1, axis, choices)),
			holes: recipe.holes === true,
			dimensions: recipe.dimensions ?? 3,
			seed: choices.integer(1, 1e6),
		};
	});
}

function drawBorder(recipe: Recipe, extent: number, axis: number, choices: Choices): readonly [number, number] {
	if (recipe.border !== true || (recipe.dimensions === 2 && axis === 0)) return [0, 0];
	const most = Math.floor(extent / 4); // something is left of a thin image
	return [Math.min(choices.integer(0, 5), most), Math.min(choices.integer(1, 4), most)];
}

/** Voxels for a size drawn in the model's spacing. */
function drawShape(recipe: Recipe, spacing: Triple, choices: Choices): Triple {
	const image = recipe.dimensions === 2;
	const { least, most } = recipe.size ?? (image ? { least: 40, most: 96 } : { least: 22, most: 46 });
	const along = (axis: 0 | 1 | 2) => {
		if (image && axis === 0) return 1;
		const thick = recipe.target[axis] >= 3 && !image ? 0.55 : 1;
		const voxels = (choices.integer(least, most) * thick * recipe.target[axis]) / spacing[axis];
		return Math.max(7, Math.round(voxels));
	};
	return [along(0), along(1), along(2)];
}

function drawDirection(kind: "identity" | "oblique" | "permuted", choices: Choices): readonly number[] {
	if (kind === "identity") return NO_DIRECTION;
	const turned = rotation([0, 1, 2].map(() => choices.between(-0.35, 0.35)));
	if (kind === "oblique") return turned;
	const order = choices.pick([
		[1, 2, 0],
		[2, 0, 1],
		[1, 0, 2],
		[2, 1, 0],
	]);
	const signs = [0, 1, 2].map(() => (choices.chance(0.5) ? 1 : -1));
	const small = rotation([0, 1, 2].map(() => choices.between(-0.1, 0.1)));
	return small.map((_, at) => {
		const column = at % 3;
		return (signs[column] ?? 1) * (small[at - column + (order[column] ?? 0)] ?? 0);
	});
}

/** Rotations about x, y and z, one after the other: rows of a 3x3 matrix. */
function rotation([a = 0, b = 0, c = 0]: readonly number[]): readonly number[] {
	const [ca, sa, cb, sb, cc, sc] = [Math.cos(a), Math.sin(a), Math.cos(b), Math.sin(b), Math.cos(c), Math.sin(c)];
	return [
		cc * cb,
		cc * sb * sa - sc * ca,
		cc * sb * ca + sc * sa,
		sc * cb,
		sc * sb * sa + cc * ca,
		sc * sb * ca - cc * sa,
		-sb,
		cb * sa,
		cb * ca,
	];
}
