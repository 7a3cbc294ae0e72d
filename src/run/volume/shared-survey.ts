/**
 * The survey of a volume by several workers: slab by slab, then put together by one of them.
 *
 * First the box of what is not zero, with the figures of all slabs in the hope that it is the whole; where it is not, a second pass
 * over the box. Sections that are predicted by themselves take one pass. What comes out has the bits of a survey by one worker.
 *
 * @module
 */
import { rmdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type Box, wholeBox } from "../../core/box.ts";
import { voxelsOf } from "../../preprocess/bricks.ts";
import { joinFigures, type PartFigures } from "../../preprocess/part-figures.ts";
import { packFigures, packSlab, unpackFigures, unpackSlab } from "../../preprocess/slab-json.ts";
import { type Survey, type SurveyNeeds, type SurveyOptions, surveySlabSections } from "../../preprocess/survey.ts";
import { packBox, packedBox, packSurveys, unpackBox, unpackSurveys } from "../../preprocess/survey-json.ts";
import {
	boxInSlab,
	joinSlabs,
	measureSlab,
	type Slab,
	type SlabSurvey,
	surveySlab,
	tellsCrop,
} from "../../preprocess/survey-slab.ts";
import type { VoxelSource } from "../../preprocess/voxel-source.ts";
import { within } from "../claims/within.ts";
import type { StateStore } from "../state-store.ts";
import { parsed, type SlabPass, SlabRecords, type SurveyShare } from "./slab-records.ts";

/** What is surveyed, and where the end of it is kept. */
export type SharedSurvey = {
	readonly source: VoxelSource;
	readonly slabs: readonly Slab[];
	readonly needs: SurveyNeeds;
	readonly state: StateStore;
	/** Of the records of slabs, within `state`. */
	readonly folder: string;
	/** What was kept by anybody. */
	readonly known: () => Promise<readonly Survey[] | undefined>;
	readonly keep: (found: readonly Survey[]) => Promise<void>;
	readonly share: SurveyShare;
	readonly options: SurveyOptions;
};

/** Surveys sections by themselves, with the others. @throws VOLUME, CANCELLED; RUN where workers die over a slab again and again */
export async function shareSections(shared: SharedSurvey): Promise<readonly Survey[]> {
	const { source, needs, options, known } = shared;
	const whole = voxelsOf(wholeBox(source.shape));
	const voxels = (slab: Slab) => voxelsInSlab(wholeBox(source.shape), slab);
	const records = new SlabRecords<readonly Survey[]>({
		...passOf(shared, "sections", (done) => options.onProgress?.(done, whole)),
		isOver: async () => (await known()) !== undefined,
		voxelsOf: voxels,
		perform: (slab, onProgress) => surveySlabSections(source, slab, needs, { ...boundsOf(options), onProgress }),
		pack: packSurveys,
		unpack: unpackSurveys,
	});
	return until(known, () => joined(shared, "sections", records, (parts) => finish(shared, parts.flat())));
}

/** Surveys a volume, with the others. @throws VOLUME, CANCELLED; RUN where workers die over a slab again and again */
export async function shareVolume(shared: SharedSurvey): Promise<readonly Survey[]> {
	const { source, needs, known } = shared;
	return until(known, async () => {
		const box = await readCrop(shared);
		if (box !== undefined) {
			const records = new SlabRecords(boxPass(shared, box));
			const end = (parts: readonly PartFigures[]) => finish(shared, [{ version: 1, box, ...joinFigures(parts) }]);
			await joined(shared, "box", records, end);
			return;
		}
		await joined(shared, "whole", new SlabRecords(wholePass(shared)), async (parts) => {
			const found = joinSlabs(source.shape, needs, parts);
			if (found.survey === undefined) await keepCrop(shared, found.box);
			else await finish(shared, [found.survey]);
		});
	});
}

/** Takes steps until what they are for is known. */
async function until<T>(known: () => Promise<T | undefined>, step: () => Promise<void>): Promise<T> {
	for (let found = await known(); ; found = await known()) {
		if (found !== undefined) return found;
		await step();
	}
}

/** Completes a pass with the others; one of them puts it together. Where a record was damaged it is to be done again. */
async function joined<T>(
	{ share, options }: SharedSurvey,
	name: string,
	records: SlabRecords<T>,
	end: (parts: readonly T[]) => Promise<void>,
): Promise<void> {
	await records.complete();
	const join = async () => {
		if (await records.isOver()) return;
		const parts = await records.readAll();
		if (parts !== undefined) await end(parts);
	};
	await within(share.claims, `survey-${name}-join`, join, options.signal);
}

