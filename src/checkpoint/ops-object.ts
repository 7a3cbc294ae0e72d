/**
 * Opcodes by which a pickle names Python objects. All end in the table of `globals.ts`; none calls anything.
 *
 * @module
 */
import type { Operation, PickleMachine } from "./pickle-machine.ts";
import { describe, tuple } from "./pickle-value.ts";

const NEWEST_PROTOCOL = 5;

/** By opcode. */
export const OBJECT_OPERATIONS: readonly (readonly [number, Operation])[] = [
	[0x80, protocol], // PROTO
	[0x95, (m) => void m.input.u64()], // FRAME: a hint for buffering
	[0x63, (m) => m.global(m.input.line(), m.input.line())], // GLOBAL
	[0x93, stackGlobal], // STACK_GLOBAL
	[0x52, reduce], // REDUCE
	[0x81, reduce], // NEWOBJ: a class instead of a function, the same table
	[0x92, newObjectEx], // NEWOBJ_EX
	[0x69, inst], // INST
	[0x6f, obj], // OBJ
	[0x62, (m) => m.build()], // BUILD
	[0x51, (m) => m.push(m.persistent(m.pop(), m.fault))], // BINPERSID
	[0x50, (m) => m.push(m.persistent(m.input.line(), m.fault))], // PERSID
	[0x82, (m) => extension(m, m.input.u8())], // EXT1
	[0x83, (m) => extension(m, m.input.u16())], // EXT2
	[0x84, (m) => extension(m, m.input.i32())], // EXT4
	[0x97, (m) => outside(m)], // NEXT_BUFFER
	[0x98, () => undefined], // READONLY_BUFFER
];

function protocol(machine: PickleMachine): void {
	const version = machine.input.u8();
	if (version > NEWEST_PROTOCOL) throw machine.foreign(`is of protocol ${version}, up to ${NEWEST_PROTOCOL} are read`);
}

function stackGlobal(machine: PickleMachine): void {
	const name = machine.pop();
	const module = machine.pop();
	if (typeof name !== "string" || typeof module !== "string") {
		throw machine.damaged(`names an object by ${describe(module)} and ${describe(name)}`);
	}
	machine.global(module, name);
}

function reduce(machine: PickleMachine): void {
	const args = machine.pop();
	machine.construct(machine.pop(), args);
}

function newObjectEx(machine: PickleMachine): void {
	const named = machine.pop();
	if (!(named instanceof Map) || named.size > 0) throw machine.foreign("makes an object with named arguments");
	reduce(machine);
}

function inst(machine: PickleMachine): void {
	machine.global(machine.input.line(), machine.input.line());
	const callee = machine.pop();
	machine.construct(callee, tuple(machine.popMark()));
}

function obj(machine: PickleMachine): void {
	const [callee, ...args] = machine.popMark();
	if (callee === undefined) throw machine.damaged("makes an object of no class");
	machine.construct(callee, tuple(args));
}

function extension(machine: PickleMachine, code: number): never {
	throw machine.foreign(`asks for the object with the private number ${code} (copyreg extension)`);
}

function outside(machine: PickleMachine): never {
	throw machine.foreign("keeps data outside the file (out-of-band buffers)");
}
