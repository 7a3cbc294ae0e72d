/**
 * Scripts of jobs, from templates: `slurm/*.sh` of the package, or a site's own of the same names.
 *
 * A template is a shell script with `{{name}}` where nnvol puts something in. Everything put in is quoted for the shell already.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { NnvolError } from "../../core/errors.ts";
import { readTextFile } from "../../core/text-file.ts";
import type { JobKind } from "./directives.ts";

/** What a template may name. */
export type ScriptValues = Readonly<
	Record<"name" | "job" | "shards" | "directives" | "requeues" | "setup" | "command" | "options", string>
>;

/** nnvol's own templates. */
export const TEMPLATES = fileURLToPath(new URL("../../../slurm/", import.meta.url));

/** What must stand in a template, or its job does nothing. */
const NEEDED = ["directives", "command", "job"] as const;

/** The template of a job: from the site's folder where that has it. @throws CONFIG where it cannot be read */
export async function readTemplate(kind: JobKind, folder: string | null): Promise<string> {
	if (folder !== null) {
		const path = join(folder, `${kind}.sh`);
		const own = await readTextFile(path).catch((cause: unknown) => {
			if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
			throw new NnvolError("CONFIG", `slurm.templates: ${path} cannot be read`, { cause });
		});
		if (own !== undefined) return own;
	}
	return readTextFile(join(TEMPLATES, `${kind}.sh`));
}

/** Fills a template. @throws CONFIG for a name that is not known, or where something needed is not named */
export function fillTemplate(kind: JobKind, template: string, values: ScriptValues): string {
	const seen = new Set<string>();
	const text = template.replace(/\{\{([^{}]*)\}\}/g, (whole, written: string) => {
		const name = written.trim();
		const value = Object.entries(values).find(([key]) => key === name);
		if (value === undefined) {
			throw new NnvolError(
				"CONFIG",
				`slurm.templates: ${kind}.sh has ${whole}; known are ${Object.keys(values)
					.map((key) => `{{${key}}}`)
					.join(", ")}`,
			);
		}
		seen.add(name);
		return value[1];
	});
	const missing = NEEDED.filter((name) => !seen.has(name));
	if (missing.length === 0) return text;
	throw new NnvolError(
		"CONFIG",
		`slurm.templates: ${kind}.sh lacks {{${missing.join("}}, {{")}}}; take nnvol's own as an example: ${join(TEMPLATES, `${kind}.sh`)}`,
	);
}

/** How this very nnvol is started by its full path, as words; from sources with the loader that reads them. */
export function ownCommand(): readonly string[] {
	const file = fileURLToPath(import.meta.url);
	const ending = file.endsWith(".ts") ? ".ts" : ".js";
	const main = fileURLToPath(new URL(`../../cli/main${ending}`, import.meta.url));
	return [process.execPath, ...(ending === ".ts" ? process.execArgv : []), main];
}
