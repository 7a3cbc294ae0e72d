/**
 * A packed input that has to be read in another order than its own: unpacked beside the output for as long as that takes.
 *
 * @module
 */
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { openVolume } from "../formats.ts";
import { temporaryBeside } from "../publish.ts";
import { stageVolume } from "../stage.ts";
import type { IoOptions, VolumeReader } from "../volume.ts";
import { isRemote } from "./target.ts";

/** Stages `reader`, hands the stage to `work`, and removes it. `path` is the output's, beside which the stage lies. */
export async function withStage<T>(
	reader: VolumeReader,
	path: string,
	options: IoOptions,
	work: (staged: VolumeReader) => Promise<T>,
): Promise<T> {
	const stage = temporaryBeside(isRemote(path) ? join(tmpdir(), basename(path)) : path);
	try {
		await stageVolume(reader, stage, options.signal === undefined ? {} : { signal: options.signal });
		const staged = await openVolume(stage);
		try {
			return await work(staged);
		} finally {
			await staged.close();
		}
	} finally {
		await rm(stage, { recursive: true, force: true }).catch(() => undefined);
	}
}
