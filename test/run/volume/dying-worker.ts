/**
 * A worker whose process ends when the network sees a voxel of 255: a program of its own, for tests of what others make of it.
 *
 * Argument: a scene as JSON (folder, input, spec, settings) and a share.
 *
 * @module
 */
import { z } from "zod";
import { modelSettings } from "../../../src/plan/model-settings.ts";
import { modelSpec } from "../../model-spec.ts";
import { lopsided } from "../fake-session.ts";
import { columnsOf, shareOf, stream } from "./scene.ts";

const argument = z.object({ folder: z.string(), input: z.string(), dies: z.boolean(), since: z.string() });

/** What the scene is made with, in the test and in the worker. */
export const DYING_SPEC = { ...modelSpec({ dimensions: 2 }), normalization: [{ kind: "none" } as const] };
export const DYING_SETTINGS = { ...modelSettings(DYING_SPEC), views: [[]], step: 1 };

if (process.argv[2] !== undefined) {
	const { folder, input, dies, since } = argument.parse(JSON.parse(process.argv[2]));
	const network: typeof lopsided = (item, shape) => {
		if (dies && item.includes(255)) process.kill(process.pid, "SIGKILL");
		return lopsided(item, shape);
	};
	const scene = { folder, input, spec: DYING_SPEC, settings: DYING_SETTINGS, network, heads: 2 };
	const share = { ...shareOf(0, 1, true), since };
	const planOf = columnsOf(4, 4, 2);
	const how = { layout: { chunks: [2, 8, 6] }, choices: { blockVoxels: 1, planOf }, share, batchSize: 1 };
	const outcome = await stream(scene, how).catch((error: unknown) => error);
	process.stdout.write(outcome instanceof Error ? `error: ${outcome.message}` : "finished");
}
