/**
 * Stacks from parts: each part is some sections, kept under the names that they will have.
 *
 * @module
 */
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { ndarray } from "../../core/array.ts";
import { syncFolder } from "../../core/atomic-file.ts";
import { viewAs } from "../../core/dtype.ts";
import { sizeOf } from "../../core/shape.ts";
import { fileError } from "../fault.ts";
import { inLanes } from "../lanes.ts";
import { alsoAt, type PartWriter } from "../parts.ts";
import { temporaryBeside } from "../publish.ts";
import type { VolumeSpec } from "../volume.ts";
import { partsFolder } from "./publish.ts";
import { LANES, planSections, requireNoMore, writeSection } from "./write.ts";

/** The parts of the stack `name`. @throws VOLUME, CONFIG where it cannot hold `spec` */
export function sectionParts(name: string, spec: VolumeSpec): PartWriter {
	let planned: ReturnType<typeof planSections> | undefined;
	const plan = () => {
		planned ??= planSections(name, spec);
		return planned;
	};
	return {
		write: async (folder, _, from, { bytes, count }) => {
			const { format, section, nameOf } = await plan();
			const size = bytes.length / count;
			await inLanes(Array(count).keys(), LANES, async (n) => {
				const data = viewAs(spec.dtype, bytes.slice(n * size, (n + 1) * size));
				const path = join(folder, nameOf(from + n));
				const temporary = temporaryBeside(path);
				await writeSection(temporary, format, section, ndarray(spec.dtype, section.shape, data));
				await rename(temporary, path).catch((cause) => {
					throw fileError(path, "write", cause);
				});
			});
			await syncFolder(folder);
			return { bytes: 0, raw: bytes.length };
		},
		join: async (folder, _, place) => {
			const { nameOf } = await plan();
			const count = sizeOf(spec.shape.slice(0, 1));
			await requireNoMore(name, count);
			const together = partsFolder(place);
			await mkdir(together).catch((cause) => {
				throw fileError(name, "write", cause);
			});
			for (let z = 0; z < count; z++) await alsoAt(join(folder, nameOf(z)), join(together, nameOf(z)));
		},
	};
}
