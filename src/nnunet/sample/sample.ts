/**
 * Chooses the regions of predicted volumes that are least sure, for people to label, and cuts them out as a data set of nnU-Net's.
 *
 * Volumes are read once, from front to back; the data set appears whole or not at all.
 *
 * @module
 */
import { join } from "node:path";
import type { Box } from "../../core/box.ts";
import { NnvolError } from "../../core/errors.ts";
import { sameShape, shapeText, type Zyx } from "../../core/shape.ts";
import { type Dataset, labelScheme, readDataset } from "../../model/dataset.ts";
import { openVolume } from "../../volume/formats.ts";
import type { FormatName, IoOptions } from "../../volume/volume.ts";
import { holds, readerOf } from "../prediction-folder.ts";
import { type ChooseOptions, type Chosen, choose, type Ranked } from "./choose.ts";
import { type FindOptions, findSampledCases, type SampledCase } from "./find-cases.ts";
import { openScores } from "./open-scores.ts";
import { rankCase } from "./rank-case.ts";
import type { Sample, SampleRecord } from "./sample-files.ts";
import { type Measure, MOST } from "./score-source.ts";
import { spatialOf } from "./spatial.ts";
import { readTaken, type TakenRegions } from "./taken.ts";
import { writeSample } from "./write-sample.ts";
import { writtenAs } from "./written-as.ts";

/** What is asked for. */
export type SampleRequest = IoOptions &
	FindOptions &
	Omit<ChooseOptions, "overlap"> & {
		/** An image, a folder, a glob or a list of them. */
		readonly input: string;
		/** The folder of predictions, or the one of the one case. */
		readonly prediction: string;
		/** Extents of a region, z, y, x; of 2D images the last two count. The usual ones where it is left out. */
		readonly size?: Zyx;
		/** Step between the places looked at, as a part of the size. */
		readonly stride: number;
		readonly overlap: number;
		readonly quantile?: number;
		/** Where the data set goes; nothing is cut out where it is left out. */
		readonly folder?: string;
		/** Format of the regions; that of the images where it is left out. */
		readonly format?: FormatName;
		/** Array of the images, of files with several. */
		readonly inputDataset?: string;
		/** The model's dataset.json; that among the predictions where it is left out. */
		readonly dataset?: string;
		/** `samples.json` of earlier samples: their regions are not chosen again. */
		readonly except?: readonly string[];
		/** Bytes that volumes may take. */
		readonly memory: number;
		/** Cases that were read, parts of the one in hand counted. */
		readonly onProgress?: (done: number, total: number) => void;
	};

/** What was chosen, and what the user should know. */
export type SampleReport = { readonly record: SampleRecord; readonly notes: readonly string[] };

/** Extents of a region where nobody says them: of volumes, and of single sections. */
const USUAL: Zyx = [32, 128, 128];
const USUAL_2D: Zyx = [1, 256, 256];

/** Chooses regions and, with `folder`, cuts them out. @throws INPUT, CONFIG, VOLUME, UNBUILT, CANCELLED */
export async function sampleRegions(request: SampleRequest): Promise<SampleReport> {
	const { cases, measure, folder, notes } = await findSampledCases(request.input, request.prediction, request);
	const dataset = await datasetFor(folder, request.dataset);
	await requireUnturned(folder, cases);
	const exclusive = dataset === undefined || labelScheme(dataset).kind === "labels";
	const written = request.folder === undefined ? undefined : await writtenAs(cases, request.format);
	const taken = await readTaken(request.except ?? []);
	const ranked = await rankAll(cases, measure, exclusive, taken, request);
	const chosen = choose(
		ranked.map(({ regions }) => regions),
		request,
	);
	const record = recordOf(chosen, cases, ranked, measure, request);
	const few =
		chosen.length < request.count
			? [
					`${chosen.length} regions were found, fewer than the ${request.count} asked for: the images hold no more that do not overlap`,
				]
			: [];
	if (request.folder === undefined || written === undefined) return { record, notes: [...notes, ...few] };
	const whole = { ...record, scale: written.isFloat ? 1 : MOST[measure] / 255 };
	const { folder: target, memory, inputDataset, signal } = request;
	await writeSample(whole, cases, {
		...written,
		folder: target,
		exclusive,
		memory,
		...(dataset === undefined ? {} : { dataset }),
		...(inputDataset === undefined ? {} : { inputDataset }),
		...(signal === undefined ? {} : { signal }),
	});
	return { record: whole, notes: [...notes, ...few] };
}

async function datasetFor(folder: string, path: string | undefined): Promise<Dataset | undefined> {
	if (path !== undefined) return readDataset(path);
	return (await holds(folder, "dataset.json")) ? readDataset(join(folder, "dataset.json")) : undefined;
}

