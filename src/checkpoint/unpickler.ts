/**
 * Reads a Python pickle (protocols 0 to 5) as plain data. Nothing is imported, called or run: names are looked up in
 * a table (`globals.ts`), and a name outside it is an error that says which.
 *
 * The work is bounded by the input: lengths are checked against the bytes that are left, there is no recursion, and
 * a value that holds itself or is nested beyond reason is refused.
 *
 * @module
 */
import type { Fault } from "./fault.ts";
import { CONTAINER_OPERATIONS } from "./ops-container.ts";
import { LITERAL_OPERATIONS } from "./ops-literal.ts";
import { OBJECT_OPERATIONS } from "./ops-object.ts";
import { type Operation, type PersistentLoad, PickleMachine } from "./pickle-machine.ts";
import type { PickleValue } from "./pickle-value.ts";

const STOP = 0x2e;

/** Most opcodes of one pickle: a checkpoint of 300 tensors has 10,000. */
const MOST_OPERATIONS = 20_000_000;

/** Deepest nesting of containers; nnU-Net's own have 8. */
const DEEPEST = 200;

const OPERATIONS: ReadonlyMap<number, Operation> = new Map([
	...LITERAL_OPERATIONS,
	...CONTAINER_OPERATIONS,
	...OBJECT_OPERATIONS,
]);

/**
 * The value that a pickle holds.
 *
 * @param persistent resolves persistent ids: torch's storages
 * @param names further names that may stand in the pickle for themselves, as data
 * @throws what `fault` makes: a name outside the table, a cut or damaged stream
 */
export function unpickle(
	bytes: Uint8Array,
	fault: Fault,
	persistent: PersistentLoad,
	names?: ReadonlySet<string>,
): PickleValue {
	const machine = new PickleMachine(bytes, fault, persistent, names);
	for (let n = 0; n < MOST_OPERATIONS; n++) {
		const code = machine.input.u8();
		if (code === STOP) return checkDepth(machine.pop(), machine);
		const operation = OPERATIONS.get(code);
		if (!operation) throw machine.damaged(`has the unknown opcode 0x${code.toString(16).padStart(2, "0")}`);
		operation(machine);
	}
	throw machine.damaged(`has more than ${MOST_OPERATIONS} steps`);
}

/** Gives back `root`; refuses one that holds itself or is nested too deep, so that those who read it may recurse. */
function checkDepth(root: PickleValue, machine: PickleMachine): PickleValue {
	const height = new Map<PickleValue, number>();
	const open: { value: PickleValue; children: PickleValue[]; height: number }[] = [];
	const enter = (value: PickleValue): void => {
		const children = childrenOf(value);
		if (!children || height.has(value)) {
			raise(height.get(value) ?? 0);
		} else {
			height.set(value, Number.POSITIVE_INFINITY);
			open.push({ value, children, height: 0 });
		}
	};
	const raise = (below: number): void => {
		const parent = open.at(-1);
		if (parent) parent.height = Math.max(parent.height, below + 1);
		if (below > DEEPEST) throw machine.damaged(`holds itself, or is nested deeper than ${DEEPEST}`);
	};
	enter(root);
	for (let frame = open.at(-1); frame; frame = open.at(-1)) {
		const child = frame.children.pop();
		if (child !== undefined) {
			enter(child);
			continue;
		}
		height.set(frame.value, frame.height);
		open.pop();
		raise(frame.height);
	}
	return root;
}

function childrenOf(value: PickleValue): PickleValue[] | undefined {
	if (typeof value !== "object" || value === null || value instanceof Uint8Array) return undefined;
	if (Array.isArray(value)) return value.filter((item) => typeof item === "object" && item !== null);
	if (value instanceof Map) return [...value.keys(), ...value.values()];
	if (value instanceof Set) return [...value];
	return value.kind === "object" ? [...value.args, value.state] : undefined;
}
