/**
 * Scores predictions against labels, case by case, in bounded memory.
 *
 * All cases are counted first, then compared in one way: what they are compared as is decided over all of them.
 *
 * @module
 */
import type { DType } from "../core/dtype.ts";
import { errorText, isNnvolError, NnvolError } from "../core/errors.ts";
import type { Zyx } from "../core/shape.ts";
import type { Connectivity } from "../image/components.ts";
import { openVolume } from "../volume/formats.ts";
import type { IoOptions } from "../volume/volume.ts";
import { type CaseScore, scoreTable, THRESHOLDS } from "./case-scores.ts";
import { type Compare, type Comparison, DISAGREE, decide, idsDisagree, knownSides, type Predicted } from "./compare.ts";
import { countVolumes, type OnCounted, requireSameShape } from "./count-volumes.ts";
import { type LabelVolume, labelVolume } from "./label-volume.ts";
import { objectsOfMask } from "./objects-of-mask.ts";
import { type Table, tableOf } from "./table.ts";

/** A prediction and its labels. */
export type ScoredPair = { readonly id: string; readonly prediction: string; readonly label: string };

/** A side whose masks' connected components are taken as objects. */
export type MaskSide = "label" | "prediction";

/** How to score. */
export type ScoreOptions = {
	readonly compare: Compare;
	/** Sides whose masks' connected components are taken as objects. */
	readonly components: readonly MaskSide[];
	readonly connectivity: Connectivity;
	/** Voxels with these true labels do not count. */
	readonly ignored: readonly bigint[];
	readonly thresholds?: readonly number[];
	readonly predicted?: Predicted;
	/** Data set inside each prediction, or each label file. */
	readonly datasets?: { readonly label?: string; readonly prediction?: string };
};

/** A case and its scores. */
export type ScoredCase = ScoredPair & { readonly shape: Zyx; readonly table: Table; readonly scores: CaseScore };

/** A case that could not be scored. */
export type UnscoredCase = { readonly id: string; readonly error: string };

/** What came of it. */
export type ScoringResult = {
	readonly comparison: Comparison;
	readonly notes: readonly string[];
	readonly cases: readonly ScoredCase[];
	readonly failed: readonly UnscoredCase[];
};

/** Told while a case is counted. */
export type OnScoring = (id: string, done: number, total: number) => void;

type Counted = ScoredPair & {
	readonly shape: Zyx;
	readonly table: Table;
	readonly dtypes: { readonly truth: DType; readonly found: DType };
};

/**
 * Scores `pairs`. A case that cannot be read or compared is told in `failed`; the others are scored.
 *
 * @throws CANCELLED; UNBUILT; INPUT where classes are asked for and the volumes hold too many
 */
export async function scoreCases(
	pairs: readonly ScoredPair[],
	options: ScoreOptions,
	onScoring: OnScoring = () => undefined,
	signal?: AbortSignal,
): Promise<ScoringResult> {
	const io = signal === undefined ? {} : { signal };
	const counted: Counted[] = [];
	const failed: UnscoredCase[] = [];
	for (const pair of pairs) {
		try {
			counted.push(
				await countCase(pair, options, { ...io, onCounted: (done, total) => onScoring(pair.id, done, total) }),
			);
		} catch (error) {
			if (!isNnvolError(error, "VOLUME")) throw error;
			failed.push({ id: pair.id, error: errorText(error) });
		}
	}
	const { labels, predictions } = knownSides(counted);
	const { comparison, notes } = decide(options.compare, labels, predictions, options.predicted);
	const cases = counted.map(({ id, prediction, label, shape, table }) => ({
		id,
		prediction,
		label,
		shape,
		table,
		scores: scoreTable(table, comparison, options.thresholds ?? THRESHOLDS),
	}));
	const isGuess =
		options.compare === "auto" && comparison === "classes" && idsDisagree(counted.map(({ table }) => table));
	return { comparison, notes: isGuess ? [...notes, DISAGREE] : notes, cases, failed };
}

/** Opens a pair's volumes, with objects made of masks where that is asked for, while `use` is at work. @throws VOLUME, UNBUILT */
export async function withPair<T>(
	{ prediction, label }: ScoredPair,
	{ components, connectivity, datasets }: ScoreOptions,
	io: IoOptions,
	use: (truth: LabelVolume, found: LabelVolume) => Promise<T>,
): Promise<T> {
	const open = (path: string, dataset: string | undefined) =>
		openVolume(path, dataset === undefined ? io : { ...io, dataset });
	const truth = await open(label, datasets?.label);
	try {
		const found = await open(prediction, datasets?.prediction);
		try {
			const [a, b] = [labelVolume(truth), labelVolume(found)];
			requireSameShape(a, b);
			const objects = (side: MaskSide, volume: LabelVolume) =>
				components.includes(side) ? objectsOfMask(volume, connectivity, io) : volume;
			return await use(await objects("label", a), await objects("prediction", b));
		} finally {
			await found.close();
		}
	} finally {
		await truth.close();
	}
}

function countCase(
	pair: ScoredPair,
	options: ScoreOptions,
	io: IoOptions & { readonly onCounted: OnCounted },
): Promise<Counted> {
	return withPair(pair, options, io, async (truth, found) => {
		const counts = await countVolumes(truth, found, io);
		const table = tableOf(counts, new Set(options.ignored.map((id) => BigInt.asUintN(64, id))));
		requireVoxels(pair, table);
		requirePositive(table, truth, found);
		return { ...pair, shape: truth.shape, table, dtypes: { truth: truth.dtype, found: found.dtype } };
	});
}

/** @throws VOLUME where every voxel is ignored */
function requireVoxels({ label }: ScoredPair, table: Table): void {
	if (table.total > 0) return;
	throw new NnvolError("VOLUME", `${label}: every voxel has an ignored label, so nothing can be scored`, {
		fields: { path: label },
	});
}

/** @throws VOLUME where a signed volume has a negative label that is not ignored */
function requirePositive(table: Table, truth: LabelVolume, found: LabelVolume): void {
	for (const [side, { path, dtype }] of [
		[table.truth, truth],
		[table.found, found],
	] as const) {
		const negative = dtype.startsWith("u") ? undefined : side.ids.find((id) => BigInt.asIntN(64, id) < 0n);
		if (negative === undefined) continue;
		throw new NnvolError(
			"VOLUME",
			`${path}: expected labels of 0 or more, found ${BigInt.asIntN(64, negative)}; if it marks voxels that do not count, ignore it (--ignore, score.ignore)`,
			{ fields: { path } },
		);
	}
}