/** @throws UNBUILT where probabilities lie in another order than the files */
async function requireUnturned(folder: string, cases: readonly SampledCase[]): Promise<void> {
	if (cases.every(({ scores }) => scores.kind !== "probabilities")) return;
	const reader = await readerOf(folder, {});
	if (reader?.includes("Reorient") !== true) return;
	throw new NnvolError(
		"UNBUILT",
		`${folder}: probabilities of ${reader} lie in turned axes, and finding regions by them is not built; write uncertainty (inference.data.outputs), which lies as the image does`,
	);
}

type RankedCase = {
	readonly regions: Ranked;
	readonly asked: Zyx;
	readonly stride: Zyx;
	/** True of an image of one section. */
	readonly isFlat: boolean;
};

async function rankAll(
	cases: readonly SampledCase[],
	measure: Measure,
	exclusive: boolean,
	taken: TakenRegions,
	request: SampleRequest,
): Promise<RankedCase[]> {
	const { quantile, count, signal, memory } = request;
	const found: RankedCase[] = [];
	for (const one of cases) {
		const source = await openScores(one.scores, exclusive);
		try {
			await requireSameSpace(one, source.shape, request);
			const asked = request.size ?? (source.shape[0] === 1 ? USUAL_2D : USUAL);
			const stride = strideOf(asked, request.stride);
			const options = {
				size: asked,
				stride,
				most: MOST[measure],
				count,
				isTaken: (start: Zyx, size: Zyx) => taken.isTaken(one.id, start, size, request.overlap),
				...(quantile === undefined ? {} : { quantile }),
			};
			const onProgress = (done: number, total: number) =>
				request.onProgress?.(found.length + done / total, cases.length);
			const regions = await rankCase(source, options, {
				memory,
				onProgress,
				...(signal === undefined ? {} : { signal }),
			});
			found.push({ regions, asked, stride, isFlat: source.shape[0] === 1 });
		} finally {
			await source.close();
		}
	}
	return found;
}

function strideOf([z, y, x]: Zyx, part: number): Zyx {
	const along = (extent: number) => Math.max(1, Math.round(extent * part));
	return [along(z), along(y), along(x)];
}

/** @throws INPUT where images, labels and scores of a case have other extents */
async function requireSameSpace(
	{ id, files, labels, scores }: SampledCase,
	shape: Zyx,
	request: SampleRequest,
): Promise<void> {
	for (const path of [...files, labels]) {
		const dataset = path === labels ? undefined : request.inputDataset;
		const reader = await openVolume(path, dataset === undefined ? {} : { dataset });
		await reader.close();
		const own = spatialOf(reader.info).shape;
		if (!sameShape(own, shape)) {
			throw new NnvolError(
				"INPUT",
				`case ${id}: ${path} has ${shapeText(own)} voxels and ${scores.path} ${shapeText(shape)} (z, y, x); name the prediction of this image`,
				{ fields: { case: id, path } },
			);
		}
		if (path === labels && !/^u?int/.test(reader.info.dtype)) {
			throw new NnvolError(
				"INPUT",
				`case ${id}: ${path} holds ${reader.info.dtype}, no labels; write them as well (inference.data.outputs: [labels, ...])`,
				{ fields: { case: id, path } },
			);
		}
	}
}

function boxOf({ region, size }: Chosen): Box {
	return { start: [...region.start], stop: region.start.map((from, axis) => from + (size[axis] ?? 1)) };
}

function recordOf(
	chosen: readonly Chosen[],
	cases: readonly SampledCase[],
	ranked: readonly RankedCase[],
	measure: Measure,
	{ quantile, overlap, spread, perCase }: SampleRequest,
): SampleRecord {
	const [first] = ranked;
	const samples = chosen.flatMap((one, n): Sample[] => {
		const from = cases[one.index];
		if (from === undefined) return [];
		const { start, stop } = boxOf(one);
		const { id, files, labels, scores } = from;
		const { score, mean } = one.region;
		return [
			{
				rank: n + 1,
				name: nameOf(id, start, ranked[one.index]?.isFlat === true),
				case: id,
				files,
				labels,
				scores: scores.path,
				start,
				stop,
				score,
				mean,
			},
		];
	});
	return {
		version: 1,
		measure,
		most: MOST[measure],
		by: quantile === undefined ? "mean" : "quantile",
		...(quantile === undefined ? {} : { quantile }),
		size: first?.asked ?? [],
		stride: first?.stride ?? [],
		overlap,
		spread,
		...(perCase === undefined ? {} : { perCase }),
		samples,
	};
}

/** `ID_z12_y256_x512`, of a single section `ID_y256_x512`: no four digits at the end, which would read as a channel. */
function nameOf(id: string, [z = 0, y = 0, x = 0]: readonly number[], isFlat: boolean): string {
	return `${id}${isFlat ? "" : `_z${z}`}_y${y}_x${x}`;
}
