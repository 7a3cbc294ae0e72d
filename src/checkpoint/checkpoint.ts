/**
 * Opens a torch checkpoint (the zip files of `torch.save`) and reads tensors of it by name.
 *
 * Opening reads the table of contents and the pickle; numbers are read when they are asked for, so an optimiser's
 * state costs nothing. Nothing in the file is run (see `unpickler.ts`).
 *
 * @module
 */
import type { NdArray } from "../core/array.ts";
import { type Fault, faultOf } from "./fault.ts";
import { type FileSource, openFile, sha256Of } from "./file-source.ts";
import { storageType } from "./globals-torch.ts";
import { RESAVE } from "./pickle-machine.ts";
import { describe, isKind, type PickleMap, type PickleValue, type StorageRef, type TensorRef } from "./pickle-value.ts";
import { checkHead, HEAD_BYTES, pickleName } from "./recognise.ts";
import { floatTensorOf, swapBytes, tensorOf } from "./tensor-data.ts";
import { isFloating, TORCH_DTYPES } from "./torch-dtype.ts";
import { unpickle } from "./unpickler.ts";
import { readZip, type ZipReader } from "./zip.ts";

/** An open checkpoint. Close it in a `finally`. */
export interface Checkpoint {
	readonly path: string;
	/** What the file holds: for nnU-Net v2 `network_weights`, `init_args`, `trainer_name` and others. */
	readonly root: ReadonlyMap<PickleValue, PickleValue>;
	/** The elements of one tensor, C-ordered: bool as uint8, bfloat16 as float32, else its own type. @throws CHECKPOINT */
	readTensor(ref: TensorRef): Promise<NdArray>;
	/**
	 * The floating tensors of the state dict under `key` (default `network_weights`), as float32 (half and bfloat16
	 * exactly, float64 rounded), under their full names in the file's order. Each storage is read once and names that
	 * share a tensor share its array. Whole-number buffers (`num_batches_tracked`) and what is no tensor are left out.
	 * @throws CHECKPOINT where the key is missing, a member is missing or damaged, or a tensor lies outside its storage
	 */
	weights(key?: string): Promise<ReadonlyMap<string, NdArray<"float32">>>;
	/** SHA-256 of the file, in hexadecimal. */
	sha256(): Promise<string>;
	close(): Promise<void>;
}

/** Largest pickle that is read; nnU-Net's own have 0.1 MB. */
const LARGEST_PICKLE = 256 << 20;

/** Opens a checkpoint. @throws CHECKPOINT that names the file, says what it is or what is wrong with it, and what to do */
export async function openCheckpoint(path: string): Promise<Checkpoint> {
	const fault = faultOf("CHECKPOINT", path);
	const file = await openFile(path, fault);
	try {
		checkHead(await file.read(0, Math.min(HEAD_BYTES, file.size)), fault);
		return await TorchFile.open(file, await readZip(file, fault), fault);
	} catch (error) {
		await file.close();
		throw error;
	}
}

class TorchFile implements Checkpoint {
	readonly path: string;
	readonly root: PickleMap;
	readonly #file: FileSource;
	readonly #zip: ZipReader;
	readonly #fault: Fault;
	readonly #prefix: string;
	readonly #bigEndian: boolean;

	private constructor(file: FileSource, zip: ZipReader, fault: Fault, prefix: string, root: PickleMap, big: boolean) {
		this.path = file.path;
		this.root = root;
		this.#file = file;
		this.#zip = zip;
		this.#fault = fault;
		this.#prefix = prefix;
		this.#bigEndian = big;
	}

	static async open(file: FileSource, zip: ZipReader, fault: Fault): Promise<TorchFile> {
		const name = pickleName(zip.names(), fault);
		const prefix = name.slice(0, -"data.pkl".length);
		const bytes = await zip.read(name, { maxBytes: LARGEST_PICKLE });
		const root = unpickle(bytes, fault, storageOf);
		if (!(root instanceof Map)) {
			throw fault(
				`holds ${describe(root)}, a dict was expected`,
				"Name the checkpoint_final.pth that nnU-Net v2 saved",
			);
		}
		return new TorchFile(file, zip, fault, prefix, root, await isBigEndian(zip, `${prefix}byteorder`, fault));
	}

