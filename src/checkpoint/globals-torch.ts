/**
 * Names of torch that stand for plain data: tensors, storages, element types, sizes, devices.
 *
 * Signatures as in torch 2.x `_utils.py`: `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)`,
 * `_rebuild_tensor_v3(..., dtype)` over untyped storages.
 *
 * @module
 */
import type { Construct, Refuse } from "./construct.ts";
import { describe, isKind, type PickleValue, tuple } from "./pickle-value.ts";
import { isTorchDType, STORAGE_TYPES, type TorchDType } from "./torch-dtype.ts";

const STAND_INS: ReadonlySet<string> = new Set([
	"torch.Tensor",
	"torch.nn.parameter.Parameter",
	"torch.nn.parameter.Buffer",
	"torch.strided",
	"torch.contiguous_format",
	"torch.channels_last",
	"torch.channels_last_3d",
	"torch.preserve_format",
]);

/** True for storage classes, element types and the like, which stand for themselves. */
export function isTorchName(name: string): boolean {
	return STAND_INS.has(name) || storageType(name) !== undefined || dtypeOf(name) !== undefined;
}

/** What a storage class (`torch.FloatStorage`, `torch.storage.UntypedStorage`) holds; undefined for other names. */
export function storageType(name: string): TorchDType | "untyped" | undefined {
	const last = /^torch\.(?:storage\.)?(\w+)$/.exec(name)?.[1];
	return last === undefined ? undefined : STORAGE_TYPES.get(last);
}

/** By name, as `normalName` spells it. */
export const TORCH_GLOBALS: readonly (readonly [string, Construct])[] = [
	["torch._utils._rebuild_tensor", (args, refuse) => tensor(args, undefined, refuse)],
	["torch._utils._rebuild_tensor_v2", (args, refuse) => tensor(args, undefined, refuse)],
	["torch._utils._rebuild_tensor_v3", (args, refuse) => tensor(args, args[6], refuse)],
	["torch._utils._rebuild_parameter", parameter],
	["torch._utils._rebuild_parameter_with_state", parameter],
	["torch._tensor._rebuild_from_type_v2", fromType],
	["torch.Size", ([items], refuse) => tuple([...sizes(items ?? tuple([]), refuse)])],
	["torch.device", device],
	["torch.torch_version.TorchVersion", version],
	["torch.serialization._get_layout", ([name]) => name ?? null],
];

function tensor(args: readonly PickleValue[], dtypeName: PickleValue | undefined, refuse: Refuse): PickleValue {
	const [storage, offset, size, stride] = args;
	if (!isKind(storage, "storage")) throw refuse(`makes a tensor over ${describe(storage)}`);
	const named = isKind(dtypeName, "global") ? dtypeOf(dtypeName.name) : undefined;
	if (dtypeName !== undefined && named === undefined) throw refuse(`makes a tensor of ${describe(dtypeName)}`);
	const dtype = named ?? storage.dtype;
	if (dtype === "untyped") throw refuse("makes a tensor without an element type");
	const shape = sizes(size, refuse);
	const strides = sizes(stride, refuse);
	if (shape.length !== strides.length)
		throw refuse(`makes a tensor of ${shape.length} sizes, ${strides.length} strides`);
	return { kind: "tensor", dtype, shape, strides, offset: count(offset, refuse), storage };
}

function parameter([data]: readonly PickleValue[], refuse: Refuse): PickleValue {
	if (!isKind(data, "tensor")) throw refuse(`makes a parameter of ${describe(data)}`);
	return data;
}

/** A tensor with attributes or of a subclass: the tensor, its attributes dropped. */
function fromType([how, , args]: readonly PickleValue[], refuse: Refuse): PickleValue {
	const rebuild = isKind(how, "global") ? REBUILDS.get(how.name) : undefined;
	if (!rebuild || !Array.isArray(args)) throw refuse(`makes a tensor by ${describe(how)}`);
	return rebuild(args, refuse);
}

const REBUILDS: ReadonlyMap<string, Construct> = new Map(
	TORCH_GLOBALS.filter(([name]) => /_rebuild_(tensor|parameter)/.test(name)),
);

function sizes(value: PickleValue | undefined, refuse: Refuse): number[] {
	if (!Array.isArray(value)) throw refuse(`has ${describe(value)} for sizes`);
	if (value.length > 64) throw refuse(`makes a tensor of ${value.length} axes`);
	return value.map((item) => count(item, refuse));
}

function count(value: PickleValue | undefined, refuse: Refuse): number {
	if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
	throw refuse(`has ${describe(value)} for a size or an offset of a tensor`);
}

/** "cpu", "cuda:0". */
function device([type, index]: readonly PickleValue[], refuse: Refuse): PickleValue {
	if (typeof type !== "string") throw refuse(`makes a device of ${describe(type)}`);
	return typeof index === "number" ? `${type}:${index}` : type;
}

function version([text]: readonly PickleValue[], refuse: Refuse): PickleValue {
	if (typeof text !== "string") throw refuse(`makes a version of ${describe(text)}`);
	return text;
}

function dtypeOf(name: string): TorchDType | undefined {
	const last = /^torch\.(\w+)$/.exec(name)?.[1] ?? "";
	return isTorchDType(last) ? last : undefined;
}
