/**
 * Puts the files of a case in place: written beside, flushed, renamed; the main file last.
 *
 * @module
 */
import { rm } from "node:fs/promises";
import { writeAtomically } from "../core/atomic-file.ts";
import { wholeBox } from "../core/box.ts";
import { NnvolError } from "../core/errors.ts";
import { makeFolder } from "../core/folder.ts";
import { shapeText } from "../core/shape.ts";
import type { Output, ProbabilityStore } from "../plan/settings.ts";
import { type Placement, placeFor, restoreAxes, restoreLabels } from "../preprocess/placement.ts";
import { sidecarText } from "../preprocess/spacing.ts";
import { folderOf, formatByName, pathStem } from "../volume/formats.ts";
import { writeNpz } from "../volume/npz/npz.ts";
import { type Pickled, writePickle } from "../volume/npz/pkl.ts";
import { publish, temporaryBeside } from "../volume/publish.ts";
import type { FormatName, VolumeFormat } from "../volume/volume.ts";
import type { CaseArrays } from "./case-output.ts";
import { probabilityPath, writeProbabilities } from "./probability-store.ts";

/** What is written besides the voxels. */
export type FileFacts = {
	readonly format: FormatName;
	/** How results go back to the space of the input: axes, place in the world, spacing. */
	readonly placement: Placement;
	readonly attributes: Readonly<Record<string, string | number | boolean>>;
	/** Properties that nnU-Net's ensemble command reads, kept as `ID.pkl` beside probabilities. */
	readonly properties: Readonly<Record<string, Pickled>>;
	/** How probabilities are kept; nnU-Net's `.npz` where it is undefined. */
	readonly store?: ProbabilityStore;
	/** True: `ID.json` with the spacing, as nnU-Net's Tiff3DIO writes it. */
	readonly spacingFile: boolean;
	readonly signal?: AbortSignal;
};

/** A case's files, written beside their places. `commit` puts them there, the main file last. */
export type PendingFile = { commit(): Promise<void>; discard(): Promise<void> };

/**
 * Writes what goes with the main file, then the main file beside its place, in the space of the input file.
 * Probabilities for nnU-Net's ensemble command stay in the image's space, as that command wants them; others do not.
 *
 * @throws VOLUME
 */
export async function writeCase(path: string, predicted: CaseArrays, facts: FileFacts): Promise<PendingFile> {
	const format = await formatByName(facts.format);
	const { placement } = facts;
	const turned = restoreLabels(restoreAxes(predicted.array, predicted.axes, placement), placement);
	const arrays: CaseArrays = { ...predicted, array: turned };
	requireWritable(path, arrays, format);
	await makeFolder(folderOf(path));
	const companions = await writeCompanions(path, arrays, facts);
	const temporary = temporaryBeside(path);
	const discard = async () => {
		for (const file of [...companions, { temporary }]) await rm(file.temporary, { recursive: true, force: true });
	};
	const writer = await format.create(temporary, {
		dtype: arrays.array.dtype,
		shape: arrays.array.shape,
		axes: arrays.axes,
		attributes: facts.attributes,
		...placeFor(arrays.axes, placement),
		...(placement.spacing === undefined ? {} : { spacing: placement.spacing }),
	});
	try {
		await writer.write(
			wholeBox(arrays.array.shape).start,
			arrays.array,
			facts.signal === undefined ? {} : { signal: facts.signal },
		);
		await writer.finish();
	} catch (error) {
		await writer.discard();
		await discard();
		throw error;
	}
	return {
		commit: async () => {
			for (const file of companions) await publish(file.temporary, file.path);
			await publish(temporary, path);
		},
		discard,
	};
}

/** Files with probabilities that stand beside the main one, by name. */
export function companionsOf(path: string, output: Output): string[] {
	if (output.kind !== "labels" || !output.probabilities) return [];
	const stem = pathStem(path);
	return output.store === undefined ? [`${stem}.npz`, `${stem}.pkl`] : [probabilityPath(stem, output.store)];
}

type Companion = { readonly temporary: string; readonly path: string };

/** Writes what stands beside the main file, each beside its place. */
async function writeCompanions(path: string, arrays: CaseArrays, facts: FileFacts): Promise<Companion[]> {
	const written: Companion[] = [];
	const stem = pathStem(path);
	const begin = (place: string): string => {
		const temporary = temporaryBeside(place);
		written.push({ temporary, path: place });
		return temporary;
	};
	try {
		const { spacing } = facts.placement;
		if (facts.spacingFile && spacing !== undefined) {
			await writeAtomically(begin(`${stem}.json`), sidecarText(spacing));
		}
		const { probabilities } = arrays;
		if (probabilities === undefined) return written;
		if (facts.store !== undefined) {
			const io = facts.signal === undefined ? {} : { signal: facts.signal };
			const turned = restoreAxes(probabilities, "czyx", facts.placement);
			await writeProbabilities(begin(probabilityPath(stem, facts.store)), turned, facts.store, spacing, io);
			return written;
		}
		await writeNpz(begin(`${stem}.npz`), { probabilities });
		await writeAtomically(begin(`${stem}.pkl`), writePickle(facts.properties));
		return written;
	} catch (error) {
		for (const { temporary } of written) await rm(temporary, { recursive: true, force: true });
		throw error;
	}
}

/** Finds out before a case is predicted that its format holds no stacks. @throws CONFIG */
export function requireHeld(
	entry: { readonly output: string; readonly format: FormatName },
	rank: 2 | 3,
	output: Output,
): void {
	const hasAxis = output.kind === "channels" && output.channelAxis;
	const isFlat = entry.format === "png" || entry.format === "bmp";
	if (!isFlat || (rank === 2 && !hasAxis)) return;
	const what = hasAxis ? "an array with a channel axis" : "a stack of sections";
	throw new NnvolError(
		"CONFIG",
		`${entry.output}: ${entry.format} cannot hold ${what}; choose another output format (h5, zarr or tiff)`,
		{
			fields: { path: entry.output },
		},
	);
}

function requireWritable(path: string, { array, axes }: CaseArrays, format: VolumeFormat): void {
	if (format.writes.includes(array.dtype) && format.ranks.includes(array.shape.length)) return;
	throw new NnvolError(
		"CONFIG",
		`${path}: ${format.name} cannot hold ${array.dtype} ${shapeText(array.shape)} (${axes}); choose another output format (h5, zarr or tiff), or intensity_dtype uint8`,
		{ fields: { path, dtype: array.dtype, shape: array.shape } },
	);
}
