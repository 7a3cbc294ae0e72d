/**
 * The cases of `infer-volume`, `infer` and `test`: one a file, named by the output template.
 *
 * @module
 */
import type { CaseFiles } from "../nnunet/cases.ts";
import { groupCases, parseCaseName } from "../nnunet/cases.ts";
import { caseStem, endingOf, WRITTEN_FORMATS } from "../volume/formats.ts";
import { absolutePath, baseOf, joinPath, parentOf } from "../volume/stores/location.ts";
import type { FormatName } from "../volume/volume.ts";
import { outputName, type PlannedCase } from "./plan.ts";

/** How outputs are named. */
export type Naming = {
	readonly folder: string;
	readonly template: string;
	readonly suffix: string;
	readonly format: FormatName;
	/** Ending of the names, with its dot, where it is not the format's first. */
	readonly ending?: string;
};

/** Formats by the names that configurations use. */
export const FORMAT_BY_KEY: Readonly<
	Record<"h5" | "zarr" | "n5" | "precomputed" | "tiff" | "png" | "nii.gz" | "nii" | "nrrd" | "mha", FormatName>
> = {
	h5: "hdf5",
	zarr: "zarr",
	n5: "n5",
	precomputed: "precomputed",
	tiff: "tiff",
	png: "png",
	"nii.gz": "nifti",
	nii: "nifti",
	nrrd: "nrrd",
	mha: "metaimage",
};

/** One case a file, in the order given; files `ID_0000`, `ID_0001`, ... are one case where the model takes several channels. */
export function volumeCases(paths: readonly string[], channels: number, naming: Naming): PlannedCase[] {
	return casesOf(paths, channels).map((entry, index) => {
		const [first = ""] = entry.files;
		const values = {
			stem: entry.id,
			suffix: naming.suffix,
			parent: baseOf(parentOf(absolutePath(first))),
			index: String(index),
		};
		const name = outputName(naming.template, values);
		return {
			...entry,
			index,
			output: joinPath(naming.folder, `${name}${naming.ending ?? endingOf(naming.format)}`),
			format: naming.format,
		};
	});
}

function casesOf(paths: readonly string[], channels: number): CaseFiles[] {
	const single = (path: string): CaseFiles => ({ id: caseStem(path), files: [path] });
	if (channels === 1) return paths.map(single);
	const indexed = paths.filter((path) => parseCaseName(path).channel !== undefined);
	const plain = paths.filter((path) => parseCaseName(path).channel === undefined);
	return [...plain.map(single), ...groupCases(indexed, channels)];
}

/** True where `name` is a format or an ending that can be written. */
export function parseFormat(name: string): FormatName | undefined {
	const lower = name.toLowerCase().replace(/^\./, "");
	return WRITTEN_FORMATS.find((each) => each.name === lower || each.extensions.includes(`.${lower}`))?.name;
}
