/**
 * Writes a volume as one file a section: `stack:out/section_{z:04d}.png`.
 *
 * Sections are written into a hidden folder beside their places, each as it becomes complete, and get their names when all
 * are there (`publish.ts`): a stack of which a part is missing is never seen.
 *
 * @module
 */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { NdArray } from "../../core/array.ts";
import { NnvolError, throwIfAborted } from "../../core/errors.ts";
import { shapeText } from "../../core/shape.ts";
import { checkSpec } from "../check.ts";
import { fileError, volumeError } from "../fault.ts";
import { inLanes } from "../lanes.ts";
import { type Page, PageBuffer } from "../page-buffer.ts";
import { finalName, temporaryBeside } from "../publish.ts";
import type { IoOptions, VolumeFormat, VolumeSpec, VolumeWriter } from "../volume.ts";
import { matchingFiles } from "./find.ts";
import { imageFormat } from "./images.ts";
import { splitPattern, stackPattern } from "./name.ts";
import { compileParts, fillPart, type Part } from "./pattern.ts";
import { partsFolder, publishSections } from "./publish.ts";

/** Sections encoded at a time. */
export const LANES = 4;

/** Begins the sections of `name`, or of the stack that a temporary `name` stands for. @throws VOLUME, CONFIG */
export async function createSections(
	name: string,
	spec: VolumeSpec,
	{ signal }: IoOptions = {},
): Promise<VolumeWriter> {
	throwIfAborted(signal);
	const final = finalName(name);
	const { format, section, nameOf } = await planSections(final, spec);
	await requireNoMore(final, spec.shape[0] ?? 0);
	const temporary = final === name ? temporaryBeside(name) : name;
	const folder = partsFolder(temporary);
	await mkdir(folder).catch((cause) => {
		throw fileError(final, "write", cause);
	});
	const buffer = new PageBuffer(final, { ...spec, axes: `z${section.axes}` });
	const writePage = async ({ n, image }: Page): Promise<void> => {
		await writeSection(join(folder, nameOf(n)), format, section, image);
	};
	return {
		write: async (start, array, options = {}) => {
			throwIfAborted(options.signal);
			await inLanes(buffer.add(start, array), LANES, writePage);
		},
		finish: async () => {
			buffer.requireWhole();
			if (temporary !== name) await publishSections(temporary);
		},
		discard: async () => {
			await rm(folder, { recursive: true, force: true }).catch(() => undefined);
		},
	};
}

/** How the sections of a stack are written, and their names. */
export type SectionPlan = {
	readonly format: VolumeFormat;
	readonly section: VolumeSpec;
	nameOf(z: number): string;
};

/** What the stack named `final` is made of. @throws VOLUME, CONFIG where it cannot hold `spec` */
export async function planSections(final: string, spec: VolumeSpec): Promise<SectionPlan> {
	const part = namePart(final);
	const section = sectionSpec(final, spec);
	const format = await sectionFormat(final);
	checkSpec(format, final, section);
	checkSpec({ name: "sections", writes: format.writes, ranks: [3, 4] }, final, spec);
	return { format, section, nameOf: (z) => fillPart(part, { z }) ?? "" };
}

/** Writes one section, durable. @throws VOLUME */
export async function writeSection(
	path: string,
	format: VolumeFormat,
	spec: VolumeSpec,
	image: NdArray,
): Promise<void> {
	const writer = await format.create(path, spec);
	try {
		await writer.write(
			spec.shape.map(() => 0),
			image,
		);
		await writer.finish();
	} catch (error) {
		await writer.discard();
		throw error;
	}
}

/** What one section is. @throws VOLUME where the volume is no stack of sections */
function sectionSpec(final: string, { dtype, shape, axes, layout }: VolumeSpec): VolumeSpec {
	const own = axes === "" && shape.length === 3 ? "zyx" : axes;
	if (!/^zyxc?$/.test(own) || own.length !== shape.length) {
		throw volumeError(final, `expected a volume of sections (zyx or zyxc), found "${axes}" of ${shapeText(shape)}`);
	}
	return { dtype, shape: shape.slice(1), axes: own.slice(1), ...(layout === undefined ? {} : { layout }) };
}

/** The pattern of the sections' names. @throws CONFIG where it does not tell one name for each section */
function namePart(final: string): Part {
	const { parts } = splitPattern(stackPattern(final));
	const [part] = compileParts(parts);
	const isOne = parts.length === 1 && part !== undefined && fillPart(part, { z: 0 }) !== undefined;
	if (isOne && part.fields.includes("z")) return part;
	throw new NnvolError("CONFIG", `${final}: expected one file name with {z}, such as stack:out/section_{z:04d}.png`);
}

async function sectionFormat(final: string): Promise<VolumeFormat> {
	const format = await imageFormat(final);
	if (format !== undefined && format.writes.length > 0) return format;
	throw new NnvolError("CONFIG", `${final}: sections are written as .png, .tif or .bmp files`);
}

/** Sections of an earlier volume that was deeper would be taken for the end of this one. @throws VOLUME */
export async function requireNoMore(final: string, depth: number): Promise<void> {
	const more = (await matchingFiles(final)).find(({ numbers }) => (numbers.z ?? 0) >= depth);
	if (more === undefined) return;
	throw volumeError(
		final,
		`${more.path} belongs to a volume of more than ${depth} sections; remove it, or name another folder`,
	);
}
