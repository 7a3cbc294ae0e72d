import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openCheckpoint } from "../../src/checkpoint/checkpoint.ts";
import { isNnvolError } from "../../src/core/errors.ts";
import { HOSTILE_CHECKPOINTS } from "./hostile.ts";
import { fourFloats, stateDict } from "./pickle-writer.ts";

let folder = "";
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "nnvol-hostile-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Opens a file of `bytes` and reads all its weights. */
async function readAll(file: string, bytes: Uint8Array): Promise<number> {
	const path = join(folder, file);
	await writeFile(path, bytes);
	const checkpoint = await openCheckpoint(path);
	try {
		return (await checkpoint.weights()).size;
	} finally {
		await checkpoint.close();
	}
}

/** The error of `work`; fails where there is none. */
async function errorOf(work: Promise<unknown>): Promise<unknown> {
	return work.then(
		() => expect.unreachable("was read without an error"),
		(error: unknown) => error,
	);
}

describe("hostile checkpoints", () => {
	it("the good ones that they are made from are read", async () => {
		expect(await readAll("good.pth", stateDict({ w: fourFloats() }))).toBe(1);
		const full = await readFile(new URL("../fixtures/checkpoint/full.pth", import.meta.url));
		expect(await readAll("full.pth", full)).toBe(14);
	});

	it("have names of their own, and are at least 25", () => {
		expect(new Set(HOSTILE_CHECKPOINTS.map(({ name }) => name)).size).toBe(HOSTILE_CHECKPOINTS.length);
		expect(HOSTILE_CHECKPOINTS.length).toBeGreaterThanOrEqual(25);
	});

	it.each(HOSTILE_CHECKPOINTS.map((hostile, i) => ({ ...hostile, i })))("$name", async ({ bytes, expect: says, i }) => {
		const start = performance.now();
		const error = await errorOf(readAll(`hostile-${i}.pth`, bytes()));
		if (!isNnvolError(error, "CHECKPOINT")) throw error;
		expect(error.message).toMatch(says);
		expect(error.message.startsWith(join(folder, `hostile-${i}.pth: `))).toBe(true);
		// What is wrong, then what to do.
		expect(error.message).toMatch(/\. (The file|Copy|Save|Name|Unpack|Fetch|Download|Pack|Join|Nothing)[^.]*.*\.$/);
		expect(performance.now() - start).toBeLessThan(20_000);
		expect(existsSync("nnvol-was-here")).toBe(false);
	});
});

describe("damage at random", () => {
	const fixtures = ["full.pth", "deflated.pth", "protocol4.pth", "zip64.pth"] as const;

	/** Number of weights, or -1 for an error of nnvol's own; any other error comes through. */
	async function outcome(file: string, bytes: Uint8Array): Promise<number> {
		return readAll(file, bytes).catch((error: unknown) => {
			if (isNnvolError(error, "CHECKPOINT") && error.message.includes(file)) return -1;
			throw error;
		});
	}

	it.each(fixtures)("bytes changed in %s: read, or refused by an error of its own", async (name) => {
		const original = await readFile(new URL(`../fixtures/checkpoint/${name}`, import.meta.url));
		const change = fc.tuple(fc.nat(original.length - 1), fc.integer({ min: 1, max: 255 }));
		await fc.assert(
			fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
				const bytes = Uint8Array.from(original);
				for (const [at, bits] of changes) bytes[at] = (bytes[at] ?? 0) ^ bits;
				expect([-1, 14]).toContain(await outcome(`changed-${name}`, bytes));
			}),
			{ numRuns: 300 },
		);
	});

	it.each(fixtures)("%s cut anywhere is refused", async (name) => {
		const original = await readFile(new URL(`../fixtures/checkpoint/${name}`, import.meta.url));
		await fc.assert(
			fc.asyncProperty(fc.nat(original.length - 1), async (length) => {
				expect(await outcome(`cut-${name}`, original.subarray(0, length))).toBe(-1);
			}),
			{ numRuns: 100 },
		);
	});

	it("bytes changed in a pickle whose checksum is right: read, or refused by an error of its own", async () => {
		const weights = { a: fourFloats(), b: fourFloats() };
		const build = (flip: (data: Uint8Array) => Uint8Array): Uint8Array => stateDict(weights, flip);
		const length = build((data) => data).length;
		await fc.assert(
			fc.asyncProperty(fc.nat(length), fc.integer({ min: 1, max: 255 }), async (at, bits) => {
				const bytes = build((data) => data.map((byte, i) => (i === at % data.length ? byte ^ bits : byte)));
				expect(await outcome("pickle.pth", bytes)).toBeLessThanOrEqual(2);
			}),
			{ numRuns: 1000 },
		);
	});
});
