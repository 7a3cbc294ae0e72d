import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { getPath } from "../../src/checkpoint/access.ts";
import { faultOf } from "../../src/checkpoint/fault.ts";
import { isTuple, type PickleMap, type PickleValue } from "../../src/checkpoint/pickle-value.ts";
import { unpickle } from "../../src/checkpoint/unpickler.ts";
import { dict, join, name, type Piece, pickle, text, tup } from "./pickle-writer.ts";

const fault = faultOf("CHECKPOINT", "x.pth");
const none = (): PickleValue => {
	throw fault("no storages here");
};

function load(...pieces: readonly Piece[]): PickleValue {
	return unpickle(pickle(...pieces), fault, none);
}

function python(protocol: string): PickleMap {
	const file = new URL("../fixtures/checkpoint/pickles.json", import.meta.url);
	const made: Record<string, string> = JSON.parse(readFileSync(file, "utf8"));
	const root = unpickle(Buffer.from(made[protocol] ?? "", "base64"), fault, none);
	if (!(root instanceof Map)) throw new TypeError("a dict was pickled");
	return root;
}

describe.each(["0", "1", "2", "3", "4", "5"])("Python's protocol %s", (protocol) => {
	const root = python(protocol);
	const at = (key: string | number): PickleValue | undefined => root.get(key);

	it("reads numbers, flags and text", () => {
		const small = [0, 1, -1, 255, 256, 65535, 65536, -(2 ** 31), 2 ** 31, 2 ** 53 - 1];
		expect(at("numbers")).toEqual([...small, 2n ** 53n, -(2n ** 100n)]);
		expect(at("floats")).toEqual([0, -1.5, 1e300, 5e-324, Infinity, -Infinity, Number.NaN]);
		expect(at("flags")).toEqual([true, false, null]);
		expect(at("texts")).toEqual(["", "plain", "line\nand \\ and 'quotes\"", "é漢字😀", "x".repeat(300)]);
		expect(at(1)).toBe("one");
	});

	it("reads bytes of every kind", () => {
		const bytes = [new Uint8Array(0), Uint8Array.of(0, 255), new Uint8Array(300).fill(121)];
		expect([...toArray(at("bytes"))].map((b) => (b instanceof Uint8Array ? [...b] : b))).toEqual(
			bytes.map((b) => [...b]),
		);
		const array = at("bytearray");
		expect(array instanceof Uint8Array ? [...array] : array).toEqual([1, 254]);
	});

	it("reads containers, and shares what is shared", () => {
		expect(at("tuples")).toEqual([[], [1], [1, 2], [1, 2, 3], [1, 2, 3, 4]]);
		expect(isTuple(at("tuples"))).toBe(true);
		expect(isTuple(at("many"))).toBe(false);
		expect(at("many")).toEqual(Array.from({ length: 1200 }, (_, i) => i));
		expect(getPath(root, "nested", "a", "b")).toEqual([new Map([["c", []]])]);
		const ordered = at("ordered");
		expect(ordered instanceof Map ? [...ordered] : ordered).toEqual([
			["z", 1],
			["a", 2],
		]);
		expect(at("set")).toEqual(new Set([7]));
		expect(at("frozen")).toEqual(new Set([8]));
		const [first, second] = toArray(at("shared"));
		expect(first).toEqual([1]);
		expect(second).toBe(first);
	});

	it("keeps allowed objects as data", () => {
		expect(at("complex")).toMatchObject({ type: "complex", args: [1, -2] });
		expect(at("range")).toMatchObject({ type: "range", args: [1, 9, 2] });
		expect(at("space")).toMatchObject({
			type: "argparse.Namespace",
			state: new Map<string, unknown>([
				["lr", 0.5],
				["name", "x"],
			]),
		});
		expect(at("path")).toBe("a/b");
	});

	it("reads numpy's values", () => {
		expect(at("f4")).toBe(0.5);
		expect(at("i8")).toBe(-(2n ** 60n));
		const array = at("array");
		expect(array).toMatchObject({ kind: "ndarray", shape: [4], dtype: { descr: "u2", bigEndian: false } });
		expect(array).toHaveProperty("data");
		if (typeof array === "object" && array !== null && "data" in array)
			expect([...array.data]).toEqual([0, 0, 1, 0, 2, 0, 3, 0]);
	});
});

