/**
 * Which label belongs to which case of a search: told by their names, as scores do.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";
import { findInputs } from "../nnunet/inputs.ts";
import { type Named, pairCases } from "../score/pair-cases.ts";
import { caseStem } from "../volume/formats.ts";

/** Names shown in a message. */
const SHOWN = 4;

/**
 * The label of each case, by the case's id.
 *
 * @param labels files, folders or globs
 * @param ending ending of label files where a folder holds others too
 * @param key the configuration's key, for messages
 * @throws INPUT where a case has no label, or it is not clear which
 */
export async function pairLabels(
	cases: readonly Named[],
	labels: readonly string[],
	ending: string,
	key: string,
): Promise<ReadonlyMap<string, string>> {
	const paths = new Set<string>();
	for (const label of labels) for (const path of (await findInputs(label, ending)).paths) paths.add(path);
	const named = [...paths].map((path) => ({ id: caseStem(path), path }));
	const { pairs, unlabelled } = pairCases(cases, named);
	if (unlabelled.length > 0) {
		throw new NnvolError(
			"INPUT",
			`${key}: no label for ${some(unlabelled)}; found ${some(named)}. Labels are named as their images`,
			{ fields: { cases: unlabelled.map(({ id }) => id) } },
		);
	}
	return new Map(pairs.map(({ prediction, label }) => [prediction.id, label.path]));
}

function some(named: readonly { readonly id: string }[]): string {
	const names = named.slice(0, SHOWN).map(({ id }) => id);
	return `${names.join(", ")}${named.length > SHOWN ? `, ... (${named.length})` : ""}`;
}
