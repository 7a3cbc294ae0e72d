/**
 * The best parameters as a piece of configuration, to be laid over the one they were found with.
 *
 * @module
 */
import { escapeTemplate } from "../config/template.ts";
import type { Postprocessing } from "./candidate.ts";
import { ROOT } from "./parse-space.ts";
import type { Space } from "./space.ts";

/** YAML of the sections that `space` searches, as `best` has them, with `notes` as comments above. */
export function bestYaml(best: Postprocessing, space: Space, notes: readonly string[]): string {
	const sections = (["binary", "decoding"] as const).filter((name) =>
		space.some(({ key }) => key.startsWith(`${ROOT}${name}.`)),
	);
	return [
		...notes.map((note) => `# ${note.replace(/\s+/g, " ")}`),
		"inference:",
		"  postprocessing:",
		...sections.map((name) => `    ${name}: ${flow(best[name])}`),
		"",
	].join("\n");
}

/** JSON is YAML; `$` before a brace is kept from being read as a reference. */
function flow(value: unknown): string {
	return JSON.stringify(value, (_key, member: unknown) =>
		typeof member === "string" ? escapeTemplate(member) : member,
	);
}
