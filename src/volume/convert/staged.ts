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
import { isStackName, stackFolder } from "../sections/name.ts";
import { stageVolume } from "../stage.ts";
import { isRemote } from "../stores/location.ts";
import type { IoOptions, VolumeReader } from "../volume.ts";

/** Stages `reader`, hands the stage to `work`, and removes it. `path` is the output's, beside which the stage lies. */
export async function withStage<T>(
	reader: VolumeReader,
	path: string,
	options: IoOptions,
	work: (staged: VolumeReader) => Promise<T>,
): Promise<T> {
	const stage = temporaryBeside(placeFor(path));
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

/** Beside the output; where that is behind a URL, in the system's folder of temporaries. */
function placeFor(path: string): string {
	if (isStackName(path)) return join(stackFolder(path), "stage");
	return isRemote(path) ? join(tmpdir(), basename(path)) : path;
}
