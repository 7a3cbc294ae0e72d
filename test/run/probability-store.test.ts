import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ndarray } from "../../src/core/array.ts";
import { wholeBox } from "../../src/core/box.ts";
import { fromHalf } from "../../src/core/float16.ts";
import { probabilityPath, requireStored, writeProbabilities } from "../../src/run/probability-store.ts";
import { openVolume } from "../../src/volume/formats.ts";

let folder = "";
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "nnvol-probabilities-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const values = Float32Array.from({ length: 2 * 3 * 4 * 5 }, (_, i) => (i % 97) / 96);
const probabilities = ndarray("float32", [2, 3, 4, 5], values);

describe("saved probabilities", () => {
	it.each([
		["zarr", "float32", 0],
		["zarr", "float16", 2 ** -12],
		["zarr", "uint8", 0.5 / 255 + 1e-7],
		["hdf5", "float32", 0],
		["hdf5", "uint8", 0.5 / 255 + 1e-7],
	] as const)("in %s as %s come back within a rounding", async (format, dtype, most) => {
		const store = { format, dtype };
		await requireStored(store);
		const path = probabilityPath(join(folder, dtype), store);
		expect(path).toMatch(format === "zarr" ? /_probabilities\.zarr$/ : /_probabilities\.h5$/);
		await writeProbabilities(path, probabilities, store, [2, 1, 1]);
		const reader = await openVolume(path, { dataset: "probabilities" });
		expect(reader.info).toMatchObject({ dtype, shape: [2, 3, 4, 5], spacing: [2, 1, 1] });
		const { data } = await reader.read(wholeBox(reader.info.shape));
		await reader.close();
		const back = (value: number) => (dtype === "float16" ? fromHalf(value) : dtype === "uint8" ? value / 255 : value);
		const worst = Math.max(...values.map((value, i) => Math.abs(back(Number(data[i])) - value)));
		expect(worst).toBeLessThanOrEqual(most);
	});

	it("cannot be float16 in HDF5, and the error says what can", async () => {
		await expect(requireStored({ format: "hdf5", dtype: "float16" })).rejects.toMatchObject({
			code: "CONFIG",
			message: expect.stringContaining("choose zarr, or uint8 or float32"),
		});
	});
});
