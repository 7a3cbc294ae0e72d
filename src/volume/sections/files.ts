/**
 * Every file that a stack reads: its input is recognised by them.
 *
 * @module
 */
import { findFiles } from "./find.ts";
import { isList, stackPattern } from "./name.ts";
import { readTileList } from "./tile-list.ts";

/** The files of the stack `name`, its list among them where it has one. @throws VOLUME, CONFIG, UNBUILT */
export async function stackFiles(name: string): Promise<readonly string[]> {
	const pattern = stackPattern(name);
	if (!isList(pattern)) return (await findFiles(name)).files.map(({ path }) => path);
	const { grid } = await readTileList(pattern);
	return [pattern, ...grid.files.filter((file) => file !== undefined)];
}
