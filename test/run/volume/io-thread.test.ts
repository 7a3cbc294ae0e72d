/**
 * The thread that reads, cuts and writes: what comes out is what comes out without it, faults are told as they are.
 */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { NnvolError } from "../../../src/core/errors.ts";
import { modelSettings } from "../../../src/plan/model-settings.ts";
import type { Settings } from "../../../src/plan/settings.ts";
import { record, revive } from "../../../src/run/volume/io-protocol.ts";
import { modelSpec } from "../../model-spec.ts";
import { expectSame } from "../../volume/conformance.ts";
import { columnsOf, inMemory, outputOf, type SceneSpec, stream, wavy, withScene } from "./scene.ts";

const how = {
	layout: { chunks: [4, 8, 8] },
	choices: { inline: false, blockVoxels: 1, planOf: columnsOf(2, 1, 2) },
} as const;

function scene(over: Partial<SceneSpec> = {}): SceneSpec {
	const spec = modelSpec({ transposeForward: [1, 0, 2], transposeBackward: [1, 0, 2] });
	const outputs: Settings["outputs"] = [
		{ kind: "labels" },
		{ kind: "probabilities", channels: [0, 1], dtype: "float32" },
	];
	const settings: Settings = { ...modelSettings(spec), outputs };
	const array = wavy("uint8", [9, 20, 18], 1, 3);
	return { spec, settings, array, axes: "zyx", chunks: [4, 8, 8], spacing: [1, 1, 1], ...over };
}

describe("a volume that is streamed through a thread", () => {
	it.each([
		["as it lies", {}],
		["at another spacing", { spacing: [1, 1.4, 1] as const }],
		["of 16 bits", { array: wavy("uint16", [9, 20, 18], 1, 3) }],
	] as const)("is what it is in memory (%s)", async (_, over) => {
		await withScene(scene(over), async (made) => {
			const whole = await inMemory(made);
			await stream(made, how);
			expectSame(await outputOf(made, "out.zarr"), whole.array);
			expectSame(await outputOf(made, "out_probabilities.zarr"), whole.probabilities ?? whole.array);
		});
	});

	it("of sections that are normalised by themselves, too", async () => {
		const spec = modelSpec({ dimensions: 2, reader: "NaturalImage2DIO" });
		await withScene(scene({ spec, settings: modelSettings(spec) }), async (made) => {
			await stream(made, how);
			expectSame(await outputOf(made, "out.zarr"), (await inMemory(made)).array);
		});
	});

	it("tells of a damaged chunk by name, and of a network that fails", async () => {
		await withScene(scene(), async (made) => {
			await writeFile(join(made.input, "c", "1", "1", "1"), "x");
			await expect(stream(made, how)).rejects.toMatchObject({
				code: "VOLUME",
				message: expect.stringMatching(/input\.zarr: chunk \[1, 1, 1\]/),
			});
			await rm(join(made.input, "c", "1", "1", "1")); // reads as zeros
			const broken = () => {
				throw new NnvolError("RUNTIME", "the network broke");
			};
			await expect(stream(made, { ...how, network: broken })).rejects.toThrow(/the network broke/);
		});
	});
});

describe("an error on its way between threads", () => {
	it("keeps its code, its fields, and the system's fault below it", () => {
		const disk = Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC", syscall: "write" });
		const error = new NnvolError("VOLUME", "out.zarr cannot be written", { cause: disk, fields: { path: "out.zarr" } });
		const back = revive(structuredClone(record(error)));
		expect(back).toMatchObject({ code: "VOLUME", fields: { path: "out.zarr" }, cause: { code: "ENOSPC" } });
		expect(revive(structuredClone(record(new TypeError("odd"))))).toMatchObject({ code: "VOLUME" });
	});
});