/** Keeps the surveys; what they were made of goes. */
async function finish({ state, folder, keep }: SharedSurvey, surveys: readonly Survey[]): Promise<void> {
	await keep(surveys);
	const { files } = await state.list(folder);
	await state.remove(files.map((name) => `${folder}/${name}`));
	if (!state.isRemote) await rmdir(join(state.root, folder)).catch(() => undefined); // somebody may look into it
}

function wholePass(shared: SharedSurvey): SlabPass<SlabSurvey> {
	const { source, slabs, needs, options, known } = shared;
	const whole = voxelsOf(wholeBox(source.shape));
	const pass: SlabPass<SlabSurvey> = {
		...passOf(shared, "whole", (done) => options.onProgress?.(done, whole)),
		isOver: async () => (await readCrop(shared)) !== undefined || (await known()) !== undefined,
		voxelsOf: (slab) => voxelsInSlab(wholeBox(source.shape), slab),
		perform: async (slab, onVoxels) => {
			const isHopeless = await crop.isKnown();
			return surveySlab(source, slab, needs, { ...boundsOf(options), isHopeless, onVoxels });
		},
		pack: packSlab,
		unpack: unpackSlab,
	};
	const crop = new CropNews(new SlabRecords(pass), slabs, source.shape[0]);
	return pass;
}

function boxPass(shared: SharedSurvey, box: Box): SlabPass<PartFigures> {
	const { source, slabs, needs, options, known } = shared;
	const whole = voxelsOf(wholeBox(source.shape));
	const total = whole + voxelsOf(box);
	const partOf = (slab: Slab): Box => {
		const part = boxInSlab(box, slab);
		if (part === undefined) throw new RangeError("survey: a slab beside the box");
		return part;
	};
	return {
		...passOf(shared, "box", (done) => options.onProgress?.(whole + done, total)),
		slabs: slabs.filter((slab) => boxInSlab(box, slab) !== undefined),
		isOver: async () => (await known()) !== undefined,
		voxelsOf: (slab) => voxelsInSlab(box, slab),
		perform: (slab, onVoxels) => measureSlab(source, partOf(slab), needs, { ...boundsOf(options), onVoxels }),
		pack: packFigures,
		unpack: unpackFigures,
	};
}

function passOf({ slabs, state, folder, share, options }: SharedSurvey, name: string, onVoxels: (n: number) => void) {
	return { kind: "survey" as const, name, slabs, state, folder, share, signal: options.signal, onVoxels };
}

function boundsOf({ bytes, signal }: SurveyOptions): Pick<SurveyOptions, "bytes" | "signal"> {
	return signal === undefined ? { bytes } : { bytes, signal };
}

function voxelsInSlab(box: Box, slab: Slab): number {
	const part = boxInSlab(box, slab);
	return part === undefined ? 0 : voxelsOf(part);
}

/** Whether the outermost slabs, once anybody has recorded them, tell that the image is cropped. */
class CropNews {
	readonly #records: SlabRecords<SlabSurvey>;
	readonly #slabs: readonly Slab[];
	readonly #depth: number;
	readonly #open: Set<number>;
	#isCropped = false;

	constructor(records: SlabRecords<SlabSurvey>, slabs: readonly Slab[], depth: number) {
		this.#records = records;
		this.#slabs = slabs;
		this.#depth = depth;
		this.#open = new Set([0, slabs.length - 1]);
	}

	async isKnown(): Promise<boolean> {
		for (const n of this.#isCropped ? [] : this.#open) {
			const slab = this.#slabs[n];
			const found = await this.#records.read(n);
			if (found === undefined || slab === undefined) continue;
			this.#open.delete(n);
			this.#isCropped ||= tellsCrop(found, slab, this.#depth);
		}
		return this.#isCropped;
	}
}

const crop = z.object({ version: z.literal(1), box: packedBox });

async function readCrop({ state, folder }: SharedSurvey): Promise<Box | undefined> {
	const { data } = crop.safeParse(parsed((await state.read(`${folder}/crop.json`)) ?? ""));
	return data === undefined ? undefined : unpackBox(data.box);
}

/** Keeps the box, for the second pass. */
async function keepCrop({ state, folder }: SharedSurvey, box: Box): Promise<void> {
	const found: z.input<typeof crop> = { version: 1, box: packBox(box) };
	await state.write(`${folder}/crop.json`, `${JSON.stringify(found)}\n`);
}
