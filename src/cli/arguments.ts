/**
 * Reading of arguments that the parser leaves as text.
 *
 * @module
 */
import { parseBytes } from "../core/bytes.ts";
import { NnvolError } from "../core/errors.ts";

const FOLDS = /^(\d+|all)(,(\d+|all))*,?$/;

/** Joins `--folds 0 1` to `--folds 0,1`, so that what follows is not taken for folds. */
export function joinFolds(argv: readonly string[]): string[] {
	const joined: string[] = [];
	for (let n = 0; n < argv.length; n++) {
		const word = argv[n] ?? "";
		joined.push(word);
		if (word === "--") return [...joined, ...argv.slice(n + 1)];
		if (word !== "--folds") continue;
		const folds: string[] = [];
		while (FOLDS.test(argv[n + 1] ?? "")) folds.push((argv[++n] ?? "").replace(/,$/, ""));
		if (folds.length > 0) joined.push(folds.join(","));
	}
	return joined;
}

/** `0,1` or `all`. @throws CONFIG */
export function parseFolds(text: string | undefined): readonly (number | "all")[] | undefined {
	if (text === undefined) return undefined;
	if (!FOLDS.test(text)) throw new NnvolError("CONFIG", `--folds ${text}: expected numbers such as 0,1 or all`);
	const folds = text
		.split(",")
		.filter((fold) => fold !== "")
		.map((fold) => (fold === "all" ? fold : Number(fold)));
	if (new Set(folds).size < folds.length)
		throw new NnvolError("CONFIG", `--folds ${text} names a fold twice; keep one`);
	return folds;
}

/** A number above 0, up to 1. @throws CONFIG */
export function parseFraction(name: string, text: string): number {
	const value = Number(text);
	if (text.trim() !== "" && value > 0 && value <= 1) return value;
	throw new NnvolError("CONFIG", `${name} ${text}: expected a number above 0, up to 1`);
}

/** Fewer bytes than this are a unit that was forgotten. */
const LEAST_MEMORY = 2 ** 20;

/** A size with its unit, in bytes; undefined where none is given. @throws CONFIG */
export function parseMemory(text: string | undefined): number | undefined {
	if (text === undefined) return undefined;
	const bytes = parseBytes(text);
	if (bytes !== undefined && bytes >= LEAST_MEMORY) return bytes;
	throw new NnvolError("CONFIG", `--memory ${text}: expected a size such as 4GB, 2GiB or 512MB`);
}

/** A whole number of 1 or more. @throws CONFIG */
export function parseCount(name: string, text: string): number {
	const value = Number(text);
	if (/^\d+$/.test(text.trim()) && value >= 1 && Number.isSafeInteger(value)) return value;
	throw new NnvolError("CONFIG", `${name} ${text}: expected a whole number of 1 or more`);
}

/** Part `--part-id` (from 0) of `--num-parts`; the whole where neither is given. @throws CONFIG */
export function parseShare(
	numParts: string | undefined,
	partId: string | undefined,
): { readonly index: number; readonly count: number } {
	const count = numParts === undefined ? 1 : parseCount("--num-parts", numParts);
	const index = Number(partId ?? "0");
	if (/^\d+$/.test((partId ?? "0").trim()) && index < count) return { index, count };
	throw new NnvolError(
		"CONFIG",
		`--part-id ${partId}: expected a number from 0 to ${count - 1} (--num-parts ${count})`,
	);
}
