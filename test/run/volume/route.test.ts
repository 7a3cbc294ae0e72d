import { describe, expect, it } from "vitest";
import { ndarray } from "../../../src/core/array.ts";
import { modelSettings } from "../../../src/plan/model-settings.ts";
import { identify } from "../../../src/run/input-identity.ts";
import type { RunOptions } from "../../../src/run/run-options.ts";
import { routeOf } from "../../../src/run/volume/route.ts";
import { formatByName } from "../../../src/volume/formats.ts";
import { modelSpec } from "../../model-spec.ts";
import { networkOf, planOfScene, type Scene, type SceneSpec, withScene } from "./scene.ts";

const spec = modelSpec({ dimensions: 2 });
const made: SceneSpec = {
	spec,
	settings: modelSettings(spec),
	array: ndarray("uint8", [2, 8, 8], new Uint8Array(128).fill(7)),
	axes: "zyx",
};

async function route(scene: Scene, more: Partial<RunOptions> = {}) {
	const plan = planOfScene(scene, {});
	const [entry] = plan.cases;
	if (entry === undefined) throw new Error("no case");
	const options: RunOptions = {
		overwrite: false,
		acceptExisting: false,
		stopOnError: false,
		casesHeld: 1,
		batchSize: 1,
		tries: 1,
		reportEvery: 1,
		share: "",
		attributes: {},
		memory: 2 ** 30,
		...more,
	};
	const engine = { spec, network: async () => networkOf(scene.network, 2) };
	return routeOf({ entry, inputs: await identify(entry.files), state: { kind: "missing" } }, plan, engine, options);
}

/** Puts an array of which nothing was ever written in place of the scene's input. */
async function emptied(scene: Scene, shape: readonly number[]): Promise<Scene> {
	const input = `${scene.input}.large.zarr`;
	const writer = await (await formatByName("zarr")).openRegions?.(input, { dtype: "uint8", shape, axes: "zyx" });
	await writer?.close();
	return { ...scene, input };
}

describe("a volume", () => {
	it("that is small is held in memory, and streamed where that is asked for", async () => {
		await withScene(made, async (scene) => {
			expect((await route(scene)).streamed).toBe(false);
			expect((await route(scene, { stream: true })).streamed).toBe(true);
		});
	});

	it("whose files are small because nearly all of it is empty is streamed where its voxels do not fit", async () => {
		await withScene(made, async (scene) => {
			const large = await emptied(scene, [4096, 7000, 7000]);
			const { streamed, why } = await route(large);
			expect(why).toBe("does not fit into 1.1 GB");
			expect(streamed).toBe(true);
			expect((await route(large, { stream: false })).streamed).toBe(false);
		});
	});

	it("that is streamed as asked is refused for an ensemble, with the way out", async () => {
		await withScene(made, async (scene) => {
			const plan = planOfScene(scene, {});
			const [entry] = plan.cases;
			if (entry === undefined) throw new Error("no case");
			const { model, settings } = plan;
			const several = { ...plan, further: [{ model, settings }] };
			const engine = { spec, network: async () => networkOf(scene.network, 2) };
			const options: RunOptions = {
				overwrite: false,
				acceptExisting: false,
				stopOnError: false,
				casesHeld: 1,
				batchSize: 1,
				tries: 1,
				reportEvery: 1,
				share: "",
				attributes: {},
				stream: true,
			};
			const checked = { entry, inputs: await identify(entry.files), state: { kind: "missing" } } as const;
			await expect(routeOf(checked, several, engine, options)).rejects.toThrow(
				"(as asked); leave streaming out so that the volume is held in memory",
			);
		});
	});
});
