/**
 * In which format regions are written: the images' own, where it can be written.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";
import { endingOf, formatByName, formatOfName, openVolume, stripEnding } from "../../volume/formats.ts";
import { baseOf } from "../../volume/stores/location.ts";
import type { FormatName } from "../../volume/volume.ts";
import { scoreDType } from "./cut-region.ts";
import type { SampledCase } from "./find-cases.ts";
import { spatialOf } from "./spatial.ts";

/** How regions are written. */
export type WrittenAs = {
	readonly format: FormatName;
	/** With its dot: that of the images, where they are of the format. */
	readonly ending: string;
	/** Channels of an image, in one file or several. */
	readonly channels: number;
	/** True where scores are kept as float32, false where in 8 bits. */
	readonly isFloat: boolean;
};

/** What cannot be written without loss of what was read, or not as one file, has a stand-in. */
const STAND_INS: Readonly<Partial<Record<FormatName, FormatName>>> = { jpeg: "png", sections: "tiff" };

/** @throws CONFIG where images differ in format and none is named */
export async function writtenAs(cases: readonly SampledCase[], wanted: FormatName | undefined): Promise<WrittenAs> {
	const [first] = cases;
	if (first === undefined) throw new RangeError("a sample of no cases");
	const files = cases.flatMap((one) => one.files);
	const channels = await channelsOf(first.files);
	const format = wanted ?? (await commonFormat(files));
	const [name = ""] = first.files.map((file) => baseOf(file));
	const own = name.slice(stripEnding(name).length);
	const ending = formatOfName(name) === format && own !== "" ? own : endingOf(format);
	const { writes } = await formatByName(format);
	return { format, ending, channels, isFloat: scoreDType(writes) === "float32" };
}

async function commonFormat(files: readonly string[]): Promise<FormatName> {
	const formats = new Set<FormatName>();
	for (const file of files) {
		const format = formatOfName(file) ?? (await sensed(file));
		formats.add(STAND_INS[format] ?? format);
	}
	const [format, other] = formats;
	if (format !== undefined && other === undefined) return format;
	throw new NnvolError(
		"CONFIG",
		`the images are ${[...formats].join(" and ")}, and a data set has one format; choose it by --format`,
	);
}

async function sensed(file: string): Promise<FormatName> {
	const reader = await openVolume(file);
	await reader.close();
	return reader.info.format;
}

async function channelsOf(files: readonly string[]): Promise<number> {
	const [file = ""] = files;
	if (files.length > 1) return files.length;
	const reader = await openVolume(file);
	await reader.close();
	return spatialOf(reader.info).channels;
}