function toArray(value: PickleValue | undefined): readonly PickleValue[] {
	if (!Array.isArray(value)) throw new TypeError("an array was expected");
	return value;
}

describe("unpickle", () => {
	it("keeps __proto__ an ordinary key", () => {
		const root = load(dict({ __proto__x: "N", ["__proto__"]: dict({ polluted: "\x88" }) }));
		expect(root instanceof Map && root.get("__proto__")).toEqual(new Map([["polluted", true]]));
		expect({}).not.toHaveProperty("polluted");
	});

	it("reads numpy numbers of both module spellings, byte orders and Python 2's text", () => {
		const state = (order: string): Uint8Array =>
			tup("K\x03", text(order), "NNN", "J\xff\xff\xff\xff", "J\xff\xff\xff\xff", "K\0");
		const i4 = (order: string): Uint8Array =>
			join(name("numpy", "dtype"), tup(text("i4"), "\x89\x88"), "R", state(order), "b");
		for (const core of ["core", "_core"]) {
			const scalar = (order: string, bytes: Piece): PickleValue =>
				load(name(`numpy.${core}.multiarray`, "scalar"), tup(i4(order), bytes), "R");
			expect(scalar("<", join("C\x04", "\x01\x02\0\0"))).toBe(0x201);
			expect(scalar(">", join("C\x04", "\0\0\x02\x01"))).toBe(0x201);
			expect(scalar("<", join("U\x04", "\xff\xff\xff\xff"))).toBe(-1);
			const encoded = join(name("_codecs", "encode"), tup(text("\u00fe\u00ff\u00ff\u00ff"), text("latin1")), "R");
			expect(scalar("<", encoded)).toBe(-2);
		}
	});

	it("reads text escapes of protocol 0", () => {
		expect(load("S'a\\x41\\n\\\\'\n")).toBe("aA\n\\");
		expect(load('S"it\'s"\n')).toBe("it's");
		expect(load("V\\u6f22\\U0001f600\n")).toBe("漢😀");
		expect(load("I01\n")).toBe(true);
		expect(load("F-1.5e3\n")).toBe(-1500);
	});

	it("moves values on the stack as Python does", () => {
		expect(load("K\x01K\x020")).toBe(1);
		expect(load("K\x01(K\x02K\x031")).toBe(1);
		expect(load("K\x05(0")).toBe(5);
		expect(load("K\x012\x86")).toEqual([1, 1]);
		expect(load("K\x07\x940h\x00")).toBe(7);
		expect(load("(K\x01K\x02d")).toEqual(new Map([[1, 2]]));
		expect(load("(K\x01l")).toEqual([1]);
	});

	it("keeps torch's small things as text and lists, and drops a dict's attributes", () => {
		expect(load(name("torch", "device"), tup(text("cuda"), "K\x01"), "R")).toBe("cuda:1");
		expect(load(name("torch", "Size"), tup(tup("K\x02K\x03")), "R")).toEqual([2, 3]);
		expect(load(name("torch", "bfloat16"))).toEqual({ kind: "global", name: "torch.bfloat16" });
		const ordered = join(name("collections", "OrderedDict"), ")R", dict({ _metadata: "}" }), "b");
		expect(load(ordered)).toEqual(new Map());
	});

	it("accepts values 150 deep and many names for one", () => {
		expect(load("]".repeat(150), "a".repeat(149))).toHaveLength(1);
		expect(load(")", "2\x86".repeat(150))).toHaveLength(2);
	});
});

describe("further names", () => {
	const names = new Set(["some.module.function"]);
	const with_ = (...pieces: readonly Piece[]) => unpickle(pickle(...pieces), fault, none, names);

	it("stand for themselves, as data, and only where they are allowed", () => {
		expect(with_(name("some.module", "function"))).toEqual({ kind: "global", name: "some.module.function" });
		expect(() => load(name("some.module", "function"))).toThrow(/"some\.module\.function"/);
		expect(() => with_(name("some.module", "other"))).toThrow(/"some\.module\.other"/);
	});

	it("cannot be called", () => {
		expect(() => with_(name("some.module", "function"), tup(), "R")).toThrow(/stands for itself only/);
	});
});
