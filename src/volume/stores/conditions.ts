/**
 * Writes that a server does only under a condition: its refusals, and ages by its clock.
 *
 * @module
 */
import { isNnvolError, NnvolError } from "../../core/errors.ts";

/** The answer of a server whose condition does not hold. */
const REFUSED = 412;

/** The answer of a server that does not know the request's headers. */
const NOT_BUILT = 501;

/**
 * True where `write` has written, false where the server refused by its condition or says that nothing is there.
 *
 * @throws UNBUILT where it knows no conditions; as `write`
 */
export async function unlessRefused(place: string, write: () => Promise<boolean | undefined>): Promise<boolean> {
	try {
		return (await write()) === true;
	} catch (error) {
		const status = isNnvolError(error) ? error.fields["status"] : undefined;
		if (status === REFUSED) return false;
		if (status === NOT_BUILT) throw noConditions(place, error);
		throw error;
	}
}

/** The error for a server that does not hold to conditions. */
export function noConditions(place: string, cause?: unknown): NnvolError {
	return new NnvolError(
		"UNBUILT",
		`${place}: the server knows no conditional writes (If-None-Match: *, ifGenerationMatch=0), so work cannot be claimed there; share it by fixed shares, without --claims`,
		{ fields: { path: place }, ...(cause === undefined ? {} : { cause }) },
	);
}

/** The error for a server that tells no version of a value. */
export function noVersion(place: string): NnvolError {
	return new NnvolError(
		"VOLUME",
		`${place}: the server tells no ETag, so nothing can be claimed there; work without --claims`,
		{ fields: { path: place } },
	);
}

/** The error for two conditional writes at once of which neither was done: the next try decides. */
export function contended(place: string): NnvolError {
	return new NnvolError("VOLUME", `${place}: somebody else writes it at the same time; run again`, {
		fields: { path: place },
		transient: true,
	});
}

/** Milliseconds from `modified` to `date`, both by the server. @throws VOLUME where it does not tell them */
export function ageOf(place: string, modified: number | undefined, date: number | undefined): number {
	const age = (date ?? Number.NaN) - (modified ?? Number.NaN);
	if (Number.isFinite(age)) return age;
	throw new NnvolError(
		"VOLUME",
		`${place}: the server does not tell its time (Date, Last-Modified), so nothing can be claimed there; work without --claims`,
		{ fields: { path: place } },
	);
}
