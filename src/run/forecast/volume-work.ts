/**
 * The work of a case that is streamed.
 *
 * @module
 */
import { boxShape } from "../../core/box.ts";
import { DTYPES } from "../../core/dtype.ts";
import { sizeOf, type Zyx, zyx } from "../../core/shape.ts";
import { headsOf } from "../../export/labels.ts";
import { blockBoxAt, blockIdAt } from "../../plan/volume-layout.ts";
import type { VolumeFacts } from "../../plan/volume-plan.ts";
import { type BlockPlace, columnRuns, placesOf } from "../../plan/volume-runs.ts";
import { volumeUnits } from "../../plan/volume-units.ts";
import { type VolumeWork, workOf } from "../../plan/volume-work.ts";
import { placeOf } from "../../preprocess/subject.ts";
import type { Survey } from "../../preprocess/survey.ts";
import { chunkShapeOf } from "../../volume/chunking.ts";
import { pyramidLevels } from "../../volume/zarr/pyramid.ts";
import { runKey } from "../block-facts.ts";
import { knownRuns, readBlockRecords, requireSameRun } from "../block-records.ts";
import type { Checked } from "../checked.ts";
import { type Ledger, recordName } from "../ledger.ts";
import type { RunOptions } from "../run-options.ts";
import { scaleCount } from "../scales.ts";
import { automaticMemory, heldMemory, planWithin, reserveOf } from "../volume/memory.ts";
import { layOut, type OpenVolumeCase } from "../volume/open-case.ts";
import { openOverlays } from "../volume/overlays.ts";
import { expectedPlace } from "../volume/parts.ts";
import { factsOfRun, type VolumeRun } from "../volume/run-facts.ts";
import { knownSurveys } from "../volume/survey-store.ts";
import { volumeFacts } from "../volume/volume-facts.ts";
import type { CaseWork, NetworkForecast, PassForecast, StreamForecast } from "./forecast.ts";
import type { Look } from "./look.ts";
import { type MeasuredNetwork, secondsOf } from "./measured-network.ts";

/** What a case is foreseen with. */
export type Foresight = {
	readonly plan: VolumeRun["plan"];
	readonly ledger: Ledger;
	readonly options: RunOptions;
	/** Workers that streamed volumes are cut for; 1: they are not. */
	readonly cut: number;
	/** Absent where the network is not loaded. */
	readonly measured?: MeasuredNetwork;
};

/** A case, and how its outputs and blocks lie. */
type Laid = Look & Pick<OpenVolumeCase, "targets" | "layout">;

/** Foresees a case that is streamed. @throws CONFIG where it does not fit; UNBUILT, INPUT, VOLUME */
export async function foreseeVolume(one: Checked, seen: Look, why: string, sight: Foresight): Promise<CaseWork> {
	const { plan, options, measured } = sight;
	const look: Laid = { ...seen, ...(await layOut(seen.image, one.entry, plan, seen.spec, options, {})) };
	const { settings, layout } = look;
	const surveys = await surveysFor(one, look, plan.folder);
	const place = networkOf(look, surveys);
	const facts = factsOf(look, place, surveys, sight);
	const memory = options.memory ?? automaticMemory();
	const sweep = planWithin(facts, memory, measured?.held ?? heldMemory());
	const done = await doneBlocks(one, look, sight);
	const wanted = await wantedBlocks(look, done);
	const wants = (at: BlockPlace) => wanted.has(blockIdAt(layout, at));
	const work = workOf(facts, columnRuns(layout, sweep, wants));
	const units = volumeUnits(facts, sight.cut)
		.map((unit) => workOf(facts, columnRuns(layout, sweep, wants, unit)))
		.flatMap(({ blocks, tiles }) => (blocks === 0 ? [] : [{ blocks, tiles }]));
	const networkRuns = Math.ceil((work.tiles * settings.views.length) / options.batchSize);
	const reserve = reserveOf(memory);
	return {
		input: inputOf(one, look),
		network: place,
		stream: streamOf(look, { sweep, work, done: done.size, isMost: settings.skipBelow !== undefined }),
		why,
		tiles: sweep.tiles,
		tilesRun: work.tiles,
		twice: sweep.tilesRun / Math.max(1, sweep.tiles) - 1,
		views: settings.views.length,
		networkRuns,
		...(sight.cut > 1 ? { units } : {}),
		passes: passesOf(look, place, surveys !== undefined),
		...bytesOf(look, place, surveys !== undefined, work),
		memory: {
			...(measured === undefined ? {} : { network: measured.held, peak: measured.held + sweep.bytes + reserve }),
			volume: sweep.bytes,
			reserve,
			budget: memory,
		},
		...(measured === undefined ? {} : { seconds: secondsOf(networkRuns, measured) }),
	};
}

/** What is known of a case's files. */
export function inputOf({ inputs, entry }: Checked, { input }: Look): CaseWork["input"] {
	return { ...input, files: entry.files.length, bytes: inputs.reduce((sum, { bytes }) => sum + bytes, 0) };
}

function surveysFor({ inputs }: Checked, look: Look, outputFolder: string): Promise<readonly Survey[] | undefined> {
	const { source, spec, settings, spacing } = look;
	return knownSurveys({ source, spec, settings, spacing, inputs, outputFolder });
}

/** What the network sees: of the crop where that is known. @throws UNBUILT where the model cannot be streamed */
function networkOf(look: Look, surveys: readonly Survey[] | undefined): NetworkForecast {
	const { settings, source, spacing, spec } = look;
	const expected = expectedPlace(look);
	const sections = settings.sectionwise ? source.shape[0] : 1;
	const base = { spacing: expected.spacing.network, isResampled: expected.isResampled, sections };
	const [survey] = surveys ?? [];
	if (survey === undefined || settings.sectionwise) return { ...base, shape: expected.network, isCropped: false };
	const extents = zyx(boxShape(survey.box));
	const shape = expected.isResampled ? placeOf(extents, spacing, spec).shape : extents;
	return { ...base, shape: zyx(shape), isCropped: true };
}

