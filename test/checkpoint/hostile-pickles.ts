/**
 * Sound archives whose pickle asks for code, lies, or was damaged before it was packed.
 *
 * @module
 */
import type { Hostile } from "./hostile.ts";
import {
	checkpointOf,
	dict,
	int,
	join,
	name,
	type Piece,
	pickle,
	stateDict,
	storage,
	tensor,
	text,
	tup,
	u32,
} from "./pickle-writer.ts";

/** A checkpoint whose root is made of `pieces`. */
function root(...pieces: readonly Piece[]): () => Uint8Array {
	return () => checkpointOf(pickle(...pieces));
}

/** A checkpoint whose one weight is made of `pieces`. */
function weight(...pieces: readonly Piece[]): () => Uint8Array {
	return () => stateDict({ w: join(...pieces) });
}

/** A name with arguments, called. */
function call(module: string, attribute: string, ...args: readonly Piece[]): Uint8Array {
	return join(name(module, attribute), tup(...args), "R");
}

const COMMAND = text("touch nnvol-was-here");
const RUN = /Nothing of it was run.*save it again/;

function refused(label: string, full: string, bytes: () => Uint8Array): Hostile {
	return { name: label, bytes, expect: new RegExp(`"${full.replaceAll(".", "\\.")}".*${RUN.source}`) };
}

const code: readonly Hostile[] = [
	refused("os.system", "os.system", root(call("os", "system", COMMAND))),
	refused("posix.system", "posix.system", root(call("posix", "system", COMMAND))),
	refused("nt.system", "nt.system", root(call("nt", "system", COMMAND))),
	refused("subprocess.Popen", "subprocess.Popen", root(call("subprocess", "Popen", COMMAND))),
	refused("builtins.eval", "builtins.eval", root(call("builtins", "eval", text("1")))),
	refused("Python 2's exec", "builtins.exec", root(call("__builtin__", "exec", text("1")))),
	refused("builtins.getattr", "builtins.getattr", root(call("builtins", "getattr", text("a"), text("b")))),
	refused("builtins.__import__", "builtins.__import__", root(call("builtins", "__import__", text("os")))),
	refused("builtins.open", "builtins.open", root(call("builtins", "open", text("/etc/passwd")))),
	refused("torch.load within", "torch.load", root(call("torch", "load", text("x")))),
	refused("torch.hub", "torch.hub.load", root(call("torch.hub", "load", text("x")))),
	refused("numpy.load", "numpy.load", root(call("numpy", "load", text("x")))),
	refused("copyreg.__newobj__", "copyreg.__newobj__", root(call("copyreg", "__newobj__", "N"))),
	refused("operator.attrgetter", "operator.attrgetter", root(call("operator", "attrgetter", text("x")))),
	refused("a dotted name", "torch.FloatStorage.from_file", root(name("torch", "FloatStorage.from_file"))),
	refused("Object.prototype's names", "builtins.constructor", root(name("builtins", "constructor"))),
	refused("__proto__ as a name", "__proto__.toString", root(name("__proto__", "toString"))),
	refused("STACK_GLOBAL", "os.system", root(text("os"), text("system"), "\x93")),
	refused("INST", "os.system", root("(", COMMAND, "ios\nsystem\n")),
	refused("OBJ", "os.system", root("(", name("os", "system"), COMMAND, "o")),
	refused("NEWOBJ", "threading.Thread", root(name("threading", "Thread"), ")\x81")),
	refused("unused name", "os.system", root(name("os", "system"), "0}")),
	refused("in the optimiser", "os.system", root(dict({ optimizer_state: call("os", "system", COMMAND) }))),
	{ name: "NEWOBJ_EX", bytes: root(name("collections", "OrderedDict"), ")", dict({ a: "N" }), "\x92"), expect: RUN },
	{ name: "REDUCE on text", bytes: root(text("os.system"), tup(COMMAND), "R"), expect: /calls "os\.system"/ },
	{ name: "REDUCE on a type", bytes: root(call("torch", "float32")), expect: /calls torch\.float32/ },
	{
		name: "REDUCE on a dict's name",
		bytes: root(call("torch", "FloatStorage", int(9))),
		expect: /calls torch\.FloatStorage/,
	},
	{ name: "REDUCE with a list", bytes: root(name("torch", "Size"), "]R"), expect: /for arguments/ },
	{ name: "BUILD on a list", bytes: root("]", dict({ __setstate__: "N" }), "b"), expect: /gives a list of 0 a state/ },
	{ name: "BUILD on text", bytes: root(text("x"), dict({ __class__: "N" }), "b"), expect: /a state/ },
	{ name: "EXT1", bytes: root("\x82\x01"), expect: /private number 1/ },
	{ name: "EXT2", bytes: root("\x83\x01\x01"), expect: /private number 257/ },
	{ name: "EXT4", bytes: root("\x84", u32(7)), expect: /private number 7/ },
	{ name: "PERSID", bytes: root("P../../etc/passwd\n"), expect: /"\.\.\/\.\.\/etc\/passwd" outside its pickle/ },
	{ name: "BINPERSID of a number", bytes: root(int(5), "Q"), expect: /refers to 5 outside/ },
	{ name: "BINPERSID of no storage", bytes: root(tup(text("module"), text("x")), "Q"), expect: /no storage of torch/ },
	{ name: "out-of-band buffer", bytes: root("\x97"), expect: /outside the file/ },
	{
		name: "rebuild by os.system",
		bytes: root(call("torch._tensor", "_rebuild_from_type_v2", text("os.system"), "N", ")")),
		expect: RUN,
	},
	{
		name: "rebuild by itself",
		bytes: root(
			call("torch._tensor", "_rebuild_from_type_v2", name("torch._tensor", "_rebuild_from_type_v2"), "N", ")"),
		),
		expect: /makes a tensor by the name torch\._tensor/,
	},
];

