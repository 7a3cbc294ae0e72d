/**
 * A state dict held against the architecture that the plans describe.
 *
 * @module
 */
import type { NdArray } from "../core/array.ts";
import { NnvolError } from "../core/errors.ts";
import { sameShape, shapeText } from "../core/shape.ts";
import { canonicalName, isModuleName, type Parameter, parametersOf } from "./parameters.ts";
import type { Architecture, Weights } from "./spec.ts";

/** Counts batches in training; prediction does not use it. */
const UNUSED = /\.num_batches_tracked$/;

type Dict = ReadonlyMap<string, NdArray<"float32">>;

/** Where weights come from, for errors: the checkpoint's path, and the trainer it names. */
type Source = { readonly path: string; readonly trainer: string | undefined };

/**
 * The parameters of `net` out of a state dict, each once, under its canonical name. `path` and `trainer` name the
 * checkpoint, and who trained it, in errors.
 * @throws MODEL where one is missing, left over, of another shape than the plans say, or not finite
 */
export function checkWeights(net: Architecture, dict: Dict, path: string, trainer?: string): Weights {
	const source = { path, trainer };
	const found = withoutDuplicates(dict, path);
	const expected = parametersOf(net);
	const weights = new Map<string, NdArray<"float32">>();
	for (const parameter of expected) weights.set(parameter.name, take(found, parameter, source));
	const known = new Set(expected.map(({ name }) => name));
	const surplus = [...found.keys()].filter((name) => !known.has(name));
	if (surplus.length > 0) {
		const list = surplus.slice(0, 3).map((name) => `${name} (${shapeText(found.get(name)?.shape ?? [])})`);
		throw new NnvolError(
			"MODEL",
			`${path}: ${surplus.length} parameters have no place in the network of the plans: ${list.join(", ")}${surplus.length > 3 ? ", ..." : ""}; ${cause(source)}`,
			{ fields: { ...source, surplus } },
		);
	}
	return weights;
}

/** Why plans and weights may disagree. */
function cause({ trainer }: Source): string {
	const together = "do plans and checkpoint belong together?";
	if (trainer === undefined) return together;
	return `${together} It was trained by ${trainer}; trainers of one's own that change the network are not supported`;
}

/** Tensors under their canonical names; second names are used only for a block of convolution and norm without first ones. */
function withoutDuplicates(dict: Dict, path: string): Map<string, NdArray<"float32">> {
	const found = new Map<string, NdArray<"float32">>();
	const entries = [...dict].filter(([name]) => !UNUSED.test(name));
	for (const [name, array] of entries.filter(([name]) => !isModuleName(name))) {
		const canonical = canonicalName(name);
		const first = found.get(canonical);
		if (first !== undefined && !sameShape(first.shape, array.shape)) {
			const shapes = `${shapeText(first.shape)} and ${shapeText(array.shape)}`;
			throw new NnvolError("MODEL", `${path}: parameter ${canonical} is there twice with different shapes, ${shapes}`);
		}
		if (first === undefined) found.set(canonical, array);
	}
	const named = new Set(found.keys());
	for (const [name, array] of entries.filter(([name]) => isModuleName(name))) {
		const canonical = canonicalName(name);
		if (!named.has(canonical.replace(/\.\w+\.\w+$/, ".conv.weight"))) found.set(canonical, array);
	}
	return found;
}

function take(found: Dict, { name, shape }: Parameter, source: Source): NdArray<"float32"> {
	const array = found.get(name);
	const { path } = source;
	if (array === undefined) {
		throw new NnvolError("MODEL", `${path}: parameter ${name} (${shapeText(shape)}) is missing; ${cause(source)}`, {
			fields: { ...source, parameter: name, expected: shape },
		});
	}
	if (!sameShape(array.shape, shape)) {
		throw new NnvolError(
			"MODEL",
			`${path}: parameter ${name}: the plans expect the shape ${shapeText(shape)}, found ${shapeText(array.shape)}; ${cause(source)}`,
			{ fields: { ...source, parameter: name, expected: shape, found: array.shape } },
		);
	}
	assertFinite(array, name, path);
	return array;
}

function assertFinite(array: NdArray<"float32">, name: string, path: string): void {
	const { data } = array;
	let trace = 0;
	for (let i = 0; i < data.length; i++) trace += (data[i] ?? 0) * 0; // 0 for finite entries only
	if (trace === 0) return;
	const bad = data.find((value) => !Number.isFinite(value));
	throw new NnvolError(
		"MODEL",
		`${path}: parameter ${name} holds ${bad}; the training broke down, use another checkpoint`,
		{
			fields: { path, parameter: name },
		},
	);
}
