/**
 * The cases of `nnvol predict MODEL INPUT OUTPUT` and where each is written.
 *
 * @module
 */
import { basename, extname } from "node:path";
import { NnvolError } from "../core/errors.ts";
import type { ModelSpec } from "../model/spec.ts";
import { groupCases } from "../nnunet/cases.ts";
import { axesOf } from "../preprocess/axes.ts";
import { FORMATS, folderOf, formatOfName, openVolume, WRITTEN_FORMATS } from "../volume/formats.ts";
import { joinPath, plainPath } from "../volume/stores/location.ts";
import type { FormatName } from "../volume/volume.ts";
import type { PlannedCase } from "./plan.ts";

/** What the user says about outputs. */
export type OutputChoice = { readonly output: string; readonly format?: FormatName; readonly dataset?: string };

/** Cases of `paths`, and the folder of outputs. @throws INPUT, CONFIG, UNBUILT (the data set's file type is not built) */
export async function predictCases(
	paths: readonly string[],
	spec: ModelSpec,
	given: OutputChoice,
): Promise<{ readonly folder: string; readonly cases: readonly PlannedCase[] }> {
	const choice = { ...given, output: plainPath(given.output) };
	const groups = groupCases(paths, spec.channels.length);
	const named = formatOfName(choice.output);
	const isFile = groups.length === 1 && named !== undefined;
	const folder = isFile ? folderOf(choice.output) : choice.output;
	const cases: PlannedCase[] = [];
	for (const [index, group] of groups.entries()) {
		const format = isFile ? named : (choice.format ?? (await formatFor(group.files, spec, choice.dataset)));
		const output = isFile ? choice.output : joinPath(folder, `${group.id}${endingOf(format, spec)}`);
		cases.push({ ...group, index, output, format });
	}
	const foreign = FOREIGN.exec(choice.output)?.[0];
	if (foreign !== undefined && groups.length === 1) {
		throw new NnvolError(
			"UNBUILT",
			`${choice.output}: ${foreign} files cannot be written yet; choose another ending (${WRITTEN_FORMATS.map(({ extensions }) => extensions[0]).join(", ")}) or a folder`,
		);
	}
	if (!isFile && groups.length > 1 && named !== undefined) {
		throw new NnvolError(
			"CONFIG",
			`${groups.length} cases cannot be written to the one file ${choice.output}; give a folder`,
		);
	}
	return { folder, cases };
}

/** Endings of image files that a user may well ask for. */
const FOREIGN = /\.(mhd|nhdr|jpe?g|gif|npy|npz|mrc)$/i;

/** Formats that hold single images only. */
const FLAT: readonly FormatName[] = ["png", "bmp"];

/** The data set's own type; a volume whose data set type is for 2D images only keeps its input's type. */
async function formatFor(files: readonly string[], spec: ModelSpec, dataset: string | undefined): Promise<FormatName> {
	const own = formatOfName(`x${spec.fileEnding}`);
	if (own === undefined) {
		throw new NnvolError(
			"UNBUILT",
			`the model's data set has ${spec.fileEnding} files, which cannot be written yet; choose another type by --format (${WRITTEN_FORMATS.map((format) => format.name).join(", ")})`,
		);
	}
	if (!FLAT.includes(own)) return own;
	const [first = ""] = files;
	return (await formatOfStack(first, dataset)) ?? own;
}

/**
 * The format of a file that holds more than one 2D image, told by its content; undefined for others. A file that cannot be
 * read is met again, and told, when it is predicted.
 */
async function formatOfStack(path: string, dataset: string | undefined): Promise<FormatName | undefined> {
	if (FLAT.includes(formatOfName(path) ?? "hdf5")) return undefined;
	try {
		const reader = await openVolume(path, dataset === undefined ? {} : { dataset });
		try {
			const { format } = reader.info;
			return axesOf(reader.info, undefined).includes("z") ? (format === "sections" ? "tiff" : format) : undefined;
		} finally {
			await reader.close();
		}
	} catch {
		return undefined;
	}
}

/** The data set's own spelling of its ending (".tif" or ".tiff"), else the format's first; headers apart from their voxels are not written. */
function endingOf(format: FormatName, spec: ModelSpec): string {
	if (formatOfName(`x${spec.fileEnding}`) === format && !FOREIGN.test(spec.fileEnding)) return spec.fileEnding;
	return FORMATS.find(({ name }) => name === format)?.extensions[0] ?? extname(basename(spec.fileEnding));
}
