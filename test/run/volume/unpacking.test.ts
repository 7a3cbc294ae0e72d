/**
 * An input that one worker unpacks: the others do other cases meanwhile, and wait where there are none.
 */
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { RunEvent } from "../../../src/core/events.ts";
import { hashOf } from "../../../src/core/hash.ts";
import { modelSettings } from "../../../src/plan/model-settings.ts";
import { makePlan } from "../../../src/plan/plan.ts";
import { openClaims } from "../../../src/run/claims/claims.ts";
import { runPlan } from "../../../src/run/run.ts";
import type { RunOptions } from "../../../src/run/run-options.ts";
import { modelSpec } from "../../model-spec.ts";
import { expectSame } from "../../volume/conformance.ts";
import { inMemory, networkOf, outputOf, type Scene, SINCE, wavy, withScene } from "./scene.ts";

const spec = modelSpec({ reader: "SimpleITKIO" });
const packed = {
	spec,
	settings: { ...modelSettings(spec), views: [[]] },
	array: wavy("uint8", [8, 16, 16], 0, 3),
	axes: "zyx",
	spacing: [1, 1, 1],
	format: "nifti",
} as const;

/** One of two workers on two volumes, with claims. */
async function work(scene: Scene, names: readonly string[], onEvent: (event: RunEvent) => void) {
	const out = join(scene.folder, "out");
	const model = { dataset: "D", configuration: "c", trainer: "t", spec: "s", checkpoints: [] };
	const cases = names.map((name, index) => {
		const files = [join(scene.folder, `${name}.nii.gz`)];
		return { id: name, files, index, output: join(out, `${name}.zarr`), format: "zarr" } as const;
	});
	const options: RunOptions = {
		overwrite: false,
		acceptExisting: false,
		stopOnError: false,
		casesHeld: 1,
		batchSize: 2,
		tries: 1,
		reportEvery: 1,
		share: "-0-of-2",
		attributes: { nnvol: "test" },
		memory: 2 ** 34,
		stream: true,
		onEvent,
		worker: { index: 0, count: 2, claims: true, lease: 60_000, finish: true, since: SINCE },
	};
	const engine = { spec, network: async () => networkOf(scene.network, scene.heads) };
	return runPlan(makePlan(model, scene.settings, out, cases), engine, options);
}

it("while another worker unpacks an input, the other volume is done first", async () => {
	await withScene(packed, async (scene) => {
		const names = ["a", "b"];
		for (const name of names) await cp(scene.input, join(scene.folder, `${name}.nii.gz`));
		const claims = await openClaims(join(scene.folder, "out", ".nnvol", "claims"), {
			worker: "other",
			lease: 60_000,
			exclusive: true,
		});
		try {
			const name = `unpack-${hashOf(join(scene.folder, "a.nii.gz")).slice(0, 16)}`;
			const claim = await claims.take(name);
			expect(claim).toBeDefined();
			const done: string[] = [];
			const report = await work(scene, names, (event) => {
				if (event.kind !== "case-done") return;
				done.push(event.id);
				if (event.id === "b") void claim?.release();
			});
			expect(done).toEqual(["b", "a"]);
			expect(report).toMatchObject({ done: 2, failed: 0 });
			const whole = await inMemory(scene);
			for (const id of names) expectSame(await outputOf(scene, `${id}.zarr`), whole.array);
		} finally {
			await claims.close();
		}
	});
}, 60_000);
