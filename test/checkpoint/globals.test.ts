import { describe, expect, it } from "vitest";
import { faultOf } from "../../src/checkpoint/fault.ts";
import { isAllowed, normalName } from "../../src/checkpoint/globals.ts";
import type { PickleValue } from "../../src/checkpoint/pickle-value.ts";
import { unpickle } from "../../src/checkpoint/unpickler.ts";
import { dict, int, join, name, type Piece, pickle, text, tup } from "./pickle-writer.ts";

const fault = faultOf("CHECKPOINT", "x.pth");
const bytes = (): PickleValue => ({ kind: "storage", key: "7", dtype: "untyped", length: 16 });

function load(...pieces: readonly Piece[]): PickleValue {
	return unpickle(pickle(...pieces), fault, bytes);
}

function call(module: string, attribute: string, ...args: readonly Piece[]): Uint8Array {
	return join(name(module, attribute), tup(...args), "R");
}

const list = (...items: readonly Piece[]): Uint8Array => join("](", ...items, "e");

describe("the table of names", () => {
	it("has one spelling for names that moved", () => {
		expect(normalName("numpy.core.multiarray", "scalar")).toBe("numpy._core.multiarray.scalar");
		expect(normalName("__builtin__", "set")).toBe("builtins.set");
		expect(normalName("torch.cuda", "FloatStorage")).toBe("torch.FloatStorage");
		expect(normalName("pathlib._local", "PosixPath")).toBe("pathlib.PosixPath");
	});

	it.each(["DoubleStorage", "FloatStorage", "HalfStorage", "BFloat16Storage", "BoolStorage", "ByteStorage"])(
		"allows torch.%s",
		(type) => {
			expect(isAllowed(`torch.${type}`)).toBe(true);
			expect(isAllowed(`torch.storage.${type}`)).toBe(true);
			expect(isAllowed(`os.${type}`)).toBe(false);
		},
	);

	it.each([
		"os.system",
		"builtins.eval",
		"torch.load",
		"torch.ops",
		"numpy.load",
		"toString",
		"constructor",
		"",
		".",
		"builtins.",
	])("does not allow %j", (full) => {
		expect(isAllowed(full)).toBe(false);
	});
});

describe("Python's containers", () => {
	it("are made from lists, pairs and nothing", () => {
		const pairs = list(tup(text("a"), int(1)), list(text("b"), int(2)));
		const made = new Map([
			["a", 1],
			["b", 2],
		]);
		expect(load(call("collections", "OrderedDict", pairs))).toEqual(made);
		expect(load(call("builtins", "dict", pairs))).toEqual(made);
		expect(load(call("collections", "Counter", dict({ a: int(1), b: int(2) })))).toEqual(made);
		expect(load(call("collections", "defaultdict", name("builtins", "list")))).toEqual(new Map());
		expect(load(call("builtins", "list", tup(int(1))))).toEqual([1]);
		expect(load(call("builtins", "tuple", list(int(1))), "]", int(2), "a\x86")).toEqual([[1], [2]]);
		expect(load(call("__builtin__", "set", list(int(1))))).toEqual(new Set([1]));
		expect(load(call("builtins", "bytes"))).toEqual(new Uint8Array(0));
		expect(load(call("builtins", "bytearray"))).toEqual(new Uint8Array(0));
		expect(load(call("_codecs", "encode", text("é"), text("utf-8")))).toEqual(Uint8Array.of(0xc3, 0xa9));
	});

	it("are refused where they are made from anything else", () => {
		expect(() => load(call("builtins", "list", int(5)))).toThrow(/makes a container of 5/);
		expect(() => load(call("_codecs", "encode", text("漢"), text("latin1")))).toThrow(/not latin-1/);
		expect(() => load(call("pathlib", "PosixPath", int(1)))).toThrow(/makes a path/);
		expect(() =>
			load(call("copyreg", "_reconstructor", name("torch", "Tensor"), name("builtins", "object"), "N")),
		).toThrow(/makes an object of the name torch\.Tensor/);
	});
});

