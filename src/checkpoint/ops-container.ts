/**
 * Opcodes that build lists, tuples, dicts and sets, and those that move values on the stack and to the memo.
 *
 * @module
 */
import type { Operation, PickleMachine } from "./pickle-machine.ts";
import { describe, isTuple, type PickleValue, tuple } from "./pickle-value.ts";

/** By opcode. */
export const CONTAINER_OPERATIONS: readonly (readonly [number, Operation])[] = [
	[0x28, (m) => m.mark()], // MARK
	[0x30, (m) => m.discard()], // POP
	[0x31, (m) => void m.popMark()], // POP_MARK
	[0x32, (m) => m.push(m.top())], // DUP
	[0x29, (m) => m.push(tuple([]))], // EMPTY_TUPLE
	[0x85, (m) => m.push(tuple(popSome(m, 1)))], // TUPLE1
	[0x86, (m) => m.push(tuple(popSome(m, 2)))], // TUPLE2
	[0x87, (m) => m.push(tuple(popSome(m, 3)))], // TUPLE3
	[0x74, (m) => m.push(tuple(m.popMark()))], // TUPLE
	[0x5d, (m) => m.push([])], // EMPTY_LIST
	[0x6c, (m) => m.push(m.popMark())], // LIST
	[0x61, (m) => append(m, popSome(m, 1))], // APPEND
	[0x65, (m) => append(m, m.popMark())], // APPENDS
	[0x7d, (m) => m.push(new Map())], // EMPTY_DICT
	[0x64, (m) => pushDict(m)], // DICT
	[0x73, (m) => setItems(m, popSome(m, 2))], // SETITEM
	[0x75, (m) => setItems(m, m.popMark())], // SETITEMS
	[0x8f, (m) => m.push(new Set())], // EMPTY_SET
	[0x90, (m) => addItems(m, m.popMark())], // ADDITEMS
	[0x91, (m) => m.push(new Set(m.popMark()))], // FROZENSET
	[0x67, (m) => m.get(lineIndex(m))], // GET
	[0x68, (m) => m.get(m.input.u8())], // BINGET
	[0x6a, (m) => m.get(m.input.u32())], // LONG_BINGET
	[0x70, (m) => m.put(lineIndex(m))], // PUT
	[0x71, (m) => m.put(m.input.u8())], // BINPUT
	[0x72, (m) => m.put(m.input.u32())], // LONG_BINPUT
	[0x94, (m) => m.memoize()], // MEMOIZE
];

/** The top `count` values, deepest first. */
function popSome(machine: PickleMachine, count: number): PickleValue[] {
	const items: PickleValue[] = [];
	for (let i = 0; i < count; i++) items.push(machine.pop());
	return items.reverse();
}

function append(machine: PickleMachine, items: readonly PickleValue[]): void {
	const list = machine.top();
	if (!Array.isArray(list) || isTuple(list)) throw machine.damaged(`appends to ${describe(list)}`);
	for (const item of items) list.push(item);
}

function pushDict(machine: PickleMachine): void {
	const items = machine.popMark();
	machine.push(new Map());
	setItems(machine, items);
}

function setItems(machine: PickleMachine, items: readonly PickleValue[]): void {
	const dict = machine.top();
	if (!(dict instanceof Map)) throw machine.damaged(`sets items of ${describe(dict)}`);
	for (let i = 0; i < items.length; i += 2) {
		const [key, value] = [items[i], items[i + 1]];
		if (key === undefined || value === undefined) throw machine.damaged("has a key without a value");
		dict.set(key, value);
	}
}

function addItems(machine: PickleMachine, items: readonly PickleValue[]): void {
	const set = machine.top();
	if (!(set instanceof Set)) throw machine.damaged(`adds items to ${describe(set)}`);
	for (const item of items) set.add(item);
}

function lineIndex(machine: PickleMachine): number {
	const line = machine.input.line();
	if (!/^\d{1,10}$/.test(line)) throw machine.damaged(`has "${line.slice(0, 40)}" for a memo index`);
	return Number(line);
}
