import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asArray, asMap, asNumber, asString, asTensor, getPath } from "../../src/checkpoint/access.ts";
import { type Checkpoint, openCheckpoint } from "../../src/checkpoint/checkpoint.ts";
import type { PickleValue } from "../../src/checkpoint/pickle-value.ts";
import { openZip } from "../../src/checkpoint/zip.ts";
import { sharedPath } from "../shared.ts";
import { fourFloats, int, stateDict, storage, tensor, tup } from "./pickle-writer.ts";

const FIXTURES = fileURLToPath(new URL("../fixtures/checkpoint/", import.meta.url));

type Expected = {
	readonly weights: Record<string, { readonly shape: number[]; readonly values: (number | "Infinity")[] }>;
	readonly tensors: Record<string, number[]>;
};

let expected: Expected;
let folder = "";
beforeAll(async () => {
	expected = JSON.parse(await readFile(join(FIXTURES, "expected.json"), "utf8"));
	folder = await mkdtemp(join(tmpdir(), "nnvol-checkpoint-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function use<T>(path: string, work: (checkpoint: Checkpoint) => Promise<T>): Promise<T> {
	const checkpoint = await openCheckpoint(path);
	try {
		return await work(checkpoint);
	} finally {
		await checkpoint.close();
	}
}

const VARIANTS = ["full", "protocol3", "protocol4", "protocol5", "deflated", "zip64", "numpy1"] as const;

describe.each(VARIANTS)("%s.pth", (variant) => {
	const path = join(FIXTURES, `${variant}.pth`);

	it("gives the weights that torch reads, in order, without the whole-number buffers", async () => {
		const weights = await use(path, (c) => c.weights());
		expect([...weights.keys()]).toEqual(Object.keys(expected.weights));
		for (const [name, { shape, values }] of Object.entries(expected.weights)) {
			const array = weights.get(name);
			expect(array?.dtype).toBe("float32");
			expect(array?.shape).toEqual(shape);
			expect([...(array?.data ?? [])], name).toEqual(values.map(Number));
		}
	});

	it("reads a shared tensor once", async () => {
		const weights = await use(path, (c) => c.weights());
		expect(weights.get("decoder.encoder.conv.weight")).toBe(weights.get("encoder.conv.weight"));
		expect(weights.get("encoder.all_modules.0.weight")).toBe(weights.get("encoder.conv.weight"));
		expect(weights.get("encoder.conv.bias")).not.toBe(weights.get("encoder.conv.weight"));
	});

	it("gives the logs and settings as plain data", async () => {
		await use(path, async ({ root }) => {
			const args = asMap(root.get("init_args"), "init_args");
			const at = (key: string): PickleValue | undefined => args.get(key);
			expect(asString(root.get("trainer_name"), "trainer_name")).toBe("nnUNetTrainer");
			expect(asArray(root.get("inference_allowed_mirroring_axes"), "axes")).toEqual([0, 1]);
			expect(asNumber(root.get("current_epoch"), "current_epoch")).toBe(12);
			const logs = ["f8", "f2", "i8", "u8", "u1", "b1"].map((key) => getPath(root, "logging", key));
			expect(logs).toEqual([0.1, 1.5, -5, 2n ** 63n + 1n, 200, true]);
			expect(getPath(root, "logging", "f4")).toBe(Math.fround(0.5234531));
			expect(getPath(root, "logging", "losses")).toEqual([1, 2.5]);
			expect([at("device"), at("size"), at("path"), at("text")]).toEqual(["cuda:0", [2, 3], "/data/x", "é漢字 😀"]);
			expect([at("big"), at("negative"), at("int32"), at("int40")]).toEqual([2n ** 80n, -(2n ** 70n), -70000, 2 ** 40]);
			expect(at("dtype")).toEqual({ kind: "global", name: "torch.float16" });
			expect([at("default"), at("counter")]).toEqual([new Map([["a", [1]]]), new Map([["a", 2]])]);
			expect([at("set"), at("frozen"), at("none")]).toEqual([new Set([1, 2]), new Set(["x"]), null]);
			expect(at("tuple")).toEqual([1, [2.5, "x"], []]);
			expect(at("__proto__")).toEqual(new Map([["polluted", true]]));
			expect(Buffer.from(asBytes(at("bytes"))).toString("latin1")).toBe("\0\xffab");
			expect(getPath(root, "logging", "array")).toMatchObject({
				shape: [2, 3],
				fortran: false,
				dtype: { descr: "i2" },
			});
			expect(getPath(root, "logging", "fortran")).toMatchObject({ shape: [2, 3], fortran: true });
			expect(getPath(root, "logging", "big")).toMatchObject({ dtype: { descr: "i4", bigEndian: true } });
		});
	});

	it("reads whole-number tensors in their own type", async () => {
		await use(path, async (checkpoint) => {
			for (const [name, values] of Object.entries(expected.tensors)) {
				const array = await checkpoint.readTensor(asTensor(getPath(checkpoint.root, "tensors", name), name));
				expect(array.dtype).toBe(name === "bool" ? "uint8" : name);
				expect([...array.data].map(Number)).toEqual(values);
			}
		});
	});
});

function asBytes(value: PickleValue | undefined): Uint8Array {
	if (value instanceof Uint8Array) return value;
	throw new TypeError("bytes were expected");
}

describe("openCheckpoint", () => {
	it("reads big-endian files", async () => {
		const weights = await use(join(FIXTURES, "big_endian.pth"), (c) => c.weights());
		expect([...(weights.get("a")?.data ?? [])]).toEqual([0, 1, 2, 3, 4, 5]);
		expect([...(weights.get("b")?.data ?? [])]).toEqual([0.5]);
	});

	it("never reads the optimiser's tensors", async () => {
		const path = join(FIXTURES, "full.pth");
		const bytes = Uint8Array.from(await readFile(path));
		const zip = await openZip(path);
		const key = await use(path, async ({ root }) => {
			return asTensor(getPath(root, "optimizer_state", "state", 0, "momentum_buffer"), "buffer").storage.key;
		});
		const next = zip.entries.get(`full/data/${key}`);
		await zip.close();
		// The last bytes of the member: its header is followed by a name and padding, then the content.
		const view = new DataView(bytes.buffer);
		const at = next?.offset ?? 0;
		const data = at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
		expect(view.getFloat32(data, true)).toBe(1);
		bytes[data] = 99;
		const damaged = join(folder, "optimiser.pth");
		await writeFile(damaged, bytes);
		await use(damaged, async (checkpoint) => {
			expect((await checkpoint.weights()).size).toBe(14);
			const ref = asTensor(getPath(checkpoint.root, "optimizer_state", "state", 0, "momentum_buffer"), "buffer");
			await expect(checkpoint.readTensor(ref)).rejects.toThrow(`data/${key}" is damaged`);
		});
	});

	it("reads views that overlap and leaves out what is no tensor", async () => {
		const path = join(folder, "views.pth");
		const rows = tensor(storage(), int(0), tup(int(3), int(2)), tup(int(1), int(1)));
		const reversed = tensor(storage(), int(1), tup(int(3)), tup(int(1)));
		await writeFile(path, stateDict({ rows, reversed, all: fourFloats(), extra: "N", text: "K\x01" }));
		const weights = await use(path, (c) => c.weights());
		expect([...weights].map(([name, { data }]) => [name, ...data])).toEqual([
			["rows", 1, 2, 2, 3, 3, 4],
			["reversed", 2, 3, 4],
			["all", 1, 2, 3, 4],
		]);
	});

	it("gives the SHA-256 of the file", async () => {
		const path = join(FIXTURES, "full.pth");
		const expectedHash = createHash("sha256")
			.update(await readFile(path))
			.digest("hex");
		expect(await use(path, (c) => c.sha256())).toBe(expectedHash);
	});

	it("says what is wrong with paths", async () => {
		await expect(openCheckpoint(join(folder, "none.pth"))).rejects.toThrow(/none\.pth: there is no such file\. Check/);
		await expect(openCheckpoint(folder)).rejects.toThrow(/is a folder.*Name a file/);
		await expect(openCheckpoint(join(FIXTURES, "full.pth", "x"))).rejects.toMatchObject({ code: "CHECKPOINT" });
	});

	it("names the keys that there are where the one asked for is missing", async () => {
		await expect(use(join(FIXTURES, "full.pth"), (c) => c.weights("state"))).rejects.toThrow(
			/nothing under "state".*"network_weights", "tensors"/,
		);
	});
});

describe("access", () => {
	it("names the place, what was expected and what was found", () => {
		expect(() => asMap([1, 2], "m.pth: init_args")).toThrow(/m\.pth: init_args: expected a dict, found a list of 2/);
		expect(() => asString(null, "x")).toThrow(/expected text, found None/);
		expect(() => asNumber("7", "x")).toThrow(/expected a number, found "7"/);
		expect(() => asArray(undefined, "x")).toThrow(/expected a list, found nothing/);
		expect(() => asTensor(new Map(), "x")).toThrow(/expected a tensor, found a dict of 0/);
	});

	it("gives undefined along a path that does not exist", () => {
		expect(getPath(new Map([["a", "text"]]), "a", "length")).toBeUndefined();
		expect(getPath(new Map(), "constructor")).toBeUndefined();
	});
});

type Model = {
	readonly count: number;
	readonly elements: number;
	readonly names: string;
	readonly sum: number;
	readonly absolute: number;
	readonly tensors: Record<string, number>;
	readonly sha256: string;
};

const models = sharedPath("fixtures", "models");

describe.skipIf(models === undefined)("trained models (skipped where ../shared is missing)", async () => {
	const found: Record<string, Model> = JSON.parse(await readFile(join(FIXTURES, "models.json"), "utf8"));

	it.each(Object.entries(found))("%s has torch's names and sums", async (path, model) => {
		await use(join(models ?? "", path), async (checkpoint) => {
			const weights = await checkpoint.weights();
			const sums = new Map([...weights].map(([name, { data }]) => [name, data.reduce((sum, v) => sum + v, 0)]));
			expect(weights.size).toBe(model.count);
			expect(
				createHash("sha256")
					.update([...weights.keys()].join("\n"))
					.digest("hex"),
			).toBe(model.names);
			expect([...weights.values()].reduce((n, { data }) => n + data.length, 0)).toBe(model.elements);
			expect([...sums.values()].reduce((a, b) => a + b, 0)).toBeCloseTo(model.sum, 6);
			const absolute = [...weights.values()].reduce((n, { data }) => data.reduce((a, v) => a + Math.abs(v), n), 0);
			expect(absolute / model.absolute).toBeCloseTo(1, 12);
			for (const [name, sum] of Object.entries(model.tensors)) expect(sums.get(name), name).toBeCloseTo(sum, 9);
			expect(await checkpoint.sha256()).toBe(model.sha256);
		});
	});
});
