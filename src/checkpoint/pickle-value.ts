/**
 * What a pickle holds, as plain data: nothing in it can be called and nothing of it was.
 *
 * Dicts are `Map`s, never objects, so that no key (`__proto__`) means anything. Tuples are frozen arrays, lists are
 * not. Tensors are references: their numbers stay in the file until they are asked for.
 *
 * @module
 */
import type { TorchDType } from "./torch-dtype.ts";

/** Any value. Python's int and float are both `number`; ints beyond 2^53 are `bigint`. */
export type PickleValue =
	| null
	| boolean
	| number
	| bigint
	| string
	| Uint8Array
	| PickleValue[]
	| PickleMap
	| PickleSet
	| PickleRecord;

/** dict, OrderedDict, defaultdict, Counter. Tuples as keys are compared by identity. */
export type PickleMap = Map<PickleValue, PickleValue>;

/** set, frozenset. */
export type PickleSet = Set<PickleValue>;

/** The values that have a `kind`. */
export type PickleRecord = TensorRef | StorageRef | NumpyArray | NumpyDType | PickleGlobal | PlainObject;

/** A tensor whose elements lie in a storage of the same file. Checked: whole numbers, none negative. */
export type TensorRef = {
	readonly kind: "tensor";
	readonly dtype: TorchDType;
	/** Extents, slowest first; [] for a scalar. */
	readonly shape: readonly number[];
	/** Strides in elements, one an axis; 0 where an axis is expanded. */
	readonly strides: readonly number[];
	/** First element, counted in elements from the storage's begin. */
	readonly offset: number;
	readonly storage: StorageRef;
};

/** A storage: the member `data/KEY` of the archive. */
export type StorageRef = {
	readonly kind: "storage";
	readonly key: string;
	/** "untyped" where the tensors say what their bytes are. */
	readonly dtype: TorchDType | "untyped";
	/** Elements of `dtype`; bytes where untyped. */
	readonly length: number;
};

/** A numpy array that was pickled whole. */
export type NumpyArray = {
	readonly kind: "ndarray";
	readonly dtype: NumpyDType;
	readonly shape: readonly number[];
	/** True where the first axis is the fastest. */
	readonly fortran: boolean;
	readonly data: Uint8Array;
};

/** A numpy element type: kind letter and bytes ("f4", "i8", "b1"), and the byte order. */
export type NumpyDType = { readonly kind: "dtype"; readonly descr: string; readonly bigEndian: boolean };

/** An allowed name from Python that stands for itself: `torch.float32`, `numpy.float64`, `builtins.list`. */
export type PickleGlobal = { readonly kind: "global"; readonly name: string };

/** An allowed object kept as what it was made from: slice, range, complex, argparse.Namespace. */
export type PlainObject = {
	readonly kind: "object";
	readonly type: string;
	readonly args: readonly PickleValue[];
	readonly state: PickleValue;
};

/** True where `value` is of this kind; narrows its type. */
export function isKind<K extends PickleRecord["kind"]>(
	value: PickleValue | undefined,
	kind: K,
): value is Extract<PickleRecord, { kind: K }> {
	return typeof value === "object" && value !== null && "kind" in value && value.kind === kind;
}

/** `items` as a tuple: frozen, which is what tells it from a list. */
export function tuple(items: PickleValue[]): PickleValue[] {
	Object.freeze(items);
	return items;
}

/** True for a tuple (and not for a list). */
export function isTuple(value: PickleValue | undefined): boolean {
	return Array.isArray(value) && Object.isFrozen(value);
}

/** What `value` is, in a few words, for messages. */
export function describe(value: PickleValue | undefined): string {
	if (value === undefined) return "nothing";
	if (value === null) return "None";
	if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}...` : value);
	if (typeof value !== "object") return String(value).slice(0, 60);
	if (Array.isArray(value)) return `a ${isTuple(value) ? "tuple" : "list"} of ${value.length}`;
	if (value instanceof Map) return `a dict of ${value.size}`;
	if (value instanceof Set) return `a set of ${value.size}`;
	if (value instanceof Uint8Array) return `${value.length} bytes`;
	if (value.kind === "global") return `the name ${value.name}`;
	return value.kind === "object" ? `a ${value.type}` : `a ${value.kind}`;
}
