/**
 * What is made of values that were streamed: objects or masks, in the place of the case's output.
 *
 * @module
 */

import { rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import type { Zyx } from "../../core/shape.ts";
import { placeOf, shapeAt } from "../../decode/volume/voxel-place.ts";
import type { RegionTable } from "../../image/region-table.ts";
import type { PlannedCase } from "../../plan/plan.ts";
import type { Placement } from "../../preprocess/placement.ts";
import { turnShape } from "../../preprocess/reorient.ts";
import { openVolume } from "../../volume/formats.ts";
import { forgetRuns } from "../block-records.ts";
import type { DecodeOptions } from "../decode/decode-options.ts";
import { decodeVolume } from "../decode/decode-volume.ts";
import { type Ledger, recordName } from "../ledger.ts";
import { objectTablePath, writeRegions, writtenSpacing } from "../object-table.ts";
import type { RunOptions } from "../run-options.ts";
import type { AfterPass } from "./after-pass.ts";
import { automaticMemory, heldMemory, reserveOf } from "./memory.ts";
import type { OpenVolumeCase } from "./open-case.ts";
import { VolumeEvents } from "./volume-events.ts";

/** More threads wait for the disk. */
const MOST_WORKERS = 4;

/** Makes the output of `entry` of the values at `values`. @throws VOLUME, RUN, CONFIG, CANCELLED */
export async function makeObjects(
	entry: PlannedCase,
	values: string,
	after: AfterPass,
	{ image }: Pick<OpenVolumeCase, "image">,
	options: RunOptions,
): Promise<void> {
	const { signal, layout, overwrite, claims } = options;
	const reader = await openVolume(values);
	await reader.close();
	const place = placeOf(reader.info, 1);
	const events = new VolumeEvents(entry.id, options.onEvent);
	const memory = options.memory ?? automaticMemory();
	const { spacing, geometry } = image.placement;
	const report = await decodeVolume(
		place,
		{ path: entry.output, format: entry.format },
		after.program(shapeAt(place, reader.info).shape[0], spacingInFile(image)),
		{
			memory: Math.max(memory / 4, memory - heldMemory() - reserveOf(memory)),
			workers: Math.min(MOST_WORKERS, availableParallelism()),
			overwrite,
			isOwn: true, // the record of the case says whose it is
			...(after.objects === undefined ? {} : { ids: after.objects.dtype }),
			...tableWish(entry, shapeAt(place, reader.info).shape, after, image.placement, options),
			world: { ...(spacing === undefined ? {} : { spacing }), ...(geometry === undefined ? {} : { geometry }) },
			onBlock: (phase, done, total) => events.phase(phase)(done, total),
			...(layout === undefined ? {} : { layout }),
			...(claims === undefined ? {} : { claims }),
			...(after.pyramid === undefined ? {} : { pyramid: after.pyramid }),
			...(signal === undefined ? {} : { signal }),
		},
	);
	if (!report.skipped && after.program(1).kind !== "binary") events.note(`${entry.id}: ${report.objects} objects`);
}

/** Extents of a voxel along the file's axes, as steps in memory take them: those that the user gave overrule the file's. */
function spacingInFile({ spacing, placement }: OpenVolumeCase["image"]): Zyx | undefined {
	return spacing === undefined ? undefined : turnShape(spacing, placement.turn);
}

/** The table of the objects, where it is wanted. */
function tableWish(
	{ output }: PlannedCase,
	shape: Zyx,
	{ objects }: AfterPass,
	placement: Placement,
	{ objectTable: format }: RunOptions,
): Pick<DecodeOptions, "objects"> {
	if (format === undefined || objects === undefined) return {};
	const facts = { shape, spacing: writtenSpacing(placement), hasProbability: true };
	const take = (regions: RegionTable) => writeRegions(objectTablePath(output, format), regions, facts);
	return { objects: { channel: objects.channel, take } };
}

/** Takes the values away, with their records: only once the output is recorded as done. */
export async function dropValues({ output }: PlannedCase, folder: string, ledger: Ledger): Promise<void> {
	await forgetRuns(folder, recordName(ledger, output));
	await rm(output, { recursive: true, force: true });
}
