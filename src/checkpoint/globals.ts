/**
 * The table of Python names that a pickle may use, and the data each stands for. This is the whole of what a file can
 * ask for: a name outside it is refused where it is read, before anything is made of it.
 *
 * @module
 */
import type { Construct, Refuse } from "./construct.ts";
import { isNumpyName, NUMPY_GLOBALS, setArrayState, setDTypeState } from "./globals-numpy.ts";
import { isStandIn, PYTHON_GLOBALS } from "./globals-python.ts";
import { isTorchName, TORCH_GLOBALS } from "./globals-torch.ts";
import { describe, type PickleValue, type PlainObject } from "./pickle-value.ts";

const CONSTRUCTORS: ReadonlyMap<string, Construct> = new Map([...PYTHON_GLOBALS, ...TORCH_GLOBALS, ...NUMPY_GLOBALS]);

/** One spelling for the names that moved: Python 2's builtins, numpy's private core. */
export function normalName(module: string, name: string): string {
	const home = module
		.replace(/^__builtin__$/, "builtins")
		.replace(/^copy_reg$/, "copyreg")
		.replace(/^numpy\.core\./, "numpy._core.")
		.replace(/^pathlib\._local$/, "pathlib")
		.replace(/^torch\.cuda$/, "torch");
	return `${home}.${name}`;
}

/** True for the names in the table (as `normalName` spells them). */
export function isAllowed(name: string): boolean {
	return CONSTRUCTORS.has(name) || isStandIn(name) || isTorchName(name) || isNumpyName(name);
}

/** The data that calling `name` with `args` stands for. @throws what `refuse` makes */
export function construct(name: string, args: readonly PickleValue[], refuse: Refuse): PickleValue {
	const make = CONSTRUCTORS.get(name);
	if (!make) throw refuse(`calls ${name}, which stands for itself only`);
	return make(args, refuse);
}

/** Gives `value` the state that BUILD brings. A dict's attributes (`_metadata`) and a tensor's are dropped. */
export function build(value: PickleValue, state: PickleValue, refuse: Refuse): void {
	if (value instanceof Map) return;
	const target = typeof value === "object" && value !== null && "kind" in value ? value : undefined;
	switch (target?.kind) {
		case "tensor":
			break;
		case "dtype":
			setDTypeState(target, state, refuse);
			break;
		case "ndarray":
			setArrayState(target, state, refuse);
			break;
		case "object":
			setState(target, state);
			break;
		default:
			throw refuse(`gives ${describe(value)} a state`);
	}
}

function setState(target: { -readonly [K in keyof PlainObject]: PlainObject[K] }, state: PickleValue): void {
	target.state = state;
}