describe("torch's names", () => {
	const vector = [join("NQ"), int(1), tup(int(2)), tup(int(1)), "\x89", "}"] as const;

	it("take the element type of an untyped storage from the tensor", () => {
		const tensor = load(call("torch._utils", "_rebuild_tensor_v3", ...vector, name("torch", "bfloat16")));
		expect(tensor).toMatchObject({ kind: "tensor", dtype: "bfloat16", shape: [2], strides: [1], offset: 1 });
		expect(tensor).toMatchObject({ storage: { key: "7", dtype: "untyped", length: 16 } });
		expect(() => load(call("torch._utils", "_rebuild_tensor_v3", ...vector, name("torch", "Tensor")))).toThrow(
			/a tensor of the name torch\.Tensor/,
		);
	});

	it("see through tensors with attributes and parameters with state", () => {
		const rebuild = name("torch._utils", "_rebuild_tensor_v3");
		const args = tup(...vector, name("torch", "float16"));
		const tensor = call("torch._tensor", "_rebuild_from_type_v2", rebuild, name("torch", "Tensor"), args, "}");
		const parameter = call("torch._utils", "_rebuild_parameter_with_state", tensor, "\x88", "}", "}");
		expect(load(parameter, dict({ note: "N" }), "b")).toMatchObject({ kind: "tensor", dtype: "float16" });
	});

	it("give versions, devices and sizes as text and numbers", () => {
		expect(load(name("torch.torch_version", "TorchVersion"), tup(text("2.1.0")), "\x81")).toBe("2.1.0");
		expect(load(call("torch", "device", text("cpu")))).toBe("cpu");
		expect(load(call("torch.serialization", "_get_layout", text("torch.strided")))).toBe("torch.strided");
		expect(() => load(call("torch", "device", int(1)))).toThrow(/makes a device of 1/);
		expect(() => load(call("torch.torch_version", "TorchVersion", int(1)))).toThrow(/makes a version of 1/);
	});
});

describe("numpy's numbers", () => {
	const scalar = (type: string, content: string): PickleValue =>
		load(
			call("numpy", "dtype", text(type), "\x89\x88"),
			"0",
			call(
				"numpy.core.multiarray",
				"scalar",
				call("numpy", "dtype", text(type), "\x89\x88"),
				join("C", String.fromCharCode(content.length), content),
			),
		);

	it.each([
		["b1", "\x01", true],
		["u1", "\xff", 255],
		["i1", "\xff", -1],
		["<u2", "\x01\xff", 0xff01],
		[">u2", "\x01\xff", 0x01ff],
		["i2", "\xfe\xff", -2],
		["u4", "\xff\xff\xff\xff", 2 ** 32 - 1],
		["u8", "\0\0\0\0\0\0\x10\0", 2 ** 52],
		["f2", "\0\x3e", 1.5],
		["f8", "\0\0\0\0\0\0\xf8\x3f", 1.5],
	] as const)("reads %s", (type, content, value) => {
		expect(scalar(type, content)).toBe(value);
	});

	it("keeps numbers that it does not know as what they were made from", () => {
		expect(scalar("c8", "\0\0\0\0\0\0\0\0")).toMatchObject({ kind: "object", type: "numpy.c8" });
	});

	it("refuses arrays whose content has another size", () => {
		const array = call("numpy.core.multiarray", "_reconstruct", name("numpy", "ndarray"), tup(int(0)), "C\x01b");
		const state = (n: number): Uint8Array =>
			tup(int(1), tup(int(n)), call("numpy", "dtype", text("u1"), "\x89\x88"), "\x89", "C\x02ab");
		expect(load(array, state(2), "b")).toMatchObject({ kind: "ndarray", shape: [2] });
		expect(() => load(array, state(3), "b")).toThrow(/over 2 bytes/);
		expect(() => load(array, "Nb")).toThrow(/gives an array None/);
	});
});