	async readTensor(ref: TensorRef): Promise<NdArray> {
		return tensorOf(ref, this.#ordered(ref, await this.#stored(ref.storage, "a tensor")), this.#fault);
	}

	async weights(key = "network_weights"): Promise<ReadonlyMap<string, NdArray<"float32">>> {
		const state = this.root.get(key);
		if (!(state instanceof Map)) throw this.#noWeights(key, state);
		const byStorage = new Map<string, { name: string; ref: TensorRef }[]>();
		const weights = new Map<string, NdArray<"float32"> | undefined>();
		for (const [name, ref] of state) {
			if (typeof name !== "string" || !isKind(ref, "tensor") || isWhole(ref)) continue;
			weights.set(name, undefined);
			const group = byStorage.get(ref.storage.key) ?? [];
			byStorage.set(ref.storage.key, group);
			group.push({ name, ref });
		}
		for (const group of byStorage.values()) await this.#readGroup(group, weights);
		return whole(weights);
	}

	sha256(): Promise<string> {
		return sha256Of(this.#file);
	}

	async close(): Promise<void> {
		await this.#file.close();
	}

	/** Fills in the tensors of one storage. Equal views of it become one array. */
	async #readGroup(
		group: readonly { name: string; ref: TensorRef }[],
		weights: Map<string, NdArray<"float32"> | undefined>,
	): Promise<void> {
		const views = new Map<string, NdArray<"float32">>();
		const stored = new Map<string, Uint8Array>();
		for (const { name, ref } of group) {
			// The views of one storage agree on its key and, unless the file is hostile, on its length.
			const source = JSON.stringify([ref.storage.length, ref.storage.dtype]);
			const bytes = stored.get(source) ?? (await this.#stored(ref.storage, `"${name}"`));
			stored.set(source, bytes);
			const view = JSON.stringify([source, ref.dtype, ref.offset, ref.shape, ref.strides]);
			const fault: Fault = (what, next, cause) => this.#fault(`${what} ("${name}")`, next, cause);
			const array = views.get(view) ?? floatTensorOf(ref, this.#ordered(ref, bytes), fault);
			views.set(view, array);
			weights.set(name, array);
		}
	}

	/** The bytes of a storage as they lie in the file. */
	async #stored(storage: StorageRef, whose: string): Promise<Uint8Array> {
		const member = `${this.#prefix}data/${storage.key}`;
		const entry = this.#zip.entries.get(member);
		if (!entry) throw this.#fault(`has no member "${member}", where the numbers of ${whose} should lie`);
		const expected = bytesOf(storage);
		if (entry.size !== expected) {
			throw this.#fault(`its member "${member}" has ${entry.size} bytes, ${expected} were expected for ${whose}`);
		}
		return this.#zip.read(member);
	}

	/** The bytes in this machine's order. */
	#ordered(ref: TensorRef, bytes: Uint8Array): Uint8Array {
		return this.#bigEndian ? swapBytes(bytes, TORCH_DTYPES[ref.dtype].bytes) : bytes;
	}

	#noWeights(key: string, found: PickleValue | undefined): Error {
		const keys = [...this.root.keys()].slice(0, 12).map(describe).join(", ");
		const from = this.root.has("state_dict")
			? "; nnU-Net v1 and other programs save a state_dict, which is not read"
			: "";
		return this.#fault(
			`has ${describe(found)} under "${key}", a state dict was expected; its keys are ${keys || "none"}${from}`,
			"Name a checkpoint that nnU-Net v2 saved (checkpoint_final.pth)",
		);
	}
}

/** torch's persistent ids: ("storage", class, key, device, length). */
function storageOf(id: PickleValue, fault: Fault): PickleValue {
	const [tag, type, key, , length] = Array.isArray(id) ? id : [];
	const dtype = isKind(type, "global") ? storageType(type.name) : undefined;
	const whole = typeof length === "number" && Number.isSafeInteger(length) && length >= 0;
	if (tag !== "storage" || dtype === undefined || typeof key !== "string" || !whole) {
		throw fault(`refers to ${describe(id)} outside its pickle, which is no storage of torch`, RESAVE);
	}
	const storage: StorageRef = { kind: "storage", key, dtype, length };
	return storage;
}

function bytesOf(storage: StorageRef): number {
	return storage.length * (storage.dtype === "untyped" ? 1 : TORCH_DTYPES[storage.dtype].bytes);
}

function isWhole(ref: TensorRef): boolean {
	return !isFloating(ref.dtype) && /^(u?int|bool)/.test(ref.dtype);
}

function whole<T>(map: ReadonlyMap<string, T | undefined>): ReadonlyMap<string, T> {
	const entries: [string, T][] = [];
	for (const [name, value] of map) if (value !== undefined) entries.push([name, value]);
	return new Map(entries);
}

/** What the member `byteorder` says; files of torch before 2.1 have none and are little-endian. */
async function isBigEndian(zip: ZipReader, name: string, fault: Fault): Promise<boolean> {
	if (!zip.entries.has(name)) return false;
	const text = new TextDecoder().decode(await zip.read(name, { maxBytes: 64 }));
	if (text !== "little" && text !== "big")
		throw fault(`its member "${name}" says ${describe(text)}, not little or big`);
	return text === "big";
}