const streams: readonly Hostile[] = [
	{ name: "no STOP", bytes: () => checkpointOf(join("\x80\x02}")), expect: /cut off/ },
	{ name: "empty pickle", bytes: () => checkpointOf(new Uint8Array(0)), expect: /cut off/ },
	{ name: "STOP at once", bytes: root(), expect: /empty stack/ },
	{ name: "protocol 9", bytes: () => checkpointOf(join("\x80\x09}.")), expect: /protocol 9/ },
	{ name: "unknown opcode", bytes: root("\xfe"), expect: /unknown opcode 0xfe/ },
	{ name: "text of 4 GB", bytes: root("X\xff\xff\xff\xff", "abc"), expect: /4294967295 bytes are asked for/ },
	{ name: "bytes of 2^63", bytes: root("\x8e", "\0\0\0\0\0\0\0\x80"), expect: /cut off/ },
	{ name: "text of negative length", bytes: root("T\xff\xff\xff\xff"), expect: /cut off/ },
	{ name: "integer of 2 GB", bytes: root("\x8b\xff\xff\xff\x7f"), expect: /integer of 2147483647 bytes/ },
	{ name: "integer of a million digits", bytes: root(`L${"9".repeat(1_000_000)}L\n`), expect: /for an integer/ },
	{ name: "not UTF-8", bytes: root("X", u32(2), "\xff\xfe"), expect: /not UTF-8/ },
	{ name: "endless line", bytes: root("I", "1".repeat(99)), expect: /cut off in a line/ },
	{ name: "no number", bytes: root("Inan\n"), expect: /"nan" for an integer/ },
	{ name: "memo not made", bytes: root("h\x07"), expect: /refers to the value 7/ },
	{ name: "memo index of text", bytes: root("}p-1\n"), expect: /memo index/ },
	{ name: "mark missing", bytes: root("t"), expect: /no mark/ },
	{ name: "key without a value", bytes: root("}(", text("a"), "u"), expect: /key without a value/ },
	{ name: "appends to a tuple", bytes: root(")", int(1), "a"), expect: /appends to a tuple/ },
	{ name: "items of a list", bytes: root("]", int(1), int(1), "s"), expect: /sets items of a list/ },
	{ name: "adds to a dict", bytes: root("}(", int(1), "\x90"), expect: /adds items to a dict/ },
	{ name: "list that holds itself", bytes: root("}q\x00", text("a"), "]q\x01h\x01as"), expect: /holds itself/ },
	{ name: "dict that holds itself", bytes: root("}q\x00", text("a"), "h\x00s"), expect: /holds itself/ },
	{ name: "nested 100,000 deep", bytes: root("]".repeat(100_000), "a".repeat(99_999)), expect: /nested deeper/ },
	{ name: "tuples 100,000 deep", bytes: root(")", "\x85".repeat(100_000)), expect: /nested deeper/ },
	{ name: "marks 100,000 deep", bytes: root("(".repeat(100_000)), expect: /empty stack/ },
	{ name: "doubled tuples", bytes: root(")", "2\x86".repeat(300)), expect: /nested deeper/ },
	{ name: "root is a list", bytes: root("]"), expect: /holds a list of 0, a dict was expected/ },
	{ name: "root is a name", bytes: root(name("torch", "float32")), expect: /a dict was expected/ },
	{
		name: "bytearray of 1 TB",
		bytes: root(call("builtins", "bytearray", int(1e12))),
		expect: /makes bytes of 1000000000000/,
	},
	{
		name: "bytes in a strange code",
		bytes: root(call("_codecs", "encode", text("x"), text("zlib"))),
		expect: /makes bytes in "zlib"/,
	},
	{
		name: "pairs that are none",
		bytes: root(call("collections", "OrderedDict", join("]", int(1), "a"))),
		expect: /makes a dict of/,
	},
	{
		name: "numpy number of no bytes",
		bytes: root(
			call("numpy.core.multiarray", "scalar", call("numpy", "dtype", text("f8"), "\x89", "\x88"), text("abc")),
		),
		expect: /a number of type f8/,
	},
	{ name: "numpy type of code", bytes: root(call("numpy", "dtype", text("f8,O"))), expect: /makes a dtype of/ },
	{
		name: "numpy array that lies",
		bytes: root(
			call(
				"numpy._core.numeric",
				"_frombuffer",
				join("C\x02ab"),
				call("numpy", "dtype", text("f8")),
				tup(int(1e9)),
				text("C"),
			),
		),
		expect: /over 2 bytes/,
	},
];

