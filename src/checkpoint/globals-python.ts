/**
 * Names of Python's own library that stand for plain data.
 *
 * @module
 */
import type { Construct, Refuse } from "./construct.ts";
import { describe, isKind, type PickleMap, type PickleValue, tuple } from "./pickle-value.ts";

/** Classes that may be named (as a `defaultdict`'s factory, say) but not called. */
const STAND_INS: ReadonlySet<string> = new Set(
	["object", "int", "float", "bool", "str", "bytes"].map((name) => `builtins.${name}`),
);

/** True for names that stand for themselves. */
export function isStandIn(name: string): boolean {
	return STAND_INS.has(name);
}

/** By name, as `normalName` spells it. */
export const PYTHON_GLOBALS: readonly (readonly [string, Construct])[] = [
	["collections.OrderedDict", ([items], refuse) => dictOf(items, refuse)],
	["collections.Counter", ([items], refuse) => dictOf(items, refuse)],
	["collections.defaultdict", ([, items], refuse) => dictOf(items, refuse)],
	["builtins.dict", ([items], refuse) => dictOf(items, refuse)],
	["builtins.list", ([items], refuse) => [...itemsOf(items, refuse)]],
	["builtins.tuple", ([items], refuse) => tuple([...itemsOf(items, refuse)])],
	["builtins.set", ([items], refuse) => new Set(itemsOf(items, refuse))],
	["builtins.frozenset", ([items], refuse) => new Set(itemsOf(items, refuse))],
	["builtins.bytearray", byteArray],
	["builtins.bytes", ([bytes], refuse) => (bytes === undefined ? new Uint8Array(0) : bytesOf(bytes, "latin1", refuse))],
	["_codecs.encode", ([text, encoding], refuse) => bytesOf(text, encoding ?? "utf-8", refuse)],
	["builtins.complex", (args) => plain("complex", args)],
	["builtins.slice", (args) => plain("slice", args)],
	["builtins.range", (args) => plain("range", args)],
	["builtins.xrange", (args) => plain("range", args)],
	["argparse.Namespace", (args) => plain("argparse.Namespace", args)],
	["types.SimpleNamespace", (args) => plain("types.SimpleNamespace", args)],
	["copyreg._reconstructor", reconstructed],
	...["Path", "PosixPath", "WindowsPath", "PurePath", "PurePosixPath", "PureWindowsPath"].map(
		(name) => [`pathlib.${name}`, path] satisfies readonly [string, Construct],
	),
];

/** An object kept as its name and arguments. */
export function plain(type: string, args: readonly PickleValue[]): PickleValue {
	return { kind: "object", type, args, state: null };
}

function dictOf(items: PickleValue | undefined, refuse: Refuse): PickleMap {
	if (items instanceof Map) return new Map(items);
	const dict: PickleMap = new Map();
	for (const pair of itemsOf(items, refuse)) {
		const [key, value] = Array.isArray(pair) ? pair : [];
		if (key === undefined || value === undefined) throw refuse(`makes a dict of ${describe(pair)}`);
		dict.set(key, value);
	}
	return dict;
}

function itemsOf(items: PickleValue | undefined, refuse: Refuse): readonly PickleValue[] {
	if (items === undefined || items === null) return [];
	if (items instanceof Set) return [...items];
	if (!Array.isArray(items)) throw refuse(`makes a container of ${describe(items)}`);
	return items;
}

/** `bytearray(text, "latin-1")`, `bytearray(b"...")`; a bare length, which is how memory would be wasted, is refused. */
function byteArray(args: readonly PickleValue[], refuse: Refuse): PickleValue {
	const [content, encoding] = args;
	if (content === undefined) return new Uint8Array(0);
	return bytesOf(content, encoding ?? "latin1", refuse);
}

/** How Python 2's protocol carries bytes: text in which a character is a byte. */
function bytesOf(text: PickleValue | undefined, encoding: PickleValue, refuse: Refuse): Uint8Array {
	if (text instanceof Uint8Array) return text;
	if (typeof text !== "string" || typeof encoding !== "string") throw refuse(`makes bytes of ${describe(text)}`);
	const name = encoding.toLowerCase().replaceAll(/[-_]/g, "");
	if (name === "utf8") return Uint8Array.from(Buffer.from(text, "utf8"));
	if (name !== "latin1" && name !== "ascii" && name !== "iso88591")
		throw refuse(`makes bytes in ${describe(encoding)}`);
	if ([...text].some((c) => c > "\xff")) throw refuse("makes bytes of text that is not latin-1");
	return Uint8Array.from(Buffer.from(text, "latin1"));
}

/** A path as its text. */
function path(args: readonly PickleValue[], refuse: Refuse): PickleValue {
	if (!args.every((part) => typeof part === "string")) throw refuse("makes a path of what is no text");
	return args.join("/").replace(/^\/\//, "/");
}

/** Protocols 0 and 1: an object of an allowed class, whose state follows. */
function reconstructed(args: readonly PickleValue[], refuse: Refuse): PickleValue {
	const [type, base] = args;
	const known = isKind(type, "global") && /^(argparse|types)\./.test(type.name);
	if (!known || !isKind(base, "global") || base.name !== "builtins.object") {
		throw refuse(`makes an object of ${describe(type)}`);
	}
	return plain(type.name, []);
}
