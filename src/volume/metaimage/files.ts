/**
 * The files that hold a MetaImage's voxels: the header's own, one beside, a list, or a numbered row of them.
 *
 * @module
 */
import { access } from "node:fs/promises";
import { sizeOf } from "../../core/shape.ts";
import { volumeError } from "../fault.ts";
import { besideHeader, checkParts, type Encoding, type FlatPart, MOST_NAME } from "../flat/layout.ts";
import { numbered } from "../flat/numbered.ts";
import type { MetaFields } from "./fields.ts";
import type { MetaHeader } from "./header.ts";

/** Files and how they are encoded. */
export type MetaFiles = { readonly parts: readonly FlatPart[]; readonly encoding: Encoding };

/** The files of `header`, read from `path`. @throws VOLUME where their number cannot be right */
export async function filesOf(path: string, header: MetaHeader, { list, end }: MetaFields): Promise<MetaFiles> {
	const { headerSize, dataFile } = header;
	const encoding = header.isText ? "text" : header.isPacked ? "packed" : "raw";
	if (headerSize === -1 && encoding !== "raw") {
		throw volumeError(path, "HeaderSize -1 tells where plain voxels lie, found packed ones or text; mend the header");
	}
	const at = (begin: number): FlatPart["at"] => (headerSize === -1 ? "end" : headerSize > 0 ? headerSize : begin);
	if (/^local$/i.test(dataFile)) return { parts: [{ path, at: at(end) }], encoding };
	const names = namesOf(path, header, list);
	if (names.length > 1 || list.length > 0) {
		checkParts(path, header.shape, names.length);
		return { parts: names.map((name) => ({ path: besideHeader(path, name), at: at(0) })), encoding };
	}
	const file = besideHeader(path, names[0] ?? dataFile);
	// MetaIO takes a packed file where the one that the header names is not there
	const packed = !(await isThere(file)) && (await isThere(`${file}.gz`));
	return packed
		? { parts: [{ path: `${file}.gz`, at: at(0) }], encoding: "packed" }
		: { parts: [{ path: file, at: at(0) }], encoding };
}

function namesOf(path: string, header: MetaHeader, list: readonly string[]): readonly string[] {
	if (/^LIST(\s|$)/.test(header.dataFile)) return listed(path, header, list);
	if (header.dataFile.length > MOST_NAME) return [header.dataFile];
	const pattern = /^(.*%0?\d*[duixX]\S*)(?:\s+(-?\d+))?(?:\s+(-?\d+))?(?:\s+(-?\d+))?$/.exec(header.dataFile);
	return pattern === null ? [header.dataFile] : row(path, header, pattern);
}

/** `LIST 2` tells the axes of each file; all but the last where it does not. */
function listed(path: string, { dataFile, shape, geometry }: MetaHeader, list: readonly string[]): readonly string[] {
	const rank = geometry.spacing.length;
	const told = Number(/^LIST\s+(\d+)/.exec(dataFile)?.[1] ?? 0);
	const each = told === 0 || told > rank ? rank - 1 : told;
	const files = sizeOf(shape.slice(0, rank - each));
	if (list.length < files) throw volumeError(path, `expected ${files} names of files after LIST, found ${list.length}`);
	return list.slice(0, files);
}

/** `slice%03d.raw 1 10 1`: a name with a number, the first, the last, the step. */
function row(path: string, { shape }: MetaHeader, [, name = "", ...words]: readonly string[]): readonly string[] {
	const slices = shape[0] ?? 1;
	const [first = 1, last, told] = words.map((word) => (word === undefined ? undefined : Number(word)));
	const step = told ?? (last === undefined ? 1 : Math.max(1, Math.trunc((last - first + 1) / slices)));
	checkParts(path, shape, slices);
	return Array.from({ length: slices }, (_, i) => numbered(name, first + i * step));
}

async function isThere(path: string): Promise<boolean> {
	return access(path).then(
		() => true,
		() => false,
	);
}