function factsOf(
	look: Laid,
	place: NetworkForecast,
	surveys: readonly Survey[] | undefined,
	{ measured, options }: Foresight,
): VolumeFacts {
	const { source, spec, settings } = look;
	const [survey] = settings.sectionwise ? [] : (surveys ?? []);
	const extents: Zyx = survey === undefined ? source.shape : zyx(boxShape(survey.box));
	const ratio = (axis: 0 | 1 | 2) => (place.isResampled ? place.shape[axis] / extents[axis] : 1);
	const held = place.isResampled
		? ({ dtype: "float32", chunks: zyx(chunkShapeOf(place.shape, "float32")) } as const)
		: { dtype: source.dtype, chunks: source.chunks };
	const parts = {
		source: held,
		network: place.shape,
		scale: [ratio(0), ratio(1), ratio(2)] as const,
		origin: survey === undefined ? zyx([0, 0, 0]) : zyx(survey.box.start),
	};
	return volumeFacts(look, parts, measured ?? { heads: headsOf(spec.labels), lanes: 1 }, options.batchSize);
}

/** Ids that are recorded as done. @throws CONFIG where another run has begun the output */
async function doneBlocks(
	one: Checked,
	look: Laid,
	{ plan, ledger, options }: Foresight,
): Promise<ReadonlySet<number>> {
	if (options.overwrite) return new Set();
	const facts = factsOfRun(one, look, { plan, ledger, options });
	const name = recordName(ledger, one.entry.output);
	if (options.remakeForeign !== true) await requireSameRun(plan.folder, name, facts);
	const known = (await knownRuns(plan.folder, name)).find(({ key }) => key === runKey(facts));
	return known === undefined ? new Set() : (await readBlockRecords(known)).done;
}

/** Ids of the blocks that are to be done. Where the input is empty is not looked at: that reads all of it. */
async function wantedBlocks(look: Laid, done: ReadonlySet<number>): Promise<ReadonlySet<number>> {
	const { image, source, layout, spec, settings } = look;
	const { skipBelow: _, ...rest } = settings;
	const overlays = await openOverlays(image, source, layout, spec, rest, {});
	try {
		const wanted = new Set<number>();
		for (const place of placesOf(layout)) {
			const id = blockIdAt(layout, place);
			if (done.has(id)) continue;
			if (!overlays.isPartial || (await overlays.wants(blockBoxAt(layout, place)))) wanted.add(id);
		}
		return wanted;
	} finally {
		await overlays.close();
	}
}

function streamOf(
	{ layout }: Laid,
	found: {
		readonly sweep: ReturnType<typeof planWithin>;
		readonly work: VolumeWork;
		readonly done: number;
		readonly isMost: boolean;
	},
): StreamForecast {
	const { grid, cuts } = layout;
	const { sweep, work, done, isMost } = found;
	return {
		block: grid.block.map((extent, axis) => Math.min(extent, grid.shape[axis] ?? 1)),
		counts: grid.counts,
		blocks: sizeOf(grid.counts),
		done,
		wanted: work.blocks,
		isMost,
		voxels: work.written,
		columns: [sweep.rows.length, sweep.columns.length],
		layers: cuts[0].length - 1,
		slab: sweep.slab,
	};
}

function passesOf({ unpacked, targets }: Laid, { isResampled }: NetworkForecast, isMeasured: boolean): PassForecast[] {
	const passes: readonly (readonly [PassForecast["name"], boolean, boolean])[] = [
		["unpack", unpacked > 0, false],
		["measure", true, isMeasured],
		["resample", isResampled, false],
		["network", true, false],
		["assemble", targets.some(({ staged }) => staged !== undefined), false],
	];
	return passes.filter(([, is]) => is).map(([name, , isKept]) => ({ name, isKept }));
}

/** What is read, written and staged; voxels unpacked. */
function bytesOf(
	{ source, targets, layout, unpacked, settings, spacing }: Laid,
	place: NetworkForecast,
	isMeasured: boolean,
	{ read, written }: VolumeWork,
): Pick<CaseWork, "bytesRead" | "bytesWritten" | "bytesStaged"> {
	const voxel = source.channels * DTYPES[source.dtype].bytes;
	const all = sizeOf(source.shape) * voxel;
	const resampled = place.isResampled ? sizeOf(place.shape) * source.channels * 4 : 0;
	const perVoxel = (staged: boolean) =>
		targets
			.filter((target) => !staged || target.staged !== undefined)
			.reduce((sum, { product }) => sum + product.channels * DTYPES[product.written].bytes, 0);
	return {
		bytesRead:
			(isMeasured ? 0 : all) + (resampled > 0 ? all : 0) + read * (resampled > 0 ? source.channels * 4 : voxel),
		bytesWritten: Math.round(written * perVoxel(false) * (1 + scalesOf(layout.grid.shape, spacing, settings))),
		bytesStaged: unpacked + resampled + sizeOf(layout.grid.shape) * perVoxel(true),
	};
}

/** Voxels of all coarser scales, as a share of those of the finest. */
function scalesOf(shape: readonly number[], spacing: Laid["spacing"], { pyramid }: Laid["settings"]): number {
	if (pyramid === undefined) return 0;
	const levels = pyramidLevels(shape, "zyx", spacing, 1 + scaleCount(shape, pyramid));
	return levels.slice(1).reduce((sum, level) => sum + sizeOf(level.shape), 0) / sizeOf(shape);
}
