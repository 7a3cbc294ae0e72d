/**
 * What is wrong with a header, found by parsers that do not know the file's name.
 *
 * @module
 */
import { volumeError } from "../fault.ts";

/** Thrown by `demand`; `withPath` makes it nnvol's own error. */
class Flaw extends Error {}

/** @throws where `condition` does not hold: `flaw` says what was found */
export function demand(condition: boolean, flaw: string): asserts condition {
	if (!condition) throw new Flaw(flaw);
}

/** `value`, where there is one. @throws otherwise: `flaw` says what was found */
export function demandSome<T>(value: T | undefined, flaw: string): T {
	if (value === undefined) throw new Flaw(flaw);
	return value;
}

/** What `parse` makes of the file at `path`. @throws VOLUME with the flaw that it found in the `kind` of file */
export function withPath<T>(path: string, kind: string, parse: () => T): T {
	try {
		return parse();
	} catch (error) {
		if (!(error instanceof Flaw)) throw error;
		throw volumeError(path, `damaged or foreign ${kind}: it has ${error.message}; copy or make it again`);
	}
}
