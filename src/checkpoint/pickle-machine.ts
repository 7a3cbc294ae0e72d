/**
 * The stack machine of a pickle: values, marks and memo. It holds data only; nothing on it can be called.
 *
 * @module
 */
import type { Fault } from "./fault.ts";
import { build, construct, isAllowed, normalName } from "./globals.ts";
import { PickleInput } from "./pickle-input.ts";
import { describe, isKind, isTuple, type PickleValue } from "./pickle-value.ts";

/** What to do where a file asks for more than data. */
export const RESAVE =
	"Nothing of it was run. Where you trust the file, save it again from Python with plain data only: " +
	"load it with torch.load, keep network_weights, trainer_name, init_args and inference_allowed_mirroring_axes in a " +
	"dict of tensors, numbers, strings, lists and dicts, and torch.save that";

/** Resolves a persistent id (a storage). */
export type PersistentLoad = (id: PickleValue, fault: Fault) => PickleValue;

/** What one opcode does. */
export type Operation = (machine: PickleMachine) => void;

/** The state of one unpickling. */
export class PickleMachine {
	readonly input: PickleInput;
	readonly fault: Fault;
	readonly persistent: PersistentLoad;
	readonly #names: ReadonlySet<string>;
	readonly #memo = new Map<number, PickleValue>();
	readonly #marked: PickleValue[][] = [];
	#stack: PickleValue[] = [];

	/** @param names further names that may stand in the pickle for themselves; none of them can be called */
	constructor(bytes: Uint8Array, fault: Fault, persistent: PersistentLoad, names: ReadonlySet<string> = new Set()) {
		this.input = new PickleInput(bytes, fault);
		this.fault = fault;
		this.persistent = persistent;
		this.#names = names;
	}

	push(value: PickleValue): void {
		this.#stack.push(value);
	}

	pop(): PickleValue {
		const value = this.#stack.pop();
		if (value === undefined) throw this.damaged("takes a value from an empty stack");
		return value;
	}

	top(): PickleValue {
		const value = this.#stack.at(-1);
		if (value === undefined) throw this.damaged("looks at an empty stack");
		return value;
	}

	mark(): void {
		this.#marked.push(this.#stack);
		this.#stack = [];
	}

	/** The values since the last mark, which is removed. */
	popMark(): PickleValue[] {
		const items = this.#stack;
		const below = this.#marked.pop();
		if (!below) throw this.damaged("has no mark where one is needed");
		this.#stack = below;
		return items;
	}

	/** POP: the top value, or the mark where nothing is above it. */
	discard(): void {
		if (this.#stack.length > 0) this.#stack.pop();
		else this.popMark();
	}

	put(index: number): void {
		this.#memo.set(index, this.top());
	}

	memoize(): void {
		this.put(this.#memo.size);
	}

	get(index: number): void {
		const value = this.#memo.get(index);
		if (value === undefined) throw this.damaged(`refers to the value ${index}, which was not made`);
		this.push(value);
	}

	/** Pushes an allowed name. @throws naming it where it is not in the table */
	global(module: string, name: string): void {
		const full = normalName(module, name);
		if (!isAllowed(full) && !this.#names.has(full)) {
			throw this.fault(`asks for the Python object "${full.slice(0, 200)}", which is no plain data`, RESAVE);
		}
		this.push({ kind: "global", name: full });
	}

	/** Builds the data that calling `callee` with `args` stands for. */
	construct(callee: PickleValue, args: PickleValue): void {
		if (!isKind(callee, "global")) throw this.foreign(`calls ${describe(callee)}`);
		if (!Array.isArray(args) || !isTuple(args))
			throw this.damaged(`gives ${callee.name} ${describe(args)} for arguments`);
		this.push(construct(callee.name, args, (what) => this.foreign(what)));
	}

	/** BUILD: gives the top value its state. */
	build(): void {
		const state = this.pop();
		build(this.top(), state, (what) => this.foreign(what));
	}

	/** The error for a pickle that no Python writes. */
	damaged(what: string): Error {
		return this.fault(`its pickle ${what} (before byte ${this.input.position})`);
	}

	/** The error for a pickle that is not plain data. */
	foreign(what: string): Error {
		return this.fault(`its pickle ${what} (before byte ${this.input.position})`, RESAVE);
	}
}
