/**
 * The files that hold a MetaImage's voxels: the header's own, one beside, a list, or a numbered row of them.
 *
 * @module
 */
import { access } from "node:fs/promises";
import { volumeError } from "../fault.ts";
import { besideHeader, checkParts, type Encoding, type FlatPart } from "../flat/layout.ts";
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

function namesOf(path: string, { dataFile, shape, axes }: MetaHeader, list: readonly string[]): readonly string[] {
	const slices = shape[0] ?? 1;
	const [, depth] = /^LIST(?:\s+(\d+))?\s*/.exec(dataFile) ?? [];
	if (/^LIST(\s|$)/.test(dataFile)) {
		const rank = axes.replace("c", "").length + (axes.startsWith("c") ? 1 : 0);
		const given = Number(depth ?? rank - 1);
		const files = shape
			.slice(0, rank - (given === 0 || given > rank ? rank - 1 : given))
			.reduce((n, extent) => n * extent, 1);
		if (list.length < files)
			throw volumeError(path, `expected ${files} names of files after LIST, found ${list.length}`);
		return list.slice(0, files);
	}
	const pattern = /^(.*%0?\d*[duixX]\S*)(?:\s+(-?\d+))?(?:\s+(-?\d+))?(?:\s+(-?\d+))?$/.exec(dataFile);
	if (pattern === null) return [dataFile];
	const [first, last] = [Number(pattern[2] ?? 1), Number(pattern[3] ?? Number.NaN)];
	const step = Number(pattern[4] ?? (Number.isNaN(last) ? 1 : Math.max(1, Math.trunc((last - first + 1) / slices))));
	checkParts(path, shape, slices);
	return Array.from({ length: slices }, (_, i) => numbered(pattern[1] ?? "", first + i * step));
}

async function isThere(path: string): Promise<boolean> {
	return access(path).then(
		() => true,
		() => false,
	);
}
