import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DTYPES, type DType, isDType } from "../../src/core/dtype.ts";
import { isNnvolError } from "../../src/core/errors.ts";
import { npyHeader } from "../../src/volume/npz/npy.ts";
import { writeNpz } from "../../src/volume/npz/npz.ts";
import { PickleTuple, writePickle } from "../../src/volume/npz/pkl.ts";
import { directoryEnd, directoryEntry, localHeader } from "../../src/volume/npz/zip.ts";
import { sharedPath } from "../shared.ts";
import { expectFault, expectSame, noise } from "./conformance.ts";
import { readNpz } from "./npz-reader.ts";

const FIXTURES = join(import.meta.dirname, "..", "fixtures", "npz");
const DTYPE_NAMES: readonly DType[] = Object.keys(DTYPES).filter(isDType);

let folder = "";
beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), "nnvol-npz-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("npz", () => {
	it("what is written is what is read: every dtype, any shape, several arrays", async () => {
		const shapes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 0, maxLength: 5 });
		await fc.assert(
			fc.asyncProperty(fc.constantFrom(...DTYPE_NAMES), shapes, fc.nat(), async (dtype, shape, seed) => {
				const path = join(folder, "a.npz");
				const arrays = { probabilities: noise(dtype, shape, seed), other: noise("uint8", [3], seed) };
				await writeNpz(path, arrays);
				const found = await readNpz(path);
				expect(Object.keys(found)).toEqual(Object.keys(arrays));
				for (const [name, array] of Object.entries(arrays)) {
					const read = found[name];
					expect(read).toBeDefined();
					if (read !== undefined) expectSame(read, array);
				}
			}),
			{ numRuns: 60 },
		);
	});

	it("more than one piece, and the same bytes each time", async () => {
		const array = noise("float32", [3, 1, 500, 600], 1);
		const paths = [join(folder, "b.npz"), join(folder, "c.npz")];
		for (const path of paths) await writeNpz(path, { probabilities: array });
		const [first, second] = paths.map((path) => readFileSync(path));
		expect(first?.equals(second ?? Buffer.alloc(0))).toBe(true);
		const { probabilities } = await readNpz(paths[0] ?? "");
		expect(probabilities).toBeDefined();
		if (probabilities !== undefined) expectSame(probabilities, array);
	});

	it("the file that numpy.load was seen to read (test/fixtures/npz/make.py), and its header", async () => {
		const { probabilities } = await readNpz(join(FIXTURES, "written.npz"));
		expect(probabilities).toBeDefined();
		if (probabilities !== undefined) expectSame(probabilities, noise("float32", [2, 1, 3, 4], 5));
		const header = npyHeader("float32", [2, 1, 3, 4]);
		expect(header.length).toBe(128);
		expect(header.toString("latin1", 10)).toMatch(
			/^\{'descr': '<f4', 'fortran_order': False, 'shape': \(2, 1, 3, 4\), \} *\n$/,
		);
		expect(npyHeader("uint8", [7]).toString("latin1")).toContain(
			"'descr': '|u1', 'fortran_order': False, 'shape': (7,), }",
		);
	});

	it("numpy's own files", async () => {
		const { a, b } = await readNpz(join(FIXTURES, "numpy.npz"));
		expect([a?.dtype, a?.shape, [...(a?.data ?? [])]]).toEqual(["float32", [2, 3], [0, 1, 2, 3, 4, 5]]);
		expect([b?.dtype, b?.shape, [...(b?.data ?? [])]]).toEqual(["uint8", [3], [7, 8, 9]]);
	});

	it("damaged files are a VOLUME error", async () => {
		const good = readFileSync(join(FIXTURES, "numpy.npz"));
		const path = join(folder, "bad.npz");
		await fc.assert(
			fc.asyncProperty(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 }), async (at, mask) => {
				const bytes = mask === 0 ? good.subarray(0, at) : Buffer.from(good);
				if (mask > 0) bytes[at] = (bytes[at] ?? 0) ^ mask;
				writeFileSync(path, bytes);
				const result = await readNpz(path).catch((error: unknown) => error);
				if (mask === 0) expect(isNnvolError(result, "VOLUME")).toBe(true);
				if (result instanceof Error) expect(isNnvolError(result, "VOLUME") ? "VOLUME" : result).toBe("VOLUME");
			}),
			{ numRuns: 200 },
		);
		await expectFault(readNpz(join(folder, "none.npz")), "none.npz");
	});

	it("a folder that is missing, and an aborted signal, leave nothing", async () => {
		const path = join(folder, "no", "x.npz");
		await expectFault(writeNpz(path, { a: noise("uint8", [3], 1) }), path);
		const stopped = join(folder, "stopped.npz");
		const signal = AbortSignal.abort();
		await expectFault(writeNpz(stopped, { a: noise("uint8", [3], 1) }, { signal }), stopped, "CANCELLED");
		expect(existsSync(stopped)).toBe(false);
	});

	it("zip64: sizes and places of 4 GiB and more stand in the extra fields", () => {
		const member = { name: "a.npy", offset: 2 ** 33, crc: 1, packed: 2 ** 32, size: 2 ** 34 };
		const entry = directoryEntry(member);
		expect([entry.readUInt32LE(20), entry.readUInt32LE(24), entry.readUInt32LE(42)]).toEqual([
			2 ** 32 - 1,
			2 ** 32 - 1,
			2 ** 32 - 1,
		]);
		expect([entry.readBigUInt64LE(55), entry.readBigUInt64LE(63), entry.readBigUInt64LE(71)]).toEqual([
			2n ** 34n,
			2n ** 32n,
			2n ** 33n,
		]);
		expect(localHeader(member).length).toBe(localHeader({ ...member, packed: 0, size: 0 }).length);
		const end = directoryEnd(1, 2 ** 33, 100);
		expect(end.length).toBe(56 + 20 + 22);
		expect(end.readBigUInt64LE(48)).toBe(2n ** 33n);
	});

	const reference = sharedPath("fixtures", "reference", "rgb2d", "mirror_float32", "a.npz");
	it.skipIf(reference === undefined)("nnU-Net's probabilities of shared/fixtures/reference", async () => {
		const { probabilities } = await readNpz(reference ?? "");
		expect(probabilities?.shape.length).toBe(4);
		expect(["float32", "float16"]).toContain(probabilities?.dtype);
	});
});

