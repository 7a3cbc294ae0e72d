/**
 * The highest label of some small files.
 *
 * @module
 */
import { wholeBox } from "../../core/box.ts";
import { openVolume } from "../../volume/formats.ts";

/** Reads each whole, one after the other. @throws VOLUME */
export async function highestLabel(paths: readonly string[]): Promise<number> {
	let highest = 0;
	for (const path of paths) {
		const reader = await openVolume(path);
		try {
			const { data } = await reader.read(wholeBox(reader.info.shape));
			for (const value of data) highest = Math.max(highest, Number(value));
		} finally {
			await reader.close();
		}
	}
	return highest;
}
