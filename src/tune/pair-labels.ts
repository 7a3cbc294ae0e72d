/**
 * Which label belongs to which case: the one of its name.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";
import { parseCaseName } from "../nnunet/cases.ts";
import { findInputs } from "../nnunet/inputs.ts";
import { caseStem } from "../volume/formats.ts";

/** Names shown in a message. */
const SHOWN = 4;

/**
 * The label of each case, by its id: of the same name, with or without the image's channel (`_0000`). One case and one
 * label belong together whatever their names.
 *
 * @param key the configuration's key, for messages
 * @throws INPUT where a case has no label, or two
 */
export async function pairLabels(
	cases: readonly { readonly id: string }[],
	labels: readonly string[],
	ending: string,
	key: string,
): Promise<ReadonlyMap<string, string>> {
	const paths: string[] = [];
	for (const label of labels) paths.push(...(await findInputs(label, ending)).paths);
	const distinct = [...new Set(paths)];
	const [only] = cases;
	const [label] = distinct;
	if (only !== undefined && label !== undefined && cases.length === 1 && distinct.length === 1) {
		return new Map([[only.id, label]]);
	}
	const byName = new Map<string, string[]>();
	for (const path of distinct) byName.set(caseStem(path), [...(byName.get(caseStem(path)) ?? []), path]);
	const pairs = cases.map(({ id }) => [id, byName.get(id) ?? byName.get(parseCaseName(id).id) ?? []] as const);
	const double = pairs.find(([, found]) => found.length > 1);
	if (double !== undefined) {
		throw new NnvolError("INPUT", `${key}: case ${double[0]} has two labels, ${double[1].join(" and ")}; keep one`);
	}
	const missing = pairs.filter(([, found]) => found.length === 0).map(([id]) => id);
	if (missing.length > 0) {
		const some = `${missing.slice(0, SHOWN).join(", ")}${missing.length > SHOWN ? `, ... (${missing.length})` : ""}`;
		throw new NnvolError(
			"INPUT",
			`${key}: no label of the name of ${some}; found ${[...byName.keys()].slice(0, SHOWN).join(", ")}. Labels are named as their images`,
		);
	}
	return new Map(pairs.map(([id, found]) => [id, found[0] ?? ""]));
}