describe("pickle", () => {
	const properties = {
		spacing: new PickleTuple([999, 1, 1]),
		shape_before_cropping: new PickleTuple([1, 335, 512]),
		bbox_used_for_cropping: [
			[0, 1],
			[0, 335],
			[0, 512],
		],
		text: "Zürich 😀 'quoted'",
		numbers: [0, -1, 255, 65536, -(2 ** 31), 2 ** 31, 2 ** 53 - 1, 0.1, -0, Number.POSITIVE_INFINITY, 1e300],
		none: null,
		flags: new PickleTuple([true, false]),
		empty: [[], {}, new PickleTuple([]), ""],
	};

	it("the bytes that pickle.load was seen to read (test/fixtures/npz/make.py)", () => {
		expect(Buffer.compare(writePickle(properties), readFileSync(join(FIXTURES, "written.pkl")))).toBe(0);
	});

	const python = findPython();
	it.skipIf(python === undefined)("python reads it back (where there is a python3)", () => {
		const path = join(folder, "x.pkl");
		writeFileSync(path, writePickle(properties));
		const code = "import pickle,sys; print(repr(pickle.load(open(sys.argv[1],'rb'))))";
		const text = execFileSync(python ?? "", ["-c", code, path], {
			encoding: "utf8",
			env: { PYTHONIOENCODING: "utf8" },
		}).trim();
		expect(text).toBe(readFileSync(join(FIXTURES, "written.pkl.txt"), "utf8").trim());
	});
});

function findPython(): string | undefined {
	try {
		execFileSync("python3", ["--version"], { stdio: "ignore" });
		return "python3";
	} catch {
		return undefined;
	}
}
