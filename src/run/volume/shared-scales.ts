/**
 * Coarser scales of a streamed output, by all who have come to its end: each scale in runs of units, one scale after the other.
 *
 * Records tell which runs are made of the blocks as they are; units that are merely there may be older.
 *
 * @module
 */
import { throwIfAborted } from "../../core/errors.ts";
import type { Slab } from "../../preprocess/survey-slab.ts";
import { inLanes } from "../../volume/lanes.ts";
import type { ScaleWork } from "../../volume/volume.ts";
import { type ScaleWish, spreadOutputScales } from "../scales.ts";
import { type Closing, stepName } from "./closing.ts";
import { SlabRecords } from "./slab-records.ts";
import type { Target } from "./targets.ts";

/** Runs that the units of a scale are cut to, at most. */
const RUNS = 256;

/** Units done at once. */
const AT_ONCE = 2;

/** Builds the scales of a target with the others; they are there then, or the output is finished. @throws VOLUME, CANCELLED, RUN */
export async function shareScales(
	{ path, format, spec, product }: Target,
	wish: ScaleWish,
	{ pass }: Closing,
	onUnits: (done: number, total: number) => void,
): Promise<void> {
	const kind = product.name === "labels" ? "segmentation" : "image";
	const { signal } = pass;
	const spread = async (work: ScaleWork) => {
		const records = new SlabRecords<true>({
			...pass,
			name: stepName(product.name, `scale-${work.level}`),
			slabs: runsOf(work.units),
			voxelsOf: ([from, to]) => to - from,
			perform: ([from, to], onDone) => buildRun(work, from, to, onDone, signal),
			pack: () => ({ version: 1 }),
			unpack: (value) => (value === undefined ? undefined : true),
			onVoxels: (done) => onUnits(done, work.units),
		});
		await records.complete();
	};
	await spreadOutputScales(path, format, spec, wish, kind, { spread, ...(signal === undefined ? {} : { signal }) });
}

function runsOf(units: number): readonly Slab[] {
	const size = Math.max(1, Math.ceil(units / RUNS));
	return Array.from(
		{ length: Math.ceil(units / size) },
		(_, n) => [n * size, Math.min(units, (n + 1) * size)] as const,
	);
}

async function buildRun(
	work: ScaleWork,
	from: number,
	to: number,
	onDone: (units: number) => void,
	signal: AbortSignal | undefined,
): Promise<true> {
	let done = 0;
	const units = Array.from({ length: to - from }, (_, n) => from + n);
	await inLanes(units, AT_ONCE, async (unit) => {
		throwIfAborted(signal);
		await work.build(unit);
		onDone(++done);
	});
	return true;
}
