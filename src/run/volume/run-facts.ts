/**
 * What a streamed run is, in one place: what it works with, and what is saved beside its records.
 *
 * @module
 */

import type { Plan } from "../../plan/plan.ts";
import type { VolumeFacts, VolumePlan } from "../../plan/volume-plan.ts";
import type { RunFacts } from "../block-facts.ts";
import type { Checked } from "../checked.ts";
import type { Claims } from "../claims/claims.ts";
import { type Ledger, recordName } from "../ledger.ts";
import type { Engine } from "../planned-case.ts";
import type { RunOptions } from "../run-options.ts";
import type { OpenVolumeCase } from "./open-case.ts";
import type { UnitShare } from "./unit-queue.ts";

/** What volumes are run with. */
export type VolumeRun = {
	readonly plan: Plan;
	readonly ledger: Ledger;
	readonly engine: Engine;
	readonly options: RunOptions;
	/** Why it is streamed, in words that follow its extents; told where it is said. */
	readonly why?: string;
	/** The share of this worker, where it is one of several. */
	readonly share?: VolumeShare;
	/** True where another worker has finished the output by now, and its values may be gone. */
	readonly isDone?: () => Promise<boolean>;
	/** What is chosen otherwise than by memory and size; it never changes a voxel. */
	readonly choices?: VolumeChoices;
};

/** A worker's share of a volume. */
export type VolumeShare = UnitShare & {
	/** Workers that units are made for; the same for all of them. */
	readonly workers: number;
	readonly lease: number;
	/** True where it puts the volume together if it finds it done. */
	readonly finish: boolean;
	/** True where it does no block. */
	readonly closesOnly: boolean;
};

/** How a volume is cut for work. */
export type VolumeChoices = {
	/** True: reading and writing on the calling thread, for small volumes. */
	readonly inline?: boolean;
	/** Where several workers share the input: what is staged of it is staged by one of them. */
	readonly fence?: Claims;
	/** False: what another worker is unpacking is not waited for, `isUnpackedElsewhere` tells. */
	readonly waits?: boolean;
	/** Voxels of a block at most. It is part of what records belong to. */
	readonly blockVoxels?: number;
	/** Voxels that a worker measures at a time, about, where several share the volume; the same for all of them. */
	readonly surveyVoxels?: number;
	/** Bytes of a part that a staged output is put together from, about; the same for all who share it. */
	readonly partBytes?: number;
	readonly planOf?: (facts: VolumeFacts) => VolumePlan;
};

/** The facts of a run of one volume. */
export function factsOfRun(
	{ entry, inputs }: Checked,
	{ layout, targets }: Pick<OpenVolumeCase, "layout" | "targets">,
	{ plan, ledger, options }: Pick<VolumeRun, "plan" | "ledger" | "options">,
): RunFacts {
	const { attributes, invocation } = options;
	return {
		version: 1,
		nnvol: String(attributes["nnvol"] ?? ""),
		plan: plan.hash,
		model: plan.model,
		settings: plan.settings,
		inputs,
		files: entry.files,
		grid: { shape: layout.grid.shape, block: layout.grid.block },
		products: targets.map(({ product, path, format, spec, staged }) => ({
			name: product.name,
			path: recordName(ledger, path),
			format,
			...(spec.dataset === undefined ? {} : { dataset: spec.dataset }),
			dtype: spec.dtype,
			shape: spec.shape,
			...(spec.layout === undefined ? {} : { layout: spec.layout }),
			...(staged === undefined ? {} : { staged: recordName(ledger, staged) }),
		})),
		...(invocation === undefined ? {} : { invocation }),
		// one of several workers leaves its report with those of the others
		...(options.worker === undefined ? { report: `.nnvol/report${options.share}.json` } : {}),
	};
}
