/**
 * The files of a stack and what their names count.
 *
 * @module
 */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { NnvolError } from "../../core/errors.ts";
import { fileError, volumeError } from "../fault.ts";
import { imageEnding } from "./images.ts";
import { splitPattern, stackPattern } from "./name.ts";
import { compareNaturally } from "./natural.ts";
import { compileParts, type Field, isPlain, type Part } from "./pattern.ts";

/** A file and the numbers in its name. */
export type Found = { readonly path: string; readonly numbers: Readonly<Partial<Record<Field, number>>> };

/** The files of a stack in natural order of their names, and which numbers their names have. */
export type FoundFiles = { readonly files: readonly Found[]; readonly fields: ReadonlySet<Field> };

/** Files a stack has at most. */
const MOST_FILES = 1 << 23;

/** The files that the stack `name` tells. @throws VOLUME where there are none, or where a folder holds images of several types */
export async function findFiles(name: string): Promise<FoundFiles> {
	const { base, parts } = splitPattern(stackPattern(name));
	const files = parts.length === 0 ? await imagesIn(name, base) : await matchingFiles(name);
	if (files.length === 0) {
		throw volumeError(name, `no file matches (looked in ${base}); check the pattern, and quote it in the shell`);
	}
	const fields = new Set(compileParts(parts).flatMap((part) => part.fields));
	return { files: files.sort((a, b) => compareNaturally(a.path, b.path)), fields };
}

/** The files that the pattern of the stack `name` matches, none where there are none. @throws VOLUME */
export async function matchingFiles(name: string): Promise<Found[]> {
	const { base, parts } = splitPattern(stackPattern(name));
	return walk(name, base, compileParts(parts));
}

async function imagesIn(name: string, folder: string): Promise<Found[]> {
	const found = await stat(folder).catch((cause) => {
		throw fileError(folder, "read", cause);
	});
	if (!found.isDirectory()) {
		throw volumeError(name, "expected a folder, a pattern (*.png, s{z}.tif) or a list (.json), found one file");
	}
	const images = (await namesIn(folder)).filter((each) => imageEnding(each) !== undefined);
	const endings = new Set(images.map(imageEnding));
	if (endings.size > 1) {
		throw volumeError(
			name,
			`expected images of one type, found ${[...endings].sort().join(" and ")}; name them by a pattern (stack:${folder}/*.png)`,
		);
	}
	return images.map((each) => ({ path: join(folder, each), numbers: {} }));
}

async function walk(name: string, base: string, parts: readonly Part[]): Promise<Found[]> {
	let places: Found[] = [{ path: base, numbers: {} }];
	for (const [depth, part] of parts.entries()) {
		const next: Found[] = [];
		for (const place of places) {
			next.push(...(await matching(place, part, depth === parts.length - 1)));
			if (next.length > MOST_FILES) throw volumeError(name, `more than ${MOST_FILES} files match; name fewer`);
		}
		places = next;
	}
	return places;
}

/** What lies in `place` and matches `part`: files where it is the last, else anything. */
async function matching(place: Found, part: Part, isLast: boolean): Promise<Found[]> {
	if (isPlain(part) && !isLast) return [{ ...place, path: join(place.path, part.tokens.map(textOf).join("")) }];
	const found: Found[] = [];
	for (const entry of await namesIn(place.path)) {
		const match = part.expression.exec(entry);
		const numbers = match === null ? undefined : withNumbers(place.numbers, part.fields, match.slice(1).map(Number));
		if (numbers !== undefined) found.push({ path: join(place.path, entry), numbers });
	}
	return found;
}

function textOf(token: Part["tokens"][number]): string {
	return token.kind === "text" ? token.text : "";
}

/** Numbers of one name together; undefined where the same counts differently in two places, or is no whole number. */
function withNumbers(
	before: Found["numbers"],
	fields: readonly Field[],
	values: readonly number[],
): Found["numbers"] | undefined {
	const numbers = { ...before };
	for (const [i, field] of fields.entries()) {
		const value = values[i] ?? 0;
		if (!Number.isSafeInteger(value) || (numbers[field] ?? value) !== value) return undefined;
		numbers[field] = value;
	}
	return numbers;
}

/** Entries that are not hidden; none where there is no such folder. */
async function namesIn(folder: string): Promise<readonly string[]> {
	try {
		return (await readdir(folder)).filter((each) => !each.startsWith("."));
	} catch (cause) {
		const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
		if (code === "ENOENT" || code === "ENOTDIR") return [];
		throw new NnvolError("VOLUME", `${folder}: cannot be read; check the rights on it`, { cause });
	}
}