const four = tup(int(4));
const one = tup(int(1));

const tensors: readonly Hostile[] = [
	{
		name: "tensor beyond its storage",
		bytes: weight(tensor(storage(), int(0), tup(int(5)), one)),
		expect: /storage of 4 elements.*"w"/,
	},
	{ name: "offset beyond its storage", bytes: weight(tensor(storage(), int(1), four, one)), expect: /up to element 4/ },
	{
		name: "stride beyond its storage",
		bytes: weight(tensor(storage(), int(0), four, tup(int(2)))),
		expect: /up to element 6/,
	},
	{ name: "huge strides", bytes: weight(tensor(storage(), int(0), four, tup(int(2 ** 52)))), expect: /storage of 4/ },
	{
		name: "4 GB from one element",
		bytes: weight(tensor(storage(), int(0), tup(int(1e9)), tup(int(0)))),
		expect: /claims a tensor of 1000000000/,
	},
	{
		name: "more elements than numbers go",
		bytes: weight(tensor(storage(), int(0), tup(int(2 ** 50), int(2 ** 50)), tup(int(0), int(0)))),
		expect: /claims a tensor/,
	},
	{ name: "negative size", bytes: weight(tensor(storage(), int(0), tup(int(-4)), one)), expect: /-4 for a size/ },
	{
		name: "negative offset",
		bytes: weight(tensor(storage(), int(-1), four, one)),
		expect: /-1 for a size or an offset/,
	},
	{ name: "negative stride", bytes: weight(tensor(storage(), int(0), four, tup(int(-1)))), expect: /-1 for a size/ },
	{
		name: "fractional size",
		bytes: weight(tensor(storage(), int(0), tup("G\x40\x04\0\0\0\0\0\0"), one)),
		expect: /2\.5 for a size/,
	},
	{
		name: "NaN size",
		bytes: weight(tensor(storage(), int(0), tup("G\x7f\xf8\0\0\0\0\0\0"), one)),
		expect: /NaN for a size/,
	},
	{ name: "size of text", bytes: weight(tensor(storage(), int(0), tup(text("4")), one)), expect: /"4" for a size/ },
	{
		name: "size of a huge integer",
		bytes: weight(tensor(storage(), int(0), tup("\x8a\x10", "\xff".repeat(15), "\x7f"), one)),
		expect: /for a size/,
	},
	{ name: "sizes without strides", bytes: weight(tensor(storage(), int(0), four, ")")), expect: /1 sizes, 0 strides/ },
	{ name: "sizes that are no tuple", bytes: weight(tensor(storage(), int(0), "N", one)), expect: /None for sizes/ },
	{
		name: "1000 axes",
		bytes: weight(tensor(storage(), int(0), tup(join(...Array.from({ length: 1000 }, () => int(1)))), one)),
		expect: /1000 axes/,
	},
	{ name: "tensor over text", bytes: weight(tensor(text("0"), int(0), four, one)), expect: /a tensor over "0"/ },
	{
		name: "tensor of no arguments",
		bytes: weight(call("torch._utils", "_rebuild_tensor_v2")),
		expect: /a tensor over nothing/,
	},
	{
		name: "untyped tensor",
		bytes: weight(tensor(storage("UntypedStorage", text("0"), int(16)), int(0), four, one)),
		expect: /without an element type/,
	},
	{
		name: "storage of negative length",
		bytes: weight(tensor(storage("FloatStorage", text("0"), int(-4)), int(0), four, one)),
		expect: /no storage of torch/,
	},
	{
		name: "storage of another length",
		bytes: weight(tensor(storage("FloatStorage", text("0"), int(2 ** 40)), int(0), four, one)),
		expect: /has 16 bytes, 4398046511104 were/,
	},
	{
		name: "storage key of a path",
		bytes: weight(tensor(storage("FloatStorage", text("../../../etc/passwd")), int(0), four, one)),
		expect: /has no member "m\/data\/\.\.\/\.\.\/\.\.\/etc\/passwd"/,
	},
	{
		name: "storage key of a number",
		bytes: weight(tensor(storage("FloatStorage", int(0)), int(0), four, one)),
		expect: /no storage of torch/,
	},
	{
		name: "storage of a foreign class",
		bytes: weight(tensor(storage("Tensor"), int(0), four, one)),
		expect: /no storage of torch/,
	},
	{
		name: "parameter of text",
		bytes: weight(call("torch._utils", "_rebuild_parameter", text("x"))),
		expect: /makes a parameter of "x"/,
	},
];

/** Broken pickles in sound archives. */
export const pickles: readonly Hostile[] = [...code, ...streams, ...tensors];
