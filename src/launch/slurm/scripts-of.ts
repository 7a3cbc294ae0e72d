/**
 * The scripts of a submission, filled in.
 *
 * @module
 */
import { directiveLines, type JobKind } from "./directives.ts";
import { fillTemplate, ownCommand, readTemplate } from "./script.ts";
import type { SlurmSettings } from "./settings.ts";
import { shellLine, shellWord } from "./shell-text.ts";
import { jobPath, type PlacedSubmission } from "./submission.ts";

/** A script, and the lines of options in it. */
export type JobScript = { readonly kind: JobKind; readonly text: string; readonly directives: readonly string[] };

/** Further words of nnvol's command lines, by job. */
export type JobWords = Readonly<Partial<Record<JobKind, readonly string[]>>>;

/** The scripts of the tasks and of finishing, before them that of planning where `words.plan` is given. @throws CONFIG for templates that cannot be filled */
export async function scriptsOf(
	submission: PlacedSubmission,
	settings: SlurmSettings,
	words: JobWords,
): Promise<readonly JobScript[]> {
	const kinds: readonly JobKind[] = words.plan === undefined ? ["array", "finish"] : ["plan", "array", "finish"];
	const scripts: JobScript[] = [];
	for (const kind of kinds) {
		const directives = directiveLines(kind, settings, submission);
		const further = words[kind] ?? [];
		const text = fillTemplate(kind, await readTemplate(kind, settings.templates), {
			name: settings.name,
			job: shellWord(jobPath(submission.folder)),
			shards: String(submission.shards),
			directives: directives.join("\n"),
			requeues: String(settings.requeue ? settings.max_requeues : 0),
			setup: settings.setup.join("\n"),
			command: settings.command ?? shellLine(ownCommand()),
			options: further.length === 0 ? "" : ` ${shellLine(further)}`,
		});
		scripts.push({ kind, text, directives });
	}
	return scripts;
}
