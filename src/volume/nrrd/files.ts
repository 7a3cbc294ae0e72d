/**
 * The files that hold an NRRD's voxels, and where in each they begin.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";
import { volumeError } from "../fault.ts";
import { besideHeader, checkParts, type Encoding, type FlatPart, MOST_NAME } from "../flat/layout.ts";
import { numbered } from "../flat/numbered.ts";
import { ByteFile } from "../streams/file.ts";
import type { NrrdEncoding, NrrdHeader } from "./header.ts";

/** Bytes looked through for the lines that are left out. */
const MOST_LINE_BYTES = 1 << 22;

/** The encoding as flat formats name it. @throws UNBUILT for bzip2 */
export function encodingOf(path: string, encoding: NrrdEncoding): Encoding {
	if (encoding === "bzip2") {
		const message = `${path}: its voxels are packed by bzip2, which is not built yet; save it with encoding gzip or raw`;
		throw new NnvolError("UNBUILT", message, { fields: { path, encoding } });
	}
	return encoding === "gzip" ? "packed" : encoding;
}

/** The files of `header`, which was read from `path` and ends at byte `end`. @throws VOLUME */
export async function partsOf(path: string, header: NrrdHeader, end: number | undefined): Promise<FlatPart[]> {
	if (header.dataFile === undefined && end === undefined) {
		throw volumeError(path, "damaged or truncated NRRD: its header does not end; copy or make it again");
	}
	const files = header.dataFile === undefined ? [path] : namesOf(path, header, header.dataFile);
	checkParts(path, header.shape, files.length);
	const parts: FlatPart[] = [];
	for (const file of files) {
		const begin = header.dataFile === undefined ? (end ?? 0) : 0;
		parts.push({ path: file, at: header.byteSkip === -1 ? "end" : await skipLines(file, begin, header.lineSkip) });
	}
	return parts;
}

function namesOf(path: string, { list, shape }: NrrdHeader, field: string): string[] {
	if (/^LIST(\s|$)/.test(field)) return list.map((name) => besideHeader(path, name));
	if (field.length > MOST_NAME) return [besideHeader(path, field)];
	const pattern = /^(\S*%(0?)(\d*)[duixX]\S*)\s+(-?\d+)\s+(-?\d+)\s+(-?\d+)(\s+\d+)?$/.exec(field);
	if (pattern === null) return [besideHeader(path, field)];
	const [first, last, step] = [Number(pattern[4]), Number(pattern[5]), Number(pattern[6])];
	const count = Math.floor((last - first) / step) + 1;
	if (!Number.isSafeInteger(count) || count < 1) throw volumeError(path, `damaged NRRD: it names the files ${field}`);
	checkParts(path, shape, count);
	return Array.from({ length: count }, (_, i) => besideHeader(path, numbered(pattern[1] ?? "", first + i * step)));
}

/** Where the line after `lines` lines begins. */
async function skipLines(path: string, at: number, lines: number): Promise<number> {
	if (lines === 0) return at;
	const file = await ByteFile.open(path);
	try {
		const bytes = await file.peek(at, MOST_LINE_BYTES);
		let stop = 0;
		for (let n = 0; n < lines; n++) {
			stop = bytes.indexOf(10, stop) + 1;
			if (stop === 0) throw volumeError(path, `expected ${lines} lines before its voxels, found ${n}`);
		}
		return at + stop;
	} finally {
		await file.close();
	}
}
