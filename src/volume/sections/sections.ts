/**
 * Stacks of files as one volume: sections along z, or tiles of sections, named by `stack:PATTERN` (`name.ts`).
 *
 * @module
 */
import { DTYPES, isDType } from "../../core/dtype.ts";
import { throwIfAborted } from "../../core/errors.ts";
import type { OpenOptions, VolumeFormat, VolumeReader } from "../volume.ts";
import { sectionParts } from "./parts.ts";
import { SectionsReader } from "./read.ts";
import { findStack } from "./tiles.ts";
import { createSections } from "./write.ts";

/** The format. It is told by the prefix of the name alone; PNG takes uint8 and uint16, BMP uint8, TIFF all of `writes`. */
export const sections: VolumeFormat = {
	name: "sections",
	extensions: [],
	writes: Object.keys(DTYPES).filter(isDType),
	ranks: [3, 4],
	isFolder: false,
	matches: () => false,
	open: async (name: string, { signal }: OpenOptions = {}): Promise<VolumeReader> => {
		throwIfAborted(signal);
		return new SectionsReader(await findStack(name));
	},
	create: createSections,
	parts: sectionParts,
};
